"""What our own fetchers ask tor for at this moment: the gate inside tor attaches nothing else.

Rules:
- Credentials stand for one address, from just before tor is asked until it has answered: no longer, and for no other.
- They are compared in constant time, and reach no log, error or `repr`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hmac import compare_digest
from threading import Lock

from scanner.exchange.socks import Credentials


class ActiveCredentials:
    """The SOCKS credentials that stand now. Thread-safe; several exchanges may ask for one address, with the same."""

    def __init__(self) -> None:
        self._standing: dict[str, list[Credentials]] = {}
        self._lock = Lock()

    @contextmanager
    def asking(self, address: str, credentials: Credentials) -> Iterator[None]:
        """They stand for this address for as long as the block lasts."""
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

    def holds(self, address: str, credentials: Credentials) -> bool:
        """Whether these stand for this address now."""
        with self._lock:
            standing = tuple(self._standing.get(address, ()))
        return any([_same(credentials, one) for one in standing])  # noqa: C419 - each is compared, whichever fits


def _same(one: Credentials, other: Credentials) -> bool:
    username = compare_digest(one.username, other.username)
    return compare_digest(one.password, other.password) and username
