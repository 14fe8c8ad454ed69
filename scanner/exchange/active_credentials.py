"""The SOCKS credentials that our fetchers use now; tor's gate attaches no other stream.

Rules:
- Credentials are active for one address, from just before the request to tor until tor has answered.
- They are compared in constant time, and reach no log, error or `repr`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hmac import compare_digest
from threading import Lock

from scanner.exchange.socks import Credentials


class ActiveCredentials:
    """The active SOCKS credentials, by address. Thread-safe; exchanges may share credentials and address."""

    def __init__(self) -> None:
        self._standing: dict[str, list[Credentials]] = {}
        self._lock = Lock()

    @contextmanager
    def registered(self, address: str, credentials: Credentials) -> Iterator[None]:
        """Register these credentials for this address while the block lasts."""
        with self._lock:
            self._standing.setdefault(address, []).append(credentials)
        try:
            yield
        finally:
            with self._lock:
                standing = self._standing[address]
                standing.remove(credentials)
                if not standing:
                    del self._standing[address]

    def contains(self, address: str, credentials: Credentials) -> bool:
        """Return True if these credentials are active for this address."""
        with self._lock:
            standing = tuple(self._standing.get(address, ()))
        return any([_same(credentials, item) for item in standing])  # noqa: C419 - each is compared, whichever fits


def _same(one: Credentials, other: Credentials) -> bool:
    username = compare_digest(one.username, other.username)
    return compare_digest(one.password, other.password) and username
