"""A log in memory that tests bend as they like: the audit's port without a database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.log.audit import KeptRecord, KeptReferral, LogSource
from reports.log.checkpoint import TreeHead
from reports.store.engine import Store, open_store_to_read
from reports.store.reading import StoredLog
from tests.reports.benches import Bench

EVERYTHING = 1 << 40


@dataclass
class Tape:
    """Everything that a log source gives, in lists."""

    kept_head: TreeHead | None
    kept_leaves: list[tuple[int, bytes]] = field(default_factory=list)
    kept_nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    kept_records: list[KeptRecord] = field(default_factory=list)
    kept_referrals: list[KeptReferral] = field(default_factory=list)

    def head(self) -> TreeHead | None:
        return self.kept_head

    def leaves(self, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        return [pair for pair in self.kept_leaves if first <= pair[0] < first + count]

    def nodes(self, level: int, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        wanted = [(level, position) for position in range(first, first + count)]
        return [(place[1], self.kept_nodes[place]) for place in wanted if place in self.kept_nodes]

    def records(self, first: int, count: int) -> Iterator[KeptRecord]:
        return (kept for kept in self.kept_records if first <= kept.leaf_index < first + count)

    def referrals(self, first: int, count: int) -> Iterator[KeptReferral]:
        return (kept for kept in self.kept_referrals if first <= kept.leaf_index < first + count)

    def totals(self) -> tuple[int, int, int]:
        return len(self.kept_leaves), len(self.kept_nodes), len(self.kept_records)


def copy_of(source: LogSource) -> Tape:
    tape = Tape(source.head(), list(source.leaves(0, EVERYTHING)))
    for level in range(40):
        tape.kept_nodes |= {(level, position): value for position, value in source.nodes(level, 0, EVERYTHING)}
    tape.kept_records = list(source.records(0, EVERYTHING))
    tape.kept_referrals = list(source.referrals(0, EVERYTHING))
    return tape


def tape_of(bench: Bench) -> Tape:
    """The bench's log, read through the real store."""
    store = open_store_to_read(bench.path)
    assert isinstance(store, Store)
    try:
        return copy_of(StoredLog(store))
    finally:
        store.close()
