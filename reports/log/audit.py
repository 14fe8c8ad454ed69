"""Audit: whether a log is the signed one, and whether its entries are consistent. Needs the public key only.

For every entry: it exists, in its place, well formed, and part of the tree. For the whole: every node of the tree, the
root, the head's signature, and growth from an earlier checkpoint that somebody else kept. For its story: each fetch was
intended under a claim before it ended, ended once, and none stayed open in a visit that ended; each sealed record
exists, unchanged, and no other; each referral holds the records that it names.

Streams: memory grows with the visits that are open at one time, not with the log. Every fault is a sentence for people;
an audit reports all of them, unless the store itself cannot be read on.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from config.faults import Fault
from reports.crypto.signing import PublicKey
from reports.log.checkpoint import Checkpoint, TreeHead
from reports.log.entry import Kind, LogEntry
from reports.log.merkle import Frontier, leaf_hash
from reports.log.replay import LogReplay

CHUNK: Final = 1024
MOST_FAULTS: Final = 100
KEEP: Final = (
    "Keep a copy of the store as it is, and compare it with what others hold: checkpoints, referrals, backups."
)


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A sealed record as the store holds it; `sha256` is computed now, from the stored form."""

    leaf_index: int
    record_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class KeptReferral:
    """A referral as the store holds it; `deliveries` counts the records that were given to it."""

    leaf_index: int
    referral_id: str
    recipient: str
    records: int
    deliveries: int


