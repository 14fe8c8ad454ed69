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
from scanner.exchange.failure import Cause

_BROKEN: Final = None
"""Stands for: what a broken connection means at the stage that the exchange had reached."""

ROWS: Final[tuple[tuple[type[Exception], Cause | None], ...]] = (
    (TooLarge, Cause.TOO_LARGE),
    (Undecodable, Cause.MALFORMED_REPLY),
    (http.client.RemoteDisconnected, Cause.EMPTY_REPLY),
    (http.client.IncompleteRead, Cause.CUT_SHORT),
    (http.client.LineTooLong, Cause.TOO_MANY_HEADERS),
    (http.client.HTTPException, Cause.MALFORMED_REPLY),
    (ssl.SSLError, Cause.TLS),
    (urllib3.SSLError, Cause.TLS),
    (urllib3.TimeoutError, Cause.DEADLINE),
    (urllib3.IncompleteRead, Cause.CUT_SHORT),
    (urllib3.PoolError, _BROKEN),
    (urllib3.ProtocolError, _BROKEN),
    (urllib3.ProxyError, _BROKEN),
    (urllib3.HTTPError, Cause.MALFORMED_REPLY),
    (TimeoutError, Cause.DEADLINE),
    (OSError, _BROKEN),
    (ValueError, Cause.MALFORMED_REPLY),
)


def cause_of(error: BaseException, broken: Cause) -> Cause:
    """The cause that an error of the libraries below stands for. `broken` is what a broken connection means now."""
    innermost_first = list(_chain(error))[::-1]
    for link in innermost_first:
        # Raised under its own name only when there are more header lines than the library takes.
        if type(link) is http.client.HTTPException:
            return Cause.TOO_MANY_HEADERS
        for kind, cause in ROWS:
            if isinstance(link, kind):
                return cause or broken
    return Cause.MALFORMED_REPLY


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
