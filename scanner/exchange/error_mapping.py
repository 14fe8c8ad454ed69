"""The errors of the libraries below, each mapped to a cause by its class alone; their texts are never read.

Their texts hold what a site sent (a bad status line, a broken chunk). The rows are tried in order on the innermost
error first, because the libraries wrap one another's. A test holds this table against every error class there is.
"""

import http.client
import ssl
from collections.abc import Iterator
from typing import Final

import urllib3.exceptions as urllib3

from scanner.exchange.coding import TooLarge, Undecodable
from scanner.exchange.failure import FailureCause

_BROKEN: Final = None
"""Placeholder for the cause of a broken connection in the exchange's present phase."""

ROWS: Final[tuple[tuple[type[Exception], FailureCause | None], ...]] = (
    (TooLarge, FailureCause.TOO_LARGE),
    (Undecodable, FailureCause.MALFORMED_REPLY),
    (http.client.RemoteDisconnected, FailureCause.EMPTY_REPLY),
    (http.client.IncompleteRead, FailureCause.CUT_SHORT),
    (http.client.LineTooLong, FailureCause.TOO_MANY_HEADERS),
    (http.client.HTTPException, FailureCause.MALFORMED_REPLY),
    (ssl.SSLError, FailureCause.TLS),
    (urllib3.SSLError, FailureCause.TLS),
    (urllib3.TimeoutError, FailureCause.DEADLINE),
    (urllib3.IncompleteRead, FailureCause.CUT_SHORT),
    (urllib3.PoolError, _BROKEN),
    (urllib3.ProtocolError, _BROKEN),
    (urllib3.ProxyError, _BROKEN),
    (urllib3.HTTPError, FailureCause.MALFORMED_REPLY),
    (TimeoutError, FailureCause.DEADLINE),
    (OSError, _BROKEN),
    (ValueError, FailureCause.MALFORMED_REPLY),
)


def cause_of(error: BaseException, broken: FailureCause) -> FailureCause:
    """Return the cause that a library's error stands for. `broken` is the cause of a broken connection now."""
    innermost_first = list(_chain(error))[::-1]
    for link in innermost_first:
        # Raised under its own name only when there are more header lines than the library takes.
        if type(link) is http.client.HTTPException:
            return FailureCause.TOO_MANY_HEADERS
        for kind, cause in ROWS:
            if isinstance(link, kind):
                return cause or broken
    return FailureCause.MALFORMED_REPLY


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