class LogSource(Protocol):
    """What an audit reads. Nothing of it is trusted; every range is `first` to `first + count - 1`."""

    def head(self) -> TreeHead | None:
        """Return the signed head."""
        ...

    def leaves(self, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Leaf index and entry, in order."""
        ...

    def nodes(self, level: int, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Position and hash of the full nodes of one level, in order."""
        ...

    def records(self, first: int, count: int) -> Iterator[KeptRecord]:
        """Yield the sealed records whose leaf is in the range, in order."""
        ...

    def referrals(self, first: int, count: int) -> Iterator[KeptReferral]:
        """Yield the referrals whose leaf is in the range, in order."""
        ...

    def totals(self) -> tuple[int, int, int]:
        """Return the numbers of leaves, nodes and records."""
        ...


@dataclass(slots=True)
class AuditReport:
    """What an audit found. `faults` holds the first hundred; `fault_count` all of them."""

    origin: str = ""
    size: int = 0
    root: str = ""
    """In hex, computed from the entries."""
    key_id: str = ""
    first: datetime | None = None
    last: datetime | None = None
    went_back: int = 0
    """Entries that lie before the one before them: the clock was set back. A note, for the log is as it was signed."""
    first_back: int | None = None
    """The first of them."""
    kinds: Counter[str] = field(default_factory=Counter)
    open_visits: int = 0
    open_fetches: int = 0
    """Intended by visits that are open, and not concluded yet."""
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault_count == 0

    def add(self, where: str, cause: str, fix: str = KEEP) -> None:
        """Add one fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, cause, fix))


class Audit:
    """One audit of one log. `trusted` are the keys that may sign it; `earlier` a checkpoint kept elsewhere."""

    def __init__(self, source: LogSource, trusted: tuple[PublicKey, ...], earlier: Checkpoint | None = None) -> None:
        self._source = source
        self._trusted = trusted
        self._earlier = earlier
        self._tree = Frontier()
        self._story = LogReplay()
        self.report = AuditReport()

    def run(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> AuditReport:
        """Check everything. `progress` receives the number of entries done and their total."""
        head = self._source.head()
        if head is None:
            self.report.add("log", "there is none", "Name a store that a Sightline has written to.")
            return self.report
        while self._tree.size < head.size and self._chunk(min(CHUNK, head.size - self._tree.size)):
            progress(self._tree.size, head.size)
        self._head(head)
        self._totals(head.size)
        self._continuity(head)
        self._ending()
        return self.report

    def _chunk(self, count: int) -> bool:
        """Check the next entries; False when one is missing, for nothing after it can be placed in the tree."""
        first = self._tree.size
        whole: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        entries: list[LogEntry] = []
        for index, (found, body) in enumerate(self._source.leaves(first, count), first):
            if found != index:
                break
            for level, position, value in self._tree.append(leaf_hash(body)):
                whole[level].append((position, value))
            self._compare_earlier()
            entries.extend(self._entry(index, body))
        self._nodes(whole)
        self._kept(first, count, entries)
        if self._tree.size == first + count:
            return True
        self.report.add(_entry_name(self._tree.size), "is missing; what comes after it cannot be checked")
        return False

    def _entry(self, index: int, body: bytes) -> Iterator[LogEntry]:
        try:
            entry = LogEntry.from_bytes(body)
            faults = [] if entry.index == index else [f"says that it is entry {entry.index}: it was moved"]
            faults += self._story.tell(entry)
        except ValueError as error:
            self.report.add(_entry_name(index), f"cannot be read: {error}")
            return
        for cause in faults:
            self.report.add(_entry_name(index), cause)
        self.report.kinds[entry.kind] += 1
        self._time(entry)
        yield entry

    def _time(self, entry: LogEntry) -> None:
        report = self.report
        if report.last is not None and entry.time < report.last:
            report.went_back += 1
            report.first_back = entry.index if report.first_back is None else report.first_back
        report.first = report.first or entry.time
        report.last = entry.time

    def _nodes(self, whole: dict[int, list[tuple[int, bytes]]]) -> None:
        for level, expected in whole.items():
            kept = dict(self._source.nodes(level, expected[0][0], len(expected)))
            for position, value in expected:
                if kept.get(position) != value:
                    self.report.add(*_node_fault(level, position))

    def _kept(self, first: int, count: int, entries: Iterable[LogEntry]) -> None:
        by_leaf = {entry.index: entry for entry in entries}
        records = {kept.leaf_index: kept for kept in self._source.records(first, count)}
        referrals = {kept.leaf_index: kept for kept in self._source.referrals(first, count)}
        for index, entry in by_leaf.items():
            if entry.kind is Kind.RECORD_SEALED:
                self._record(entry, records.pop(index, None))
            elif entry.kind is Kind.REFERRAL_MADE:
                self._referral(entry, referrals.pop(index, None))
        for index in (*records, *referrals):
            self.report.add(_entry_name(index), "a record or referral in the store stands here, and the log has none")

    def _record(self, entry: LogEntry, kept: KeptRecord | None) -> None:
        named = (entry.details.get("sha256"), entry.details.get("kept_sha256"))
        if kept is None:
            self.report.add(_entry_name(entry.index), "its sealed record is missing from the store")
        elif named != (kept.record_id, kept.sha256):
            self.report.add(_entry_name(entry.index), "its sealed record was changed or exchanged")

    def _referral(self, entry: LogEntry, kept: KeptReferral | None) -> None:
        named = tuple(entry.details.get(name) for name in ("referral", "recipient", "records"))
        if kept is None:
            self.report.add(_entry_name(entry.index), "its referral is missing from the store")
        elif named != (kept.referral_id, kept.recipient, kept.records) or kept.deliveries != kept.records:
            self.report.add(_entry_name(entry.index), "the records of its referral are not those that were given to it")

    def _head(self, head: TreeHead) -> None:
        computed = Checkpoint(head.origin, head.size, self._tree.root())
        self.report.origin, self.report.size, self.report.root = head.origin, self._tree.size, computed.root.hex()
        signed = [key for key in self._trusted if key.verify(computed.text().encode(), head.signature)]
        if not signed:
            self.report.add("tree head", "no trusted key signed the log as it stands")
            return
        self.report.key_id = signed[0].key_id
        if head.peaks != self._tree.peaks or head.public_key != signed[0]:
            self.report.add("tree head", "the data next to its signature was changed")

    def _totals(self, size: int) -> None:
        expected = (size, 2 * size - size.bit_count(), self.report.kinds[Kind.RECORD_SEALED])
        for name, wanted, found in zip(
            ("entries", "tree nodes", "records"), expected, self._source.totals(), strict=True
        ):
            if wanted != found:
                self.report.add("store", f"holds {found} {name} where the signed log has {wanted}")

    def _compare_earlier(self) -> None:
        earlier = self._earlier
        if earlier is not None and earlier.size == self._tree.size and earlier.root != self._tree.root():
            cause = f"the first {earlier.size} entries are not those that this checkpoint was made of"
            self.report.add("checkpoint", cause, f"The log was rewritten since. {KEEP}")

    def _continuity(self, head: TreeHead) -> None:
        if self._earlier is None:
            return
        if self._earlier.origin != head.origin:
            cause = f"it is of another log ({self._earlier.origin}, not {head.origin})"
            self.report.add("checkpoint", cause, "Name a checkpoint of this log.")
        if self._earlier.size > self._tree.size:
            cause = f"it has {self._earlier.size} entries, and the log only {self._tree.size}"
            self.report.add("checkpoint", cause, f"The log was cut off, or an older copy was put in its place. {KEEP}")

    def _ending(self) -> None:
        self.report.open_visits, self.report.open_fetches = self._story.still_open()


def _entry_name(index: int) -> str:
    return f"entry {index}"


def _node_fault(level: int, position: int) -> tuple[str, str]:
    if level == 0:
        return _entry_name(position), "was changed, or its hash in the tree was"
    return f"tree node {level}/{position}", "is missing or was changed"
