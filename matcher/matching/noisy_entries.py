"""An entry that hits on very many sites is suspect: a blank page, a logo, a pattern that came into a list by mistake.

The watch counts the distinct sites on which each entry has hit, and names an entry that passes the limit, to be put on
hold (`HashList.saying`), which everyone can see, until a person has reviewed it. What is settled, being on hold or
released by a person, is not named again.

- Sites that serve the very same page are mirrors of each other, and count once.
- Entries, sites and pages are kept as keyed tokens, as `tokens` gives them out too: whoever reads this memory, or what
  was written of it, learns no address by entry. Filled up with random ones, they tell hardly how many there are.
Thread-safe.
"""

from collections.abc import Iterable
from hashlib import blake2b
from secrets import token_bytes
from threading import Lock
from typing import Final

from matcher.verdict import Match

EntryName = tuple[str, str]
"""The name of a list, and an entry's id in it."""

_ENTRY, _SITE, _PROOF = 8, 4, 4
_BYTES: Final = _ENTRY + 2 * _SITE + _PROOF
_STEP: Final = 1024
"""What is given out is filled up to a multiple of so many tokens."""


class FloodWatch:
    """Counts sites for each entry, up to `most_sites` of them. `key` is secret; `tokens` are those of an earlier watch
    with the same key.
    """

    def __init__(self, most_sites: int, key: bytes, tokens: bytes = b"") -> None:
        self._most_sites = most_sites
        self._key = key
        self._settled: frozenset[EntryName] = frozenset()
        self._sites: dict[bytes, dict[bytes, bytes]] = {}
        self._lock = Lock()
        for start in range(0, len(tokens) - _BYTES + 1, _BYTES):
            counted, proof = tokens[start : start + _BYTES - _PROOF], tokens[start + _BYTES - _PROOF : start + _BYTES]
            if self._proof(counted) == proof:
                self._count(counted[:_ENTRY], counted[_ENTRY : _ENTRY + _SITE], counted[_ENTRY + _SITE :])

    def settle(self, names: Iterable[EntryName]) -> None:
        """From now on exactly these are never named: they are on hold, or a person has released them."""
        with self._lock:
            self._settled = frozenset(names)
            for name in self._settled:
                self._sites.pop(self._entry(name), None)

    def saw(self, site: str, page_digest: str, matches: Iterable[Match]) -> tuple[EntryName, ...]:
        """Count these matches on a page of a site; the entries that are beyond the limit, until they are settled."""
        names = dict.fromkeys((match.list_name, match.entry_id) for match in matches)
        where = self._token(b"site", site.encode())[:_SITE], self._token(b"page", page_digest.encode())[:_SITE]
        with self._lock:
            return tuple(name for name in names if name not in self._settled and self._count(self._entry(name), *where))

    def tokens(self) -> bytes:
        """What is counted, for a later watch."""
        with self._lock:
            counted = [entry + site + page for entry, sites in self._sites.items() for site, page in sites.items()]
        known = [one + self._proof(one) for one in counted]
        filling = token_bytes(_BYTES * (-len(known) % _STEP or (0 if known else _STEP)))
        known += [filling[start : start + _BYTES] for start in range(0, len(filling), _BYTES)]
        return b"".join(sorted(known))

    def _count(self, entry: bytes, site: bytes, page: bytes) -> bool:
        """Whether the entry is beyond the limit now."""
        sites = self._sites.setdefault(entry, {})
        if len(sites) <= self._most_sites and page not in sites.values():
            sites.setdefault(site, page)
        return len(sites) > self._most_sites

    def _entry(self, name: EntryName) -> bytes:
        return self._token(b"entry", "\0".join(name).encode(errors="replace"))[:_ENTRY]

    def _proof(self, counted: bytes) -> bytes:
        """Tells a token from what it is filled up with."""
        return self._token(b"proof", counted)[:_PROOF]

    def _token(self, kind: bytes, what: bytes) -> bytes:
        return blake2b(what, key=self._key, person=kind, digest_size=_ENTRY).digest()
