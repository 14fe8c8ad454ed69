"""SOCKS 5 as far as tor needs it: greeting, name and password, one CONNECT by host name. Source: RFC 1928, RFC 1929.

Authentication and request are sent together, which saves a round trip; the greeting must be answered first, because
tor otherwise forgets its answer. The host name goes to tor and nowhere else: there is no resolver here. Tor's reply
codes, with the flag ExtendedErrors (proposal 304), become causes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from scanner.exchange.failure import FailureCause

GRANTED: Final = 0
GENERAL_FAILURE: Final = 1
"""A dead circuit or a backend that is down; only tor's stream events distinguish them."""

_VERSION: Final = 5
_BY_NAME_AND_PASSWORD: Final = 2
_ADDRESS_BYTES: Final = {1: 4, 4: 16}
_BY_NAME: Final = 3

REPLIES: Final[Mapping[int, FailureCause]] = MappingProxyType(
    {
        0x01: FailureCause.CIRCUIT_LOST,
        0x02: FailureCause.REFUSED_BY_POLICY,
        0x03: FailureCause.CIRCUIT_LOST,
        0x04: FailureCause.NO_DESCRIPTOR,  # every directory that could have the descriptor has been asked
        0x05: FailureCause.PORT_CLOSED,
        0x06: FailureCause.CIRCUIT_LOST,
        0x07: FailureCause.BAD_ADDRESS,
        0x08: FailureCause.BAD_ADDRESS,
        0xF0: FailureCause.NO_DESCRIPTOR,
        0xF1: FailureCause.DESCRIPTOR_INVALID,
        0xF2: FailureCause.INTRODUCTION_FAILED,
        0xF3: FailureCause.RENDEZVOUS_FAILED,
        0xF4: FailureCause.AUTHORISATION_MISSING,
        0xF5: FailureCause.AUTHORISATION_WRONG,
        0xF6: FailureCause.BAD_ADDRESS,
        0xF7: FailureCause.INTRODUCTION_TIMED_OUT,
    }
)


class HandshakeSocket(Protocol):
    """What a handshake needs of a socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send it all."""
        ...

    def recv(self, bufsize: int, /) -> bytes:
        """Return some bytes, or none at the end."""
        ...


class NotTor(OSError):  # noqa: N818 - it says what the peer is
    """What answers on the SocksPort does not speak SOCKS 5 as tor does, or hung up. Holds no text."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials by which tor isolates circuits and the gate recognises us. 1 to 255 bytes each."""

    username: bytes = field(repr=False)
    password: bytes = field(repr=False)


def connect(stream: HandshakeSocket, host: str, port: int, credentials: Credentials) -> int:
    """Ask tor for `host`; its reply code, 0 when connected. Raises NotTor."""
    greet(stream)
    stream.sendall(_request(host.encode("ascii"), port, credentials))
    if _exactly(stream, 2)[1] != GRANTED:
        raise NotTor
    version, reply, _, kind = _exactly(stream, 4)
    if version != _VERSION:
        raise NotTor
    _skip_address(stream, kind)
    return reply


def greet(stream: HandshakeSocket) -> None:
    """Send the greeting and read its answer. Raise NotTor."""
    stream.sendall(bytes([_VERSION, 1, _BY_NAME_AND_PASSWORD]))
    if _exactly(stream, 2) != bytes([_VERSION, _BY_NAME_AND_PASSWORD]):
        raise NotTor


def _request(host: bytes, port: int, credentials: Credentials) -> bytes:
    user, password = credentials.username, credentials.password
    who = bytes([1, len(user)]) + user + bytes([len(password)]) + password
    where = bytes([_VERSION, 1, 0, _BY_NAME, len(host)]) + host + port.to_bytes(2, "big")
    return who + where


def _skip_address(stream: HandshakeSocket, kind: int) -> None:
    """Skip the bound address and port: they mean nothing for an onion service."""
    length = _exactly(stream, 1)[0] if kind == _BY_NAME else _ADDRESS_BYTES.get(kind)
    if length is None:
        raise NotTor
    _exactly(stream, length + 2)


def _exactly(stream: HandshakeSocket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = stream.recv(length - len(received))
        if not piece:
            raise NotTor
        received += piece
    return received
