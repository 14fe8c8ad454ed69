"""One tor process of the private network: started with its lines on standard input, ended with its owner.

Nothing is written here: tor keeps its own folder, and its configuration goes in through a pipe.
"""

import os
import re
import signal
import subprocess
from pathlib import Path

from config.faults import Fault
from scanner.rehearsal.network import torrc
from scanner.rehearsal.network.control import RehearsalTorControl
from scanner.rehearsal.network.loopback import free_ports
from scanner.rehearsal.network.waiting import NetworkFailed, until

COMMAND_LINE = ("--defaults-torrc", "/nonexistent", "--ignore-missing-torrc", "--hush", "-f", "-")
"""No file of the system's own tor is ever read."""
COOKIE_BYTES = 32
BOOTSTRAPPED = 100


class Node:
    """A relay, a host of onion services, or a client. `control` is there between `own` and `stop`."""

    control: RehearsalTorControl
    control_port: int
    """Of the last start, on 127.0.0.1; its cookie is `control_auth_cookie` in the directory."""

    def __init__(self, name: str, directory: Path, program: Path) -> None:
        self.name = name
        self.directory = directory / name
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process, None when it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self, lines: str) -> None:
        """`launch` and `own` in one."""
        self.launch(lines)
        self.own()

    def launch(self, lines: str) -> None:
        """Start tor with these lines; `own` then waits until it answers."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "control_auth_cookie").unlink(missing_ok=True)
        (self.control_port,) = free_ports(1)
        own = torrc.owned(str(self.directory), self.name, self.control_port, os.getpid())
        self._process = self._run(own + lines)

    def own(self) -> None:
        """Take the control port, so that tor ends with us. Raises NetworkFailed when tor ended or does not answer."""
        try:
            until(self._answers, 30, f"control port of {self.name}")
        except NetworkFailed:
            self.stop()
            raise
        self.control.ask("TAKEOWNERSHIP")

    def _run(self, lines: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [self._program, *COMMAND_LINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # a few lines at most (--hush), until the log file is open
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C on the terminal goes to the rehearsal, which then ends the tors in order
        )
        pipe = process.stdin
        if pipe is not None:
            pipe.write(lines.encode())
            pipe.close()
        return process

    def _answers(self) -> bool:
        self.check_alive()
        try:
            cookie = (self.directory / "control_auth_cookie").read_bytes()
            if len(cookie) != COOKIE_BYTES:
                return False
            self.control = RehearsalTorControl(self.control_port, cookie)
        except (OSError, EOFError):
            return False
        return True

    def check_alive(self) -> None:
        """Raise NetworkFailed when the process has ended."""
        if self.pid is None:
            raise NetworkFailed(Fault(f"tor of {self.name}", "ended", f"Its last words: {self._last_words()}"))

    def _last_words(self) -> str:
        """Return tor's output before it ended: from its log, or from before it had one."""
        log = self.directory / "notice.log"
        said = log.read_bytes() if log.exists() else b""
        if self._process is not None and self._process.stdout is not None:
            said += self._process.stdout.read()
        return " | ".join(said.decode(errors="replace").splitlines()[-3:])

    def bootstrapped(self) -> bool:
        """Return True if this tor knows the network and has built a circuit. Raise NetworkFailed if it has ended."""
        self.check_alive()
        reply = self.control.ask("GETINFO status/bootstrap-phase")
        progress = re.search(r"PROGRESS=(\d+)", reply)
        return progress is not None and int(progress[1]) == BOOTSTRAPPED

    def freeze(self) -> None:
        """Stop the process where it is (SIGSTOP): its sockets stay open and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume a frozen process."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once (SIGKILL)."""
        self._signal(signal.SIGKILL)
        self._reap()

    def ask_to_stop(self) -> None:
        """Ask the process to end, frozen or not; `stop` then waits for it."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the process, by force if it does not end within five seconds. Harmless when it has ended."""
        self.ask_to_stop()
        self._reap()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.pid is not None:
            self._process.send_signal(number)

    def _reap(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if hasattr(self, "control"):
            self.control.close()
