"""A hash list, and the changes to it: what is in force is the first import with every later change applied in turn.

A change is a hash list of the same name. Its entries are added, and stand in place of earlier ones with the same id;
`withdrawn` names entries that are known material no longer; `held` those that shall accuse no one until a person has
reviewed them, and `released` those that were. Within one change a withdrawal wins over an entry.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from matcher.hash_lists.columns import Columns
from matcher.hash_lists.entry import Entry, ListHeader

IN_FORCE, GONE, HELD = range(3)
"""How an entry stands. One that is gone was withdrawn, or stands in a later change in a newer form."""

EntryStatus = NDArray[np.uint8]
"""One of the three for each entry."""


@dataclass(frozen=True, slots=True, eq=False)
class HashList:
    """A list as it was first imported, or one change to it."""

    header: ListHeader
    entries: Columns
    withdrawn: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()

    @classmethod
    def of(cls, header: ListHeader, entries: Iterable[Entry]) -> "HashList":
        """A list of these entries, in this order."""
        return cls(header, Columns.of(entries))

    @classmethod
    def of_feed(cls, header: ListHeader, entries: Columns, withdrawn: Iterable[str]) -> "HashList":
        """Return what an issuer's file says: entries, and ids that it withdraws."""
        return cls(header, entries, withdrawn=tuple(withdrawn))

    @classmethod
    def saying(
        cls,
        header: ListHeader,
        *,
        withdrawn: Iterable[str] = (),
        held: Iterable[str] = (),
        released: Iterable[str] = (),
    ) -> "HashList":
        """A change that adds no entry: withdrawals, holds and releases, by id."""
        return cls(header, Columns.of(()), tuple(withdrawn), tuple(held), tuple(released))

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """One list with every change to it, oldest first, and how each entry of each stands now."""

    changes: tuple[HashList, ...]
    standings: tuple[EntryStatus, ...]
    held: frozenset[str]
    """Ids on hold, whether or not there is an entry with such an id."""
    released: frozenset[str] = frozenset()
    """Ids that a person released and that are not on hold again."""

    @classmethod
    def of(cls, changes: Sequence[HashList]) -> "Chain":
        """The chain of these changes, of which there is at least one."""
        return reduce(Chain.then, changes, cls((), (), frozenset()))

    @property
    def header(self) -> ListHeader:
        """What the list says of itself in its newest form."""
        return self.changes[-1].header

    def then(self, change: HashList) -> "Chain":
        """The chain after one more change. Takes one pass over the ids, not an object for each."""
        held = (self.held | set(change.held)) - set(change.released)
        released = (self.released | set(change.released)) - held
        changes = (*self.changes, change)
        standings = [standing.copy() for standing in (*self.standings, np.zeros(len(change), np.uint8))]
        for earlier, standing in zip(self.changes, standings, strict=False):
            standing[earlier.entries.rows_of_keys(change.entries.id_keys)] = GONE
        for one, standing in zip(changes, standings, strict=True):
            standing[one.entries.rows_of(change.withdrawn)] = GONE
            _hold(one.entries, standing, held)
        return Chain(changes, tuple(standings), frozenset(held), frozenset(released))

    def folded(self) -> HashList:
        """The whole chain as one list, without what is gone; it remembers what was withdrawn, held and released."""
        kept = [
            one.entries.take(np.flatnonzero(standing != GONE).astype(np.uint32))
            for one, standing in zip(self.changes, self.standings, strict=True)
        ]
        entries = Columns.joined(kept)
        withdrawn = {entry_id: None for one in self.changes for entry_id in one.withdrawn}
        again = {entries.ids[row] for row in entries.rows_of(withdrawn).tolist()}
        tombstones = tuple(entry_id for entry_id in withdrawn if entry_id not in again)
        held, released = tuple(sorted(self.held)), tuple(sorted(self.released))
        return HashList(self.header, entries, tombstones, held, released)

    def count(self, *standing: int) -> int:
        """How many entries stand in one of these ways."""
        return sum(int(np.count_nonzero(one == value)) for one in self.standings for value in standing)


def _hold(entries: Columns, standing: EntryStatus, held: Collection[str]) -> None:
    """Put exactly these ids on hold, of the entries that are not gone."""
    standing[standing == HELD] = IN_FORCE
    rows = entries.rows_of(held)
    standing[rows[standing[rows] != GONE]] = HELD
