"""A hash list, and the changes to it: in force is the first import with each later change applied in turn.

A change is a hash list of the same name. Its entries are added, and replace earlier ones with the same id. `withdrawn`
names entries that are no longer known material; `held` those that accuse no one until a person has reviewed them, and
`released` those that were reviewed. Within one change a withdrawal wins over an entry. Decisions that a person or the
scanner made carry over by hashes (`decisions.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from matcher.hash_lists.columns import Columns
from matcher.hash_lists.decisions import Decided, Decision, applying, bound
from matcher.hash_lists.entry import Entry, ListHeader

IN_FORCE, GONE, HELD = range(3)
"""The statuses of an entry. One that is gone was withdrawn, or a later change replaces it."""

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
    decisions: tuple[Decision, ...] = ()
    """Decisions with the hashes of their entries; of `held` and `released` by id, others apply by id alone."""

    @classmethod
    def of(cls, header: ListHeader, entries: Iterable[Entry]) -> "HashList":
        """Return a list of these entries, in this order."""
        return cls(header, Columns.of(entries))

    @classmethod
    def of_feed(cls, header: ListHeader, entries: Columns, withdrawn: Iterable[str]) -> "HashList":
        """Return what an issuer's file states: entries, and ids that it withdraws."""
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
        """Return a change that adds no entry: withdrawals by hand, holds and releases, by id."""
        by_hand = tuple(withdrawn)
        decisions = tuple(Decision(Decided.WITHDRAWN, entry_id) for entry_id in by_hand)
        return cls(header, Columns.of(()), by_hand, tuple(held), tuple(released), decisions)

    def __len__(self) -> int:
        return len(self.entries)

    def all_decisions(self) -> tuple[Decision, ...]:
        """Return every decision, those by id alone included."""
        by_id = [Decision(Decided.HELD, entry_id) for entry_id in self.held]
        by_id += [Decision(Decided.RELEASED, entry_id) for entry_id in self.released]
        known = {(decision.decided, decision.entry_id) for decision in self.decisions}
        return (*self.decisions, *(one for one in by_id if (one.decided, one.entry_id) not in known))

    def without_entries(self) -> "HashList":
        """Return the list's statements about single entries: the start of its next edition."""
        return HashList(self.header, Columns.of(()), self.withdrawn, self.held, self.released, self.decisions)


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """One list with every change to it, oldest first, and the status of each entry of each now."""

    changes: tuple[HashList, ...]
    standings: tuple[EntryStatus, ...]
    decisions: tuple[Decision, ...] = ()

    @classmethod
    def of(cls, changes: Sequence[HashList]) -> "Chain":
        """Return the chain of these changes, at least one."""
        return reduce(Chain.then, changes, cls((), ()))

    @property
    def header(self) -> ListHeader:
        """The header of the list's newest form."""
        return self.changes[-1].header

    @property
    def held(self) -> frozenset[str]:
        """Ids on hold, whether or not there is an entry with such an id."""
        return self._ids(Decided.HELD)

    @property
    def released(self) -> frozenset[str]:
        """Ids that a person released and that are not on hold again."""
        return self._ids(Decided.RELEASED)

    def then(self, change: HashList) -> "Chain":
        """Return the chain after one more change. Takes passes over ids and hashes, not an object for each entry."""
        changes = (*self.changes, change)
        standings = [standing.copy() for standing in (*self.standings, np.zeros(len(change), np.uint8))]
        new = self._bound(change)
        for earlier, standing in zip(self.changes, standings, strict=False):
            standing[earlier.entries.rows_of_keys(change.entries.id_keys)] = GONE
        decisions = _superseded(self.decisions, new)
        decisions = _renamed(decisions, change.entries)
        by_hand = [one for one in decisions if one.decided is Decided.WITHDRAWN]
        on_hold = [one for one in decisions if one.decided is Decided.HELD]
        for part, standing in zip(changes, standings, strict=True):
            standing[part.entries.rows_of(change.withdrawn)] = GONE
            standing[[row for row, _ in applying(part.entries, by_hand)]] = GONE
            standing[standing == HELD] = IN_FORCE
            rows = np.array([row for row, _ in applying(part.entries, on_hold)], np.uint32)
            standing[rows[standing[rows] != GONE]] = HELD
        return Chain(changes, tuple(standings), decisions)

    def folded(self) -> HashList:
        """Return the whole chain as one list, without entries that are gone, and with every decision."""
        entries = Columns.joined(self._standing_entries())
        withdrawn = {entry_id: None for change in self.changes for entry_id in change.withdrawn}
        withdrawn |= dict.fromkeys(self._ids(Decided.WITHDRAWN))
        again = {entries.ids[row] for row in entries.rows_of(withdrawn).tolist()}
        tombstones = tuple(entry_id for entry_id in withdrawn if entry_id not in again)
        held, released = tuple(sorted(self.held)), tuple(sorted(self.released))
        return HashList(self.header, entries, tombstones, held, released, self.decisions)

    def count(self, *statuses: int) -> int:
        """Return how many entries have one of these statuses."""
        return sum(int(np.count_nonzero(standing == status)) for standing in self.standings for status in statuses)

    def _bound(self, change: HashList) -> tuple[Decision, ...]:
        """Return a change's decisions; those by id alone with the hashes that their entries have now."""
        decisions = change.all_decisions()
        by_id = [one for one in decisions if not one.hashes]
        with_hashes = [one for one in decisions if one.hashes]
        return (*with_hashes, *bound(by_id, [*self._standing_entries(), change.entries])) if by_id else decisions

    def _standing_entries(self) -> list[Columns]:
        return [
            change.entries.take(np.flatnonzero(standing != GONE).astype(np.uint32))
            if np.any(standing == GONE)
            else change.entries
            for change, standing in zip(self.changes, self.standings, strict=True)
        ]

    def _ids(self, decided: Decided) -> frozenset[str]:
        return frozenset(decision.entry_id for decision in self.decisions if decision.decided is decided)


def _superseded(earlier: Iterable[Decision], new: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Return the decisions after new ones: of a release and another decision on the same picture, the later counts."""
    kept = (
        one
        for one in earlier
        if not any(Decided.RELEASED in {one.decided, other.decided} and _same(one, other) for other in new)
    )
    released = [one for one in new if one.decided is Decided.RELEASED]
    later = (one for one in new if one in released or not any(_same(one, other) for other in released))
    return tuple(dict.fromkeys((*kept, *later)))


def _same(one: Decision, other: Decision) -> bool:
    return one.entry_id == other.entry_id or not one.hashes.isdisjoint(other.hashes)


def _renamed(decisions: tuple[Decision, ...], entries: Columns) -> tuple[Decision, ...]:
    """Return the decisions, and those that carry over to entries with another id."""
    if not len(entries) or not decisions:
        return decisions
    ids = {(one.decided, one.entry_id) for one in decisions}
    carried = [
        Decision(decision.decided, entries.ids[row])
        for row, decision in applying(entries, decisions)
        if (decision.decided, entries.ids[row]) not in ids
    ]
    return (*decisions, *bound(dict.fromkeys(carried), [entries])) if carried else decisions
