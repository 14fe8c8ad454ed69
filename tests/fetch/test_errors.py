"""Every error class of the libraries below has a row of its own in the table; none is left to the default."""

import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator

import pytest
import requests
import requests.exceptions
import urllib3.exceptions

from scanner.exchange.error_mapping import ROWS, cause_of
from scanner.exchange.failure import Cause

ROOTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ssl.SSLError,
    OSError,
    UnicodeError,
)


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for lower in kind.__subclasses__():
        yield from below(lower)


EVERY = sorted({kind for root in ROOTS for kind in below(root)}, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_lower_error_has_a_row(kind: type[Exception]) -> None:
    assert any(issubclass(kind, row) for row, _ in ROWS)


def test_the_libraries_are_really_looked_at() -> None:
    assert {requests.exceptions.ChunkedEncodingError, http.client.IncompleteRead, socket.gaierror} <= set(EVERY)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (http.client.RemoteDisconnected("x"), Cause.EMPTY_REPLY),
        (http.client.BadStatusLine("x"), Cause.MALFORMED_REPLY),
        (http.client.UnknownProtocol("x"), Cause.MALFORMED_REPLY),
        (http.client.LineTooLong("x"), Cause.TOO_MANY_HEADERS),
        (http.client.HTTPException("got more than 100 headers"), Cause.TOO_MANY_HEADERS),
        (http.client.IncompleteRead(b""), Cause.CUT_SHORT),
        (ssl.SSLError(), Cause.TLS),
        (ssl.SSLCertVerificationError(), Cause.TLS),
        (TimeoutError(), Cause.DEADLINE),
        (ConnectionResetError(), Cause.CUT_SHORT),
        (BrokenPipeError(), Cause.CUT_SHORT),
        (UnicodeDecodeError("ascii", b"", 0, 1, ""), Cause.MALFORMED_REPLY),
        (zlib.error(), Cause.MALFORMED_REPLY),
        (RuntimeError(), Cause.MALFORMED_REPLY),
    ],
)
def test_a_cause_is_told_by_the_class(error: Exception, cause: Cause) -> None:
    assert cause_of(error, Cause.CUT_SHORT) is cause


def test_the_innermost_error_counts() -> None:
    inner, middle = http.client.RemoteDisconnected("x"), urllib3.exceptions.ProtocolError("Connection aborted.")
    outer = requests.ConnectionError()
    outer.__context__, middle.__cause__ = middle, inner
    assert cause_of(outer, Cause.CUT_SHORT) is Cause.EMPTY_REPLY
