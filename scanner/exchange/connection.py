"""The one door to the network: a kept connection to one port of one onion host, on requests' transport.

Rules:
- There is one way out: a metered connection to tor's SocksPort, which receives the host's name (socks5h). There is no
  session, and so no environment, proxies, .netrc, cookies or redirects; no resolver; no other route for https.
- The host is compared with the permit again when the connection is made. The permit's parts are sent unchanged.
- Deadline and byte budget apply below TLS and HTTP (`wire.py`); our own code frames and decodes bodies.
- TLS certificates are not verified: the onion address itself authenticates the service.
"""

import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, LineTooLong, UnknownProtocol, parse_headers
from io import BufferedIOBase, BytesIO
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import finalize

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.util.ssltransport import SSLTransport

from scanner.authority.permit import Permit
from scanner.exchange.body import BufferedConnection
from scanner.exchange.failure import FailureCause
from scanner.exchange.meter import CIRCUIT, HANDSHAKE, HEAD, Meter
from scanner.exchange.route import Route
from scanner.exchange.socks import GENERAL_FAILURE, GRANTED, REPLIES, Credentials, connect
from scanner.exchange.wire import Wire, dial

if TYPE_CHECKING:
    import socket

    from requests.structures import CaseInsensitiveDict

_HTTP_1: Final = "HTTP/1."
_HTTP_1_0: Final = "HTTP/1.0"
_HTTP_0_9: Final = "HTTP/0.9"
_LINE_BYTES_MOST: Final = 65_536
_LINES_MOST: Final = 100
"""Of a head, as http.client has it."""
_LINE: Final = "header line"
_BLANK: Final = frozenset({b"\r\n", b"\n", b""})
_PLAIN: Final = re.compile(rb"([!-9;-~]+):[ \t]*([ -~\t\xa0-\xff]*)\r?\n")
_DEFAULT_PORT: Final = {"http": 80, "https": 443}


def silence_libraries() -> None:
    """urllib3 logs URLs, and headers that it could not parse: nothing of that may reach a log."""
    for name in ("urllib3", "requests"):
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)
        library.propagate = False


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """An answer's status and headers, and the connection behind them."""

    status: int
    body: BufferedConnection
    _reply: "_Reply"
    _connection: "_Connection"

    @property
    def keeps_alive(self) -> bool:
        """Whether the server means to answer more on this connection."""
        return not self._reply.will_close

    def values(self, name: str) -> Sequence[str]:
        """Return the values of a header (its name in lower case), one for each line."""
        return self._reply.fields.get(name, ())

    def release(self) -> None:
        """Leave the connection ready for the next exchange."""
        self._reply.close()

    def close(self) -> None:
        """End the connection."""
        self._reply.close()
        self._connection.close()


class KeptConnection(HTTPAdapter):
    """A connection to one port of one host, kept between exchanges. Used by one thread at a time."""

    def __init__(self, route: Route, credentials: Credentials) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._route = route
        self._credentials = credentials
        self._wire: Wire | None = None
        self._connection: _Connection | None = None
        self._permit: Permit
        self._meter: Meter

    @property
    def used(self) -> bool:
        """Whether a connection was ever made."""
        return self._wire is not None

    def get(self, permit: Permit, meter: Meter, headers: Mapping[str, str]) -> ResponseHead:
        """Send the request and read the head of the answer. Raises Ended, and what the libraries raise."""
        self._permit, self._meter = permit, meter
        if self._wire is not None:
            self._wire.meter = meter
            meter.enter(HEAD)
        request = PreparedRequest()
        request.method, request.url = "GET", permit.url
        # A plain dictionary: ours have one case, and all that is done with it here is to walk through it.
        request.headers = cast("CaseInsensitiveDict[str]", {"Host": _host_header(permit), **headers})
        reply = cast("_Reply", self.send(request, stream=True, verify=False))
        return ResponseHead(reply.status, cast("BufferedConnection", reply.fp), reply, self._open())

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        super().close()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - requests' signature
        """Return the only route, whatever the URL, proxies or environment say: a hook of requests."""
        return self._open()

    def _open(self) -> "_Connection":
        if self._connection is None:
            self._connection = _Connection(self._permit.host, self._permit.port, self)
        return self._connection

    def build_response(self, req: PreparedRequest, resp: Any) -> Any:  # noqa: ANN401, ARG002 - requests' signature
        """Return the bare response, without cookies, encoding or history: a hook of requests."""
        return resp

    def request_url(self, *_: Any, **__: Any) -> str:  # noqa: ANN401 - requests' signature
        """Return the request's target: a hook of requests."""
        return self.target

    @property
    def target(self) -> str:
        """What the exchange that is under way sends as its target."""
        return self._permit.target

    def dial(self, host: str, port: int) -> Wire | SSLTransport:
        """Connect to the host, if it is the permit's. Raise Ended."""
        permit, meter = self._permit, self._meter
        meter.enter(CIRCUIT)
        if (host, port) != (permit.host, permit.port) or not _belongs(host, permit.address):
            raise meter.end(FailureCause.NOT_LISTED)
        address = self._route.socks_address()
        if address is None:
            raise meter.end(FailureCause.TOR_DOWN)
        self._wire = wire = dial(*address, meter)
        try:
            self._ask_tor(wire, meter)
            return self._secured(wire, meter)
        except OSError:
            wire.close()
            raise meter.end(meter.stage.broken) from None

    def _ask_tor(self, wire: Wire, meter: Meter) -> None:
        source_port = wire.getsockname()[1]
        with self._route.registered(self._permit.address, self._credentials):
            reply = connect(wire, self._permit.host, self._permit.port, self._credentials)
        if reply != GRANTED:
            raise meter.end(self._cause(reply, source_port), reply)

    def _cause(self, reply: int, source_port: int) -> FailureCause:
        """Return the cause that tor's reply stands for."""
        told = self._route.stream_cause(source_port) if reply == GENERAL_FAILURE else None
        return told or REPLIES.get(reply, FailureCause.CIRCUIT_LOST)

    def _secured(self, wire: Wire, meter: Meter) -> Wire | SSLTransport:
        if self._permit.scheme == "https":
            meter.enter(HANDSHAKE)
            secured = SSLTransport(wire, _tls_without_certificates(), server_hostname=self._permit.host)
            meter.enter(HEAD)
            return secured
        meter.enter(HEAD)
        return wire


