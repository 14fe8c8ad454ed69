"""The HTTP server behind the metrics: one client at a time, for a bounded time.

Any user of this machine may connect. So no number of connections costs the scanner more than one file and one thread,
and a silent or slow client is cut off; others wait meanwhile.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread, Timer
from typing import Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

ASKER_SECONDS: Final = 2.0


class _Server(WSGIServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that goes away."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Asker(WSGIRequestHandler):
    def setup(self) -> None:
        super().setup()
        self._over = Timer(ASKER_SECONDS, self._hang_up)
        self._over.daemon = True
        self._over.start()

    def finish(self) -> None:
        self._over.cancel()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""

    def _hang_up(self) -> None:
        with suppress(OSError):  # it may have gone first
            self.connection.shutdown(socket.SHUT_RDWR)


def listen(host: str, port: int, application: WSGIApplication) -> Callable[[], None]:
    """Serve on a thread; return a function that ends it. Raise OSError if nothing can listen."""
    server = (_Server6 if ":" in host else _Server)((host, port), _Asker)
    server.set_app(application)
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close
