"""An entry that hits on very many sites is suspect: a blank page, a logo, a pattern that came into a list by mistake.

The watch counts the distinct sites on which each entry has hit, and names an entry once when it passes the limit; it is
then put on hold (`HashList.saying`), which everyone can see, until a person has reviewed it. What a person has released
is not named again. Sites are kept as short keyed digests: whoever reads this memory learns no address by entry.
Not for several threads at once. Starts empty: what was counted before a restart is told again by whoever remembers it.
"""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from secrets import token_bytes

from matcher.verdict import Match

EntryName = tuple[str, str]
"""The name of a list, and an entry's id in it."""


class FloodWatch:
    """Counts sites for each entry, up to `most_sites` of them; `reviewed` are entries that a person has released."""

    def __init__(self, most_sites: int, reviewed: Collection[EntryName] = ()) -> None:
        self._most_sites = most_sites
        self._settled = set(reviewed)
        self._sites: dict[EntryName, set[bytes]] = {}
        self._key = token_bytes(32)

    def saw(self, site: str, matches: Iterable[Match]) -> tuple[EntryName, ...]:
        """Count these matches on a site; the entries that have just passed the limit."""
        token = blake2b(site.encode(), key=self._key, digest_size=8).digest()
        names = dict.fromkeys((match.list_name, match.entry_id) for match in matches)
        return tuple(name for name in names if self._passes(name, token))

    def _passes(self, name: EntryName, token: bytes) -> bool:
        if name in self._settled:
            return False
        sites = self._sites.setdefault(name, set())
        sites.add(token)
        if len(sites) <= self._most_sites:
            return False
        self._settled.add(name)
        del self._sites[name]
        return True
