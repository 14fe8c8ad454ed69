"""The one door to the network: a kept connection to one port of one onion host, on requests' transport.

Rules:
- There is one way out: a metered connection to tor's SocksPort, which is given the host's name (socks5h). No session,
  so no environment, no proxies to be set, no .netrc, no cookies, no redirects; no resolver; no other route for https.
- The host is held against the permit again when the connection is made. The permit's parts are sent as they are.
- Deadline and byte budget hold below TLS and HTTP (`wire.py`); bodies are framed and decoded by our own code.
- TLS certificates are not verified: the onion address itself authenticates the service.
"""

import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.response import HTTPResponse
from urllib3.util.ssltransport import SSLTransport

from scanner.authority.permit import Permit
from scanner.fetch.body import Stream
from scanner.fetch.causes import OF_THE_CIRCUIT, Cause
from scanner.fetch.meter import CIRCUIT, HANDSHAKE, HEAD, Meter
from scanner.fetch.route import Route
from scanner.fetch.socks import GENERAL_FAILURE, GRANTED, REPLIES, Credentials, connect
from scanner.fetch.wire import Wire, dial

if TYPE_CHECKING:
    from requests.structures import CaseInsensitiveDict

_DEFAULT_PORT: Final = {"http": 80, "https": 443}


def silence_libraries() -> None:
    """urllib3 logs URLs, and headers that it could not parse: nothing of that may reach a log."""
    for name in ("urllib3", "requests"):
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)
        library.propagate = False


@dataclass(frozen=True, slots=True)
class Head:
    """An answer's status and headers, and the connection behind them."""

    status: int
    body: Stream
    _reply: HTTPResponse

    @property
    def keeps_alive(self) -> bool:
        """Whether the server means to answer more on this connection."""
        return not _original(self._reply).will_close

    def values(self, name: str) -> list[str]:
        """The values of a header, one for each line of it."""
        return list(self._reply.headers.getlist(name))

    def release(self) -> None:
        """Put the connection back, ready for the next exchange."""
        _original(self._reply).close()
        self._reply.release_conn()

    def close(self) -> None:
        """End the connection."""
        self._reply.close()


class Lane(HTTPAdapter):
    """One connection to one port of one host, kept between exchanges. Used by one thread at a time."""

    def __init__(self, route: Route, credentials: Credentials) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._route = route
        self._credentials = credentials
        self._wire: Wire | None = None
        self._pool: HTTPConnectionPool | None = None
        self._permit: Permit
        self._meter: Meter

    @property
    def used(self) -> bool:
        """Whether a connection was ever made."""
        return self._wire is not None

    def get(self, permit: Permit, meter: Meter, headers: Mapping[str, str]) -> Head:
        """Send the request and read the head of the answer. Raises Ended, and what the libraries raise."""
        self._permit, self._meter = permit, meter
        if self._wire is not None:
            self._wire.meter = meter
            meter.enter(HEAD)
        request = PreparedRequest()
        request.method, request.url = "GET", permit.url
        # A plain dictionary: ours have one case, and all that is done with it here is to walk through it.
        request.headers = cast("CaseInsensitiveDict[str]", {"Host": _host_header(permit), **headers})
        reply = cast("HTTPResponse", self.send(request, stream=True, verify=False))
        return Head(reply.status, cast("Stream", _original(reply).fp), reply)

    def close(self) -> None:
        """End the connection."""
        if self._pool is not None:
            self._pool.close()
        super().close()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:  # noqa: ANN401 - requests' signature
        """Where requests asks for a route; there is this one, whatever the URL, proxies or environment say."""
        if self._pool is None:
            self._pool = _Pool(self._permit.host, self._permit.port, maxsize=1, lane=self)
        return self._pool

    def build_response(self, req: PreparedRequest, resp: Any) -> Any:  # noqa: ANN401, ARG002 - requests' signature
        """Where requests makes an answer with cookies, encoding and history of its own: the bare one is enough."""
        return resp

    def request_url(self, *_: Any, **__: Any) -> str:  # noqa: ANN401 - requests' signature
        """Where requests asks what to send as the request's target."""
        return self.target

    @property
    def target(self) -> str:
        """What the exchange that is under way sends as its target."""
        return self._permit.target

    def dial(self, host: str, port: int) -> Wire | SSLTransport:
        """A new connection to the host, if it is the permit's. Raises Ended."""
        permit, meter = self._permit, self._meter
        meter.enter(CIRCUIT)
        if (host, port) != (permit.host, permit.port) or not _belongs(host, permit.address):
            raise meter.end(Cause.NOT_LISTED)
        address = self._route.socks_address()
        if address is None:
            raise meter.end(Cause.TOR_DOWN)
        self._wire = wire = dial(*address, meter)
        try:
            self._ask_tor(wire, meter)
            return self._secured(wire, meter)
        except OSError:
            # Under its own name a broken pipe would be passed over by urllib3.
            wire.close()
            raise meter.end(meter.stage.broken) from None

    def _ask_tor(self, wire: Wire, meter: Meter) -> None:
        source_port = wire.getsockname()[1]
        reply = connect(wire, self._permit.host, self._permit.port, self._credentials)
        if reply != GRANTED:
            raise meter.end(self._cause(reply, source_port), reply)

    def _cause(self, reply: int, source_port: int) -> Cause:
        """What tor's reply means. A tor that can build no circuits tells nothing of the site."""
        told = self._route.stream_cause(source_port) if reply == GENERAL_FAILURE else None
        cause = told or REPLIES.get(reply, Cause.CIRCUIT_LOST)
        return Cause.TOR_NOT_READY if cause in OF_THE_CIRCUIT and not self._route.ready() else cause

    def _secured(self, wire: Wire, meter: Meter) -> Wire | SSLTransport:
        if self._permit.scheme == "https":
            meter.enter(HANDSHAKE)
            secured = SSLTransport(wire, _tls_without_certificates(), server_hostname=self._permit.host)
            meter.enter(HEAD)
            return secured
        meter.enter(HEAD)
        return wire


class _Connection(HTTPConnection):
    """urllib3's connection, of which the way to make one is taken away and replaced by the lane's."""

    def __init__(self, host: str, port: int | None = None, *, lane: Lane, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(host, port, **options)
        self._lane = lane

    def _new_conn(self) -> socket.socket:
        return cast("socket.socket", self._lane.dial(self.host, self.port))

    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 - passed on
        """The target as the permit has it: urllib3 would write its escapes anew."""
        super().putrequest(method, self._lane.target, *args, **options)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


def _original(reply: HTTPResponse) -> Any:  # noqa: ANN401 - http.client's response, whose door this is
    return reply._original_response  # noqa: SLF001 - requests itself reads it; urllib3 offers no way to the bare body


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
