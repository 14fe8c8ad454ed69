"""The private network's only directory authority: its keys, and the first consensus.

The first consensus must hold every relay, because the next one is an hour away. So the vote is far off at first, and is
moved near once the authority holds every relay's descriptor; tor then reschedules its votes.
"""

import re
import subprocess
import time
from pathlib import Path

from config.faults import Fault
from scanner.rehearsal.network import torrc
from scanner.rehearsal.network.control import RehearsalTorControl
from scanner.rehearsal.network.loopback import free_ports
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.network.tor_node import COMMAND_LINE, Node
from scanner.rehearsal.network.waiting import NetworkFailed, until

NAME = "authority"
LEAD_SECONDS = 5
"""From the order to the vote: tor needs two seconds to vote and two to distribute, and no less."""
FAR_SECONDS = 10
CLIENT_CACHE = ("cached-certs", "cached-microdesc-consensus", "cached-microdescs", "cached-microdescs.new")
"""What a client that has been in the network before would have on its disk."""


class DirectoryAuthority(Node):
    """The relay that votes. `line` makes any tor know it; `voting_offset` is the one all tors must share."""

    def __init__(self, directory: Path, programs: TorPrograms) -> None:
        super().__init__(NAME, directory, programs.tor)
        self._programs = programs
        self._or_port, self._directory_port = free_ports(2)
        self.line = ""
        self.voting_offset = _offset(time.time() - FAR_SECONDS)

    def make_keys(self) -> None:
        """Make the authority's keys (tor-gencert: the long-term key never leaves this folder) and so its `line`."""
        keys = self.directory / "keys"
        keys.mkdir(mode=0o700, parents=True)
        identity = _certify(self._programs.gencert, keys)
        names = (NAME, self._or_port, self._directory_port, identity)
        unlisted = torrc.authority_line(*names, "0" * 40)
        self.line = torrc.authority_line(*names, self._relay_fingerprint(unlisted))

    def _relay_fingerprint(self, unlisted: str) -> str:
        lines = f"DataDirectory {self.directory}\nNickname {NAME}\n{torrc.relay(self._or_port)}{unlisted}\n"
        command = [str(self._programs.tor), *COMMAND_LINE, "--list-fingerprint", "--quiet"]
        done = subprocess.run(command, input=lines.encode(), capture_output=True, check=False, timeout=30)
        found = re.search(rf"^{NAME} ([0-9A-F ]+)$", done.stdout.decode(), re.MULTILINE)
        if found is None:
            raise NetworkFailed(Fault("tor --list-fingerprint", "gave no fingerprint", "Is this tor 0.4.9 or newer?"))
        return found[1].replace(" ", "")

    def start_voting(self) -> None:
        """Start the relay that votes, with the first vote far off."""
        self.start(self.membership() + torrc.directory_authority(self._or_port, self._directory_port))

    def membership(self) -> str:
        """Return the lines that make a tor part of this network."""
        return torrc.every_tor(self.line, self.voting_offset)

    def knows(self, relays: int) -> bool:
        """Return True if it holds the descriptors of this many relays, itself included."""
        self.check_alive()
        return _descriptors(self.control) >= relays

    def vote_now(self) -> None:
        """Move the first vote near."""
        self.voting_offset = _offset(time.time() + LEAD_SECONDS)
        self.control.ask(f"SETCONF TestingV3AuthVotingStartOffset={self.voting_offset}")

    def await_consensus(self, relays: int) -> None:
        """Wait for the consensus and the descriptors that clients need. Raises NetworkFailed if a relay is missing."""
        until(lambda: self._cached("cached-microdesc-consensus") != "", 30, "first consensus")
        listed = len(
            re.findall(r"^s .*\bHSDir\b.*\bRunning\b", self._cached("cached-microdesc-consensus"), re.MULTILINE)
        )
        if listed < relays:
            raise NetworkFailed(Fault("first consensus", f"holds {listed} of {relays} relays", "Try again"))
        until(lambda: self._microdescriptors() >= relays, 30, "descriptors of every relay")

    def client_cache(self) -> dict[str, bytes]:
        """Name and content of each file that lets a client start warm."""
        paths = [self.directory / name for name in CLIENT_CACHE]
        return {path.name: path.read_bytes() for path in paths if path.exists()}

    def _microdescriptors(self) -> int:
        self.check_alive()
        return sum(self._cached(name).count("onion-key") for name in CLIENT_CACHE[2:])

    def _cached(self, name: str) -> str:
        path = self.directory / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _certify(gencert: Path, keys: Path) -> str:
    """Make identity key, signing key and certificate (dir-spec.txt 3.1); the identity's fingerprint, 40 hex digits."""
    certificate = keys / "authority_certificate"
    files = ["-i", f"{keys}/authority_identity_key", "-s", f"{keys}/authority_signing_key", "-c", str(certificate)]
    command = [str(gencert), "--create-identity-key", "--passphrase-fd", "0", "-m", "12", *files]
    done = subprocess.run(command, input=b"rehearsal\n", capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise NetworkFailed(
            Fault(str(gencert), "made no certificate", "Is the folder writable, and the disk not full?")
        )
    found = re.search(r"^fingerprint (\w+)$", certificate.read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise NetworkFailed(Fault(str(certificate), "holds no fingerprint", "Is this tor-gencert of tor 0.4.9?"))
    return found[1]


def _descriptors(control: RehearsalTorControl) -> int:
    return control.ask("GETINFO desc/all-recent").count("\nsigning-key")


def _offset(instant: float) -> int:
    return int(instant) % torrc.VOTING_INTERVAL_SECONDS
