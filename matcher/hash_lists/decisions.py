"""Decisions about single entries (withdrawn, on hold, released), which outlive an edition of their list.

- An issuer renames entries (an id that is derived changes with each further column) and reuses ids (row numbers). So a
  decision is kept by the entry's hashes as well as by its id.
- It applies to every entry that shares a hash with it. An entry with its id but with other hashes is another picture.
- A hash that another entry in force shares when the decision is made does not carry it: issuers list the same picture
  more than once, and decide about one entry.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matcher.hash_lists.columns import Columns, Rows
from matcher.hash_lists.entry import HASH_BYTES

NamedHash = tuple[str, bytes]


class Decided(StrEnum):
    """What was decided about an entry. A withdrawal by hand stays, whatever the issuer lists, until it is released."""

    WITHDRAWN = "withdrawn"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. Without hashes it applies by id alone."""

    decided: Decided
    entry_id: str
    hashes: frozenset[NamedHash] = frozenset()

    def is_of_another(self, hashes: Collection[NamedHash]) -> bool:
        """Return True if an entry with this decision's id and these hashes is evidently another picture."""
        return self.hashes.isdisjoint(hashes) and not {name for name, _ in self.hashes}.isdisjoint(
            name for name, _ in hashes
        )


def hashes_of(entries: Columns, row: int) -> frozenset[NamedHash]:
    """Return the hashes of one entry, with their names."""
    return frozenset((name, value) for name in HASH_BYTES if (value := entries.hash(name, row)) is not None)


def applying(entries: Columns, decisions: Iterable[Decision]) -> Iterator[tuple[int, Decision]]:
    """Yield each row to which a decision applies, with the decision."""
    by_hash, by_id = defaultdict[NamedHash, list[Decision]](list), defaultdict[str, list[Decision]](list)
    for decision in decisions:
        by_id[decision.entry_id].append(decision)
        for named_hash in decision.hashes:
            by_hash[named_hash].append(decision)
    for row in sorted({*entries.rows_of(by_id).tolist(), *_rows_with(entries, by_hash).tolist()}):
        own = hashes_of(entries, row)
        same_id = [one for one in by_id.get(entries.ids[row], ()) if not one.is_of_another(own)]
        shared = [one for named_hash in own for one in by_hash.get(named_hash, ())]
        yield from ((row, decision) for decision in dict.fromkeys((*shared, *same_id)))


def reused_ids(entries: Columns, decisions: Iterable[Decision]) -> frozenset[str]:
    """Return the ids of decisions that name another picture among these entries."""
    by_id = defaultdict[str, list[Decision]](list)
    for decision in decisions:
        by_id[decision.entry_id].append(decision)
    rows = entries.rows_of(by_id).tolist()
    return frozenset(
        entries.ids[row]
        for row in rows
        if any(decision.is_of_another(hashes_of(entries, row)) for decision in by_id[entries.ids[row]])
    )


def bound(decisions: Iterable[Decision], standing: Collection[Columns]) -> tuple[Decision, ...]:
    """Return decisions by id with the hashes of their entries, as far as no other entry shares them."""
    ids = {decision.entry_id for decision in decisions}
    own = defaultdict[str, set[NamedHash]](set)
    for entries in standing:
        for row in entries.rows_of(ids).tolist():
            own[entries.ids[row]] |= hashes_of(entries, row)
    wanted = frozenset().union(*own.values())
    foreign = {
        named_hash
        for entries in standing
        for row in _rows_with(entries, wanted).tolist()
        if entries.ids[row] not in ids
        for named_hash in hashes_of(entries, row)
    }
    return tuple(
        Decision(decision.decided, decision.entry_id, decision.hashes | (own[decision.entry_id] - foreign))
        for decision in decisions
    )


def replaced_ids(before: Columns, now: Columns) -> tuple[str, ...]:
    """Return the ids that named another picture before: they have a kind of hash in common, and share none."""
    common = np.intersect1d(before.id_keys, now.id_keys)
    earlier, later = before.take(_in_order(before, common)), now.take(_in_order(now, common))
    shares, differs = np.zeros(len(common), np.bool_), np.zeros(len(common), np.bool_)
    for name in HASH_BYTES:
        rows = np.intersect1d(earlier.having(name), later.having(name))
        if len(rows):
            equal = np.all(earlier.hashes[name][rows] == later.hashes[name][rows], axis=1)
            shares[rows] |= equal
            differs[rows] |= ~equal
    return tuple(later.ids[row] for row in np.flatnonzero(differs & ~shares).tolist())


def _in_order(entries: Columns, keys: NDArray[np.uint64]) -> Rows:
    """Return the first row of each of these keys, which are sorted and all present."""
    order = np.argsort(entries.id_keys, kind="stable")
    return order[np.searchsorted(entries.id_keys, keys, sorter=order)].astype(np.uint32)


def _rows_with(entries: Columns, hashes: Iterable[NamedHash]) -> Rows:
    """Return the rows that carry any of these hashes."""
    values = defaultdict[str, set[bytes]](set)
    for name, value in hashes:
        values[name].add(value)
    found = [entries.rows_with(name, wanted) for name, wanted in values.items()]
    return np.unique(np.concatenate([np.zeros(0, np.uint32), *found])).astype(np.uint32)
