"""Entries that hit on very many unrelated sites are put on hold by the scanner itself, and that is said.

A hold is written beside the hash list, sealed as the list is, and stands in the log; it is in force with the next visit
that starts. It is never more than a hold: the pictures end as undecided with that reason, are counted in every record,
and an operator who has looked at the entry ends it with `sightline hashes hold --release`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from queue import Empty, SimpleQueue
from typing import Protocol

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists.hash_list import HashList
from matcher.matching.noisy_entries import EntryName, NoisyEntryWatch
from reports.ledger.ledger import Ledger
from reports.log.entry import Kind
from reports.sighting import PageSeen
from scanner.hash_lists import store as hash_store


class HitCounter(Protocol):
    """Told of every page that was seen, and of every visit's end. Thread-safe."""

    def saw(self, address: str, page: PageSeen) -> None:
        """Count what was matched on a page of this site."""
        ...

    def keep(self) -> None:
        """Remember what was counted beyond the end of this process."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that was put on hold, or why it could not be."""

    entry: EntryName
    more_sites_than: int
    fault: Fault | None = None


@dataclass(slots=True)
class NoisyEntryHold:
    """`HitCounter` over the ledger and the hash lists at rest."""

    layout: Layout
    identity: str = field(repr=False)
    ledger: Ledger
    most_sites: int
    token_key: bytes = field(repr=False)
    _watch: NoisyEntryWatch = field(init=False)
    _settled: set[EntryName] = field(default_factory=set)
    _told: SimpleQueue[Held] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        key = digest(self.token_key, b"flood", sha256)
        self._watch = NoisyEntryWatch(self.most_sites, key, self.ledger.hits())

    def settle(self, names: Iterable[EntryName]) -> None:
        """These are on hold or were released, by the lists that are in force now."""
        self._settled = set(names)
        self._watch.settle(self._settled)

    def saw(self, address: str, page: PageSeen) -> None:
        """Count what was matched on a page, and hold what is beyond the limit."""
        matches = [match for sighting in page.sightings for match in sighting.verdict.matches]
        for entry in self._watch.count(address, page.body_sha256, matches):
            self._hold(entry)

    def keep(self) -> None:
        """Keep the tokens in the ledger. As long after a visit without matches as after any."""
        self.ledger.keep_hits(self._watch.tokens)

    def told(self) -> tuple[Held, ...]:
        """What was held since the last time, for the log and for the screen."""
        held = []
        try:
            while True:
                held.append(self._told.get_nowait())
        except Empty:
            return tuple(held)

    def _hold(self, entry: EntryName) -> None:
        name, entry_id = entry
        why = f"hits on more than {self.most_sites} unrelated sites"
        said = hash_store.append(
            self.layout,
            self.identity,
            name,
            lambda one: HashList.saying(one, held=[entry_id]),
            lambda: self.ledger.note(Kind.POLICY, {"list": name, "entries": 1, "change": "held", "why": why}),
        )
        if isinstance(said, Refused):
            self._told.put(Held(entry, self.most_sites, said.faults[0]))
            return
        self._settled.add(entry)
        self._watch.settle(self._settled)
        self._told.put(Held(entry, self.most_sites))


class Unwatched:
    """`HitCounter` for worlds in which nothing is held."""

    def saw(self, address: str, page: PageSeen) -> None:
        """Nothing is counted."""

    def keep(self) -> None:
        """Nothing is kept."""
