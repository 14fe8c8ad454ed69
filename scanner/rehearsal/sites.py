"""HTTP servers on the loopback, each behind one onion service. They serve from memory and log every request.

A site's log proves what was requested of it and what was not: every connection is counted, and every request is kept,
whatever its method.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from config.clock import utc_now

DRIP_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """What a site answers at one path.

    `after_seconds` pass before the answer begins; `dripping` sends the body byte by byte, for longer than anybody
    waits; `cut_short` closes the connection in the middle of the body; `bare` sends the body without a head (HTTP/0.9).
    """

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    location: str = ""
    after_seconds: float = 0.0
    dripping: bool = False
    cut_short: bool = False
    needs_cookie: bool = False
    """A visitor without a cookie receives one and is redirected here again."""
    bare: bool = False
    asks_once: str = ""
    """A `Retry-After`: the first request is answered with it and 429, the others with the body."""
    etag: str = ""
    """Sent with the body; a visitor who sends it back receives 304, without the body."""


NOT_FOUND = CannedResponse(b"<!doctype html><title>Not found</title><p>Not found", status=404)


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """One request as the site saw it; UTC."""

    method: str
    path: str
    at: datetime


class OnionSite:
    """One site: use as a context manager; while open it answers on 127.0.0.1 at `port`."""

    def __init__(self, answers: Mapping[str, CannedResponse]) -> None:
        self._server = _SiteServer(answers)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._server.server_port

    @property
    def asked(self) -> tuple[SiteRequest, ...]:
        """Every request so far."""
        return tuple(self._server.asked)

    @property
    def connections(self) -> int:
        """How many connections were made, whether or not anything was asked on them."""
        return self._server.connections

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _SiteServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answers: Mapping[str, CannedResponse]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[SiteRequest] = []
        self.connections = 0
        self._answered: set[str] = set()
        self._answering = threading.Lock()
        self.closing = threading.Event()

    def is_first(self, path: str) -> bool:
        """Return True for the first request of a path."""
        with self._answering:
            first = path not in self._answered
            self._answered.add(path)
        return first

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002 - the base class's hook
        self.connections += 1  # in the one thread that accepts
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a visitor who goes away."""


class _Handler(BaseHTTPRequestHandler):
    server: _SiteServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cookie = ""
    """What the next answer sets."""
    timeout = 60
    """Seconds for which an idle connection is kept."""

    def do_GET(self) -> None:
        served = self.server.answers.get(self.path, NOT_FOUND)
        self.server.closing.wait(served.after_seconds)
        if served.needs_cookie and "visitor=" not in self.headers.get("Cookie", ""):
            served = CannedResponse(status=302, location=self.path)
            self.cookie = "visitor=1; Path=/"
        if served.asks_once and self.server.is_first(self.path):
            self.send_response(HTTPStatus.TOO_MANY_REQUESTS)
            self.send_header("Retry-After", served.asks_once)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if served.bare:
            self._say_only(served.body)
            return
        if served.etag and self.headers.get("If-None-Match") == served.etag:
            served = CannedResponse(status=304, etag=served.etag)
        self.send_response(served.status)
        self.send_header("Content-Type", served.media_type)
        if served.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(served.body)))
        if served.etag:
            self.send_header("ETag", served.etag)
        if self.cookie:
            self.send_header("Set-Cookie", self.cookie)
            self.cookie = ""
        if served.location:
            self.send_header("Location", served.location)
        self.end_headers()
        self._send(served)

    def _send(self, served: CannedResponse) -> None:
        if served.dripping:
            self._drip(served.body)
        elif served.cut_short:
            self.wfile.write(served.body[: len(served.body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(served.body)

    def _say_only(self, body: bytes) -> None:
        self.log_request()
        self.wfile.write(body)
        self.close_connection = True

    def _drip(self, body: bytes) -> None:
        for at in range(len(body)):
            if self.server.closing.wait(DRIP_SECONDS):
                return
            self.wfile.write(body[at : at + 1])

    def log_request(self, code: object = "-", size: object = "-") -> None:  # noqa: ARG002 - the base class's hook
        """Called once for every answer, to requests of any method, well-formed or not."""
        self.server.asked.append(SiteRequest(self.command or "", self.path, utc_now()))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing is printed."""
