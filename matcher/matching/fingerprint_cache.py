"""Fingerprints that the sites of a run share: most onion services are copies of each other and show the same bytes.

- The fingerprint is shared, the verdict is not: each sighting is judged by the lists in force at that time.
- A fingerprint is shared once its workers were tested after it (`Examiner.recheck`), and not if a worker failed. The
  key is the SHA-256 of the bytes, computed here: no worker can file its answer under other bytes.
- Now and then a lot falls on a cached picture: workers of another site hash it again, in full. The first difference
  ends all sharing and empties the cache.

In memory only, bounded, and gone with the run.
"""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Final

from matcher.fingerprint import Fingerprint, UndecidedReason

MAX_CACHED: Final = 4_096
"""Fingerprints of some 6 KB each."""
_NOT_CACHED: Final = frozenset(
    reason
    for reason in UndecidedReason
    if reason.name.startswith("KILLED") or reason.name in {"TIME_LIMIT", "MEMORY_LIMIT", "NO_WORKER"}
)


class FingerprintCache:
    """Bounded cache of fingerprints. Thread-safe."""

    def __init__(self, most: int = MAX_CACHED) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Fingerprint] = OrderedDict()
        self._lock = Lock()
        self.trusted = True
        """False once a cached picture was hashed again with another result."""
        self.used = 0
        """Number of pictures that were not hashed again."""

    def of(self, untrusted_picture: bytes) -> Fingerprint | None:
        """Return the fingerprint of exactly these bytes, if cached."""
        key = sha256(untrusted_picture).digest()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, proven: Mapping[bytes, Fingerprint]) -> None:
        """Add fingerprints of proven workers, by SHA-256; the least recently used make room."""
        with self._lock:
            for key, fingerprint in proven.items():
                if self.trusted and fingerprint.undecided not in _NOT_CACHED:
                    self._kept[key] = fingerprint
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def count(self) -> None:
        """Count one picture that was not hashed again."""
        with self._lock:
            self.used += 1

    def distrust(self) -> None:
        """Empty the cache and keep nothing more."""
        with self._lock:
            self.trusted = False
            self._kept.clear()
