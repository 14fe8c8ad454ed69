"""Entries that match on very many sites, and so are suspect: a blank page, a logo, a pattern listed by mistake.

The watch counts the distinct sites on which each entry matched. It names an entry that passes the limit, so that it is
held (`HashList.saying`), visibly, until a person has reviewed it. Held and released entries are not named again.

- Sites that serve the very same page are mirrors of each other, and count once.
- Entries, sites and pages are kept as keyed tokens, in `tokens` too: they reveal no address and no entry. Random tokens
  fill them up, so that their number reveals little either.
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
"""The number of tokens is a multiple of this."""


class NoisyEntryWatch:
    """Count of sites for each entry, up to `most_sites`. Thread-safe.

    `key` is secret; `tokens` are those of an earlier watch with the same key.
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
                self._add(counted[:_ENTRY], counted[_ENTRY : _ENTRY + _SITE], counted[_ENTRY + _SITE :])

    def settle(self, names: Iterable[EntryName]) -> None:
        """Set the entries that are on hold or released: exactly these are not named from now on."""
        with self._lock:
            self._settled = frozenset(names)
            for name in self._settled:
                self._sites.pop(self._entry(name), None)

    def count(self, site: str, page_digest: str, matches: Iterable[Match]) -> tuple[EntryName, ...]:
        """Count these matches on a page of a site; return their entries that are beyond the limit and not settled."""
        names = dict.fromkeys((match.list_name, match.entry_id) for match in matches)
        place = self._token(b"site", site.encode())[:_SITE], self._token(b"page", page_digest.encode())[:_SITE]
        with self._lock:
            return tuple(name for name in names if name not in self._settled and self._add(self._entry(name), *place))

    def tokens(self) -> bytes:
        """Return the counts, for a later watch."""
        with self._lock:
            counted = [entry + site + page for entry, sites in self._sites.items() for site, page in sites.items()]
        tokens = [token + self._proof(token) for token in counted]
        filling = token_bytes(_BYTES * (-len(tokens) % _STEP or (0 if tokens else _STEP)))
        tokens += [filling[start : start + _BYTES] for start in range(0, len(filling), _BYTES)]
        return b"".join(sorted(tokens))

    def _add(self, entry: bytes, site: bytes, page: bytes) -> bool:
        """Add a site to an entry's; return True if the entry is beyond the limit now."""
        sites = self._sites.setdefault(entry, {})
        if len(sites) <= self._most_sites and page not in sites.values():
            sites.setdefault(site, page)
        return len(sites) > self._most_sites

    def _entry(self, name: EntryName) -> bytes:
        return self._token(b"entry", "\0".join(name).encode(errors="replace"))[:_ENTRY]

    def _proof(self, counted: bytes) -> bytes:
        """Return the bytes that tell a token from filling."""
        return self._token(b"proof", counted)[:_PROOF]

    def _token(self, kind: bytes, value: bytes) -> bytes:
        return blake2b(value, key=self._key, person=kind, digest_size=_ENTRY).digest()
