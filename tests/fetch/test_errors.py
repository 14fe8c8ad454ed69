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
from scanner.exchange.failure import FailureCause

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
        (http.client.RemoteDisconnected("x"), FailureCause.EMPTY_REPLY),
        (http.client.BadStatusLine("x"), FailureCause.MALFORMED_REPLY),
        (http.client.UnknownProtocol("x"), FailureCause.MALFORMED_REPLY),
        (http.client.LineTooLong("x"), FailureCause.TOO_MANY_HEADERS),
        (http.client.HTTPException("got more than 100 headers"), FailureCause.TOO_MANY_HEADERS),
        (http.client.IncompleteRead(b""), FailureCause.CUT_SHORT),
        (ssl.SSLError(), FailureCause.TLS),
        (ssl.SSLCertVerificationError(), FailureCause.TLS),
        (TimeoutError(), FailureCause.DEADLINE),
        (ConnectionResetError(), FailureCause.CUT_SHORT),
        (BrokenPipeError(), FailureCause.CUT_SHORT),
        (UnicodeDecodeError("ascii", b"", 0, 1, ""), FailureCause.MALFORMED_REPLY),
        (zlib.error(), FailureCause.MALFORMED_REPLY),
        (RuntimeError(), FailureCause.MALFORMED_REPLY),
    ],
)
def test_a_cause_is_told_by_the_class(error: Exception, cause: FailureCause) -> None:
    assert cause_of(error, FailureCause.CUT_SHORT) is cause


def test_the_innermost_error_counts() -> None:
    inner, middle = http.client.RemoteDisconnected("x"), urllib3.exceptions.ProtocolError("Connection aborted.")
    outer = requests.ConnectionError()
    outer.__context__, middle.__cause__ = middle, inner
    assert cause_of(outer, FailureCause.CUT_SHORT) is FailureCause.EMPTY_REPLY
