"""Onion services of the private network: their keys and addresses, and their publication (ADD_ONION, HS_DESC).

A service is ready only when *every* directory that received its descriptor has it: after the first alone, a client may
ask another one and take the service for dead. Only a few are published at once: a hundred together starve.
"""

import hashlib
import secrets
import time
from base64 import b32encode, b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from scanner.rehearsal.network.control import RehearsalTorControl
from scanner.rehearsal.network.torrc import UPLOADS_FOR_EACH_SERVICE
from scanner.rehearsal.network.waiting import NetworkFailed, out_of_time
from scanner.urls.onion_address import address_of

AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class OnionKey:
    """The Ed25519 key of a v3 onion service, from a seed of 32 bytes; the same seed gives the same address."""

    seed: bytes

    @classmethod
    def new(cls) -> "OnionKey":
        """Make a fresh key."""
        return cls(secrets.token_bytes(32))

    @property
    def address(self) -> str:
        """56 characters and `.onion`."""
        return str(address_of(Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()))

    @property
    def for_tor(self) -> str:
        """The expanded secret key as ADD_ONION takes it (control-spec.txt 3.27; RFC 8032, 5.1.5)."""
        expanded = bytearray(hashlib.sha512(self.seed).digest())
        expanded[0] &= 248
        expanded[31] = expanded[31] & 63 | 64
        return "ED25519-V3:" + b64encode(bytes(expanded)).decode()


@dataclass(frozen=True, slots=True)
class ClientKey:
    """An X25519 key pair by which a service knows an authorised client. Both in base32 without padding."""

    private: str
    public: str

    @classmethod
    def new(cls) -> "ClientKey":
        """Make a fresh key pair."""
        key = X25519PrivateKey.generate()
        return cls(_base32(key.private_bytes_raw()), _base32(key.public_key().public_bytes_raw()))


@dataclass(frozen=True, slots=True)
class OnionService:
    """Port 80 of an onion address, served by an HTTP server on 127.0.0.1 at `http_port`."""

    http_port: int
    key: OnionKey
    clients: tuple[ClientKey, ...] = ()
    """If any, only these may even read its descriptor."""

    @property
    def service_id(self) -> str:
        """The address without `.onion`, as tor's control port names it."""
        return self.key.address.removesuffix(".onion")

    @property
    def command(self) -> str:
        """The ADD_ONION command."""
        flags = "Flags=Detach,V3Auth" if self.clients else "Flags=Detach"
        clients = "".join(f" ClientAuthV3={client.public}" for client in self.clients)
        return f"ADD_ONION {self.key.for_tor} {flags} Port=80,127.0.0.1:{self.http_port}{clients}"


class Publication:
    """The publication of some services over one control connection: who still waits for how many directories."""

    def __init__(self, control: RehearsalTorControl, services: Sequence[OnionService]) -> None:
        self._control = control
        self._waiting = list(services)
        self._missing: Counter[str] = Counter()

    def finish(self, seconds: float) -> None:
        """Publish all; return when each is with all its directories. Raises NetworkFailed after `seconds`."""
        deadline = time.monotonic() + seconds
        self._control.ask("SETEVENTS HS_DESC")
        while self._waiting or +self._missing:
            if time.monotonic() > deadline:
                raise NetworkFailed(out_of_time(f"publication of {len(self._waiting) + len(+self._missing)}", seconds))
            self._begin_some()
            self._hear(self._control.event(0.2))
        self._control.ask("SETEVENTS")

    def _begin_some(self) -> None:
        while self._waiting and len(+self._missing) < AT_ONCE:
            service = self._waiting.pop()
            self._control.ask(service.command)
            self._missing[service.service_id] = UPLOADS_FOR_EACH_SERVICE

    def _hear(self, event: str | None) -> None:
        words = (event or "").split()
        if words[:2] == ["HS_DESC", "UPLOADED"]:
            self._missing[words[2]] -= 1


def _base32(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=")