class _Reply(HTTPResponse):
    """The library's response, of which only the head is read here. Plain lines bypass its mail parser."""

    fields: Mapping[str, Sequence[str]]
    """The header's values by name in lower case, one for each line."""

    def begin(self) -> None:
        """Read the head: past those of interim answers, which announce another. Raises what the library raises."""
        version, status = self._status_line()
        while status == HTTPStatus.CONTINUE:
            _header_lines(self.fp)
            version, status = self._status_line()
        self.code = self.status = status
        self.fields = fields_of(_header_lines(self.fp))
        told = ",".join(self.fields.get("connection", ())).lower()
        old = version in {_HTTP_1_0, _HTTP_0_9}
        self.will_close = "keep-alive" not in told if old else "close" in told

    def _status_line(self) -> tuple[str, int]:
        version, status, _ = self._read_status()  # type: ignore[attr-defined]
        if not version.startswith(_HTTP_1) and version != _HTTP_0_9:
            raise UnknownProtocol(version)
        return version, status


class _Connection(HTTPConnection):
    """The library's connection, made by the lane alone. To requests it is all the pool there is."""

    response_class = _Reply

    def __init__(self, host: str, port: int, lane: KeptConnection) -> None:
        super().__init__(host, port)
        self._lane = lane

    def connect(self) -> None:
        """Refuse: here the library would resolve a name."""
        made = self._lane.dial(self.host, self.port)
        finalize(self, made.close)  # a fetcher that is let go of leaves no connection open
        self.sock = cast("socket.socket", made)

    def urlopen(self, method: str, url: str, headers: Mapping[str, str], **_: Any) -> _Reply:  # noqa: ANN401 - requests' call
        """Send the prepared request: a hook of requests."""
        self.putrequest(method, url, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            self.putheader(name, value)
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
            self.endheaders()
        return cast("_Reply", self.getresponse())


def fields_of(lines: Sequence[bytes]) -> Mapping[str, Sequence[str]]:
    """Return the fields of a head's lines, blank line included, as the library's parser reads them."""
    fields: dict[str, list[str]] = {}
    for name, value in _plain(lines) or parse_headers(BytesIO(b"".join(lines))).items():
        fields.setdefault(name.lower(), []).append(value)
    return fields


def _plain(lines: Sequence[bytes]) -> list[tuple[str, str]] | None:
    """Return the fields of plain lines; None if a line is folded, bare, cut or ambiguous."""
    found = [_PLAIN.fullmatch(line) for line in lines[:-1]]
    if None in found:
        return None
    return [(each[1].decode("ascii"), each[2].decode("latin-1")) for each in found if each is not None]


def _header_lines(stream: BufferedIOBase) -> list[bytes]:
    """Read a head's lines, blank line included, within the library's limits. Raise LineTooLong, HTTPException."""
    lines: list[bytes] = []
    while not lines or lines[-1] not in _BLANK:
        lines.append(stream.readline(_LINE_BYTES_MOST + 1))
        if len(lines[-1]) > _LINE_BYTES_MOST:
            raise LineTooLong(_LINE)
        if len(lines) > _LINES_MOST:
            raise HTTPException(_LINE)
    return lines


def _belongs(host: str, address: str) -> bool:
    return host == address or host.endswith(f".{address}")


def _host_header(permit: Permit) -> str:
    default = permit.port == _DEFAULT_PORT[permit.scheme]
    return permit.host if default else f"{permit.host}:{permit.port}"


def _tls_without_certificates() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
