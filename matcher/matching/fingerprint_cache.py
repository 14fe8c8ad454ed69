"""Fingerprints that the sites of a run share: most onion services are copies of each other, and show the same bytes.

- What is shared is the fingerprint, never the verdict: each sighting is judged anew, by the lists in force then. So
  nothing stale accuses or clears anybody, and every sighting is kept.
- A fingerprint is shared once the workers that made it were proven after it (`Examiner.prove`), and never one that
  says that a worker failed. The key is the SHA-256 of the bytes, computed here: no worker can put its word elsewhere.
- Now and then a lot falls on a picture that is known: it is hashed again, in full, by the workers of another site. The
  first that differs ends all sharing, and what was shared is forgotten.

In memory alone, bounded, and gone with the run.
"""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Final

from matcher.fingerprint import Fingerprint, UndecidedReason

SHARED_MOST: Final = 4_096
"""Some 6 KB each."""
_NOT_SHARED: Final = frozenset(
    reason
    for reason in UndecidedReason
    if reason.name.startswith("KILLED") or reason.name in {"TIME_LIMIT", "MEMORY_LIMIT", "NO_WORKER"}
)


class Shared:
    """Safe to call from several threads."""

    def __init__(self, most: int = SHARED_MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Fingerprint] = OrderedDict()
        self._lock = Lock()
        self.trusted = True
        """False once a picture that was hashed again came out otherwise."""
        self.used = 0
        """How often a picture was not hashed again."""

    def of(self, untrusted_picture: bytes) -> Fingerprint | None:
        """The fingerprint of these very bytes, if another site showed them lately."""
        key = sha256(untrusted_picture).digest()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, proven: Mapping[bytes, Fingerprint]) -> None:
        """Share what proven workers said, by SHA-256; what was used longest ago makes room."""
        with self._lock:
            for key, fingerprint in proven.items():
                if self.trusted and fingerprint.undecided not in _NOT_SHARED:
                    self._kept[key] = fingerprint
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def count(self) -> None:
        """One picture was not hashed again."""
        with self._lock:
            self.used += 1

    def distrust(self) -> None:
        """Forget everything, and share nothing more."""
        with self._lock:
            self.trusted = False
            self._kept.clear()
