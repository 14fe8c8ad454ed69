"""The checks of one sealed record: the log names it, it opens, who signed it, and whether it contradicts itself.

Each check ends as a text: empty if it holds, else the reason. No text repeats anything from a site.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, TypeVar, cast

from config.faults import Refused
from reports.bundle.bundle import BundledRecord
from reports.bundle.checks import Check
from reports.bundle.fetch_check import NO_FETCHES, FetchesSeen, fetches_seen
from reports.bundle.lazy_sequence import packed_pictures
from reports.canonical import Json
from reports.crypto.seal import unseal
from reports.crypto.signing import RECORD as FOR_RECORD
from reports.crypto.signing import PublicKey, check
from reports.log.checkpoint import Checkpoint
from reports.log.entry import Kind, LogEntry
from reports.log.merkle import leaf_hash, verify_inclusion
from reports.record.model import AmendmentRecord, Counts, PageRecord, Record, RejudgedRecord, VisitRecord, read_record
from reports.record.standing import Standing
from reports.schemas import RECORD, departure

Said = TypeVar("Said")
NOT_DESCRIBED: Final = frozenset({Standing.UNKNOWN.value, Standing.WITHHELD.value})


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """One record as its recipient reads it, with its place in the log."""

    record_id: str
    leaf_index: int
    content: PageRecord | VisitRecord


@dataclass(frozen=True, slots=True)
class OpenedAmendment:
    """One amendment as its recipient reads it, with its place in the log."""

    record_id: str
    leaf_index: int
    content: AmendmentRecord


@dataclass(frozen=True, slots=True)
class OpenedRejudgement:
    """A batch of pages that was judged again, as its recipient reads it, with its place in the log."""

    record_id: str
    leaf_index: int
    content: RejudgedRecord


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """The results of one record's checks: empty text where one holds. `record` is None if it could not be read.

    `fetches` are those that the log's own entries prove.
    """

    record: OpenedRecord | OpenedAmendment | OpenedRejudgement | None
    faults: Mapping[Check, str]
    fetches: FetchesSeen = NO_FETCHES


def examine_record(
    bundled: BundledRecord,
    sealed: bytes,
    packed_entries: bytes,
    identity: str,
    scanner: tuple[PublicKey, ...],
    checkpoint: Checkpoint | None,
) -> RecordCheck:
    """Make every possible check of one record. `scanner` holds its key and earlier keys."""
    faults = {Check.LOGGED: _logged(bundled, sealed), Check.INCLUDED: _included(bundled, checkpoint)}
    opened = _opened(sealed, identity, scanner, faults)
    if opened is None:
        return RecordCheck(None, faults)
    content, written = opened
    visit_id = "" if isinstance(content, AmendmentRecord | RejudgedRecord) else content.visit.visit_id
    if not faults[Check.LOGGED] and LogEntry.from_bytes(bundled.leaf.encode()).text("visit") != visit_id:
        faults[Check.LOGGED] = "the log names another visit"
    fetches = fetches_seen(bundled, packed_entries, content, checkpoint)
    faults[Check.FETCHED] = fetches if isinstance(fetches, str) else ""
    if isinstance(content, AmendmentRecord):
        return RecordCheck(OpenedAmendment(bundled.record_id, bundled.leaf_index, content), faults)
    if isinstance(content, RejudgedRecord):
        faults[Check.COUNTS] = rejudged_fault(content, bundled.leaf_index)
        bare = replace(content, padding=())
        return RecordCheck(OpenedRejudgement(bundled.record_id, bundled.leaf_index, bare), faults)
    faults[Check.COUNTS] = counts_fault(content)
    faults[Check.MANDATE] = mandate_fault(content)
    record = OpenedRecord(bundled.record_id, bundled.leaf_index, _small(content, written))
    return RecordCheck(record, faults, NO_FETCHES if isinstance(fetches, str) else fetches)


def _small(content: PageRecord | VisitRecord, written: Mapping[str, Json]) -> PageRecord | VisitRecord:
    """Padding means nothing, and is most of a page without findings; pictures are most of one with findings."""
    pictures = written.get("pictures")
    if not isinstance(content, PageRecord) or not isinstance(pictures, list):
        return content
    return replace(content, padding=(), pictures=packed_pictures(pictures))


def alike(records: Iterable[OpenedRecord]) -> tuple[OpenedRecord, ...]:
    """Return the records with shared values held once: visit, sender, policy, lists."""
    held: dict[object, object] = {}

    def once(value: Said) -> Said:
        return cast("Said", held.setdefault(value, value))

    return tuple(
        replace(
            record,
            content=replace(
                record.content,
                visit=once(record.content.visit),
                sender=once(record.content.sender),
                policy=once(record.content.policy),
                lists=once(record.content.lists),
            ),
        )
        for record in records
    )


def _logged(bundled: BundledRecord, sealed: bytes) -> str:
    digest = sha256(sealed).hexdigest()
    try:
        entry = LogEntry.from_bytes(bundled.leaf.encode())
        named = entry.text("sha256")
    except ValueError:
        return "its log entry cannot be read"
    if entry.kind is not Kind.RECORD_SEALED or entry.index != bundled.leaf_index:
        return "its log entry is another one"
    return "" if digest == named == bundled.record_id else "its bytes are not those that the log names"


def _included(bundled: BundledRecord, checkpoint: Checkpoint | None) -> str:
    if checkpoint is None:
        return "there is no checkpoint to hold it against"
    leaf = leaf_hash(bundled.leaf.encode())
    shown = verify_inclusion(leaf, bundled.leaf_index, checkpoint.size, bundled.proof, checkpoint.root)
    return "" if shown else "its inclusion proof does not lead to the checkpoint"


def _opened(
    sealed: bytes, identity: str, scanner: tuple[PublicKey, ...], faults: dict[Check, str]
) -> tuple[Record, Mapping[str, Json]] | None:
    """Return the record, and the bytes it was read from."""
    endorsed = unseal(sealed, identity)
    faults[Check.OPENS] = _cause(endorsed)
    if isinstance(endorsed, Refused):
        return None
    signed = check(endorsed, FOR_RECORD, scanner)
    faults[Check.RECORD_SIGNATURE] = _cause(signed)
    if isinstance(signed, Refused):
        return None
    record = read_record(signed[0], "record")
    if isinstance(record, Refused):
        faults[Check.FORM] = _cause(record)
        return None
    written = json.loads(signed[0])
    faults[Check.FORM] = departure(written, RECORD)
    return record, written


def _cause(result: object) -> str:
    return result.faults[0].cause if isinstance(result, Refused) else ""


def counts_fault(record: PageRecord | VisitRecord) -> str:
    """Return why the counts of a record do not add up or contradict it; empty if they hold."""
    if isinstance(record, VisitRecord):
        return ""
    if record.counts.pictures != _sum(record.counts):
        return "the outcomes do not add up to the pictures that were seen"
    examined = record.counts.matched + record.counts.no_match + sum(record.counts.undecided.values())
    if examined != sum(record.counts.standing.values()):
        return "the standings do not add up to the pictures that were examined"
    return _described_fault(record)


def rejudged_fault(record: RejudgedRecord, leaf_index: int) -> str:
    """Return why a batch that was judged again contradicts itself; empty if it does not."""
    hits = sum(len(page.pictures) for page in record.pages)
    if len(record.pages) > record.pages_judged or hits + record.pictures_open > record.pictures_judged:
        return "more was matched than was judged again"
    if any(page.record_leaf >= leaf_index for page in record.pages):
        return "it speaks of a record that was not there yet"
    return "" if all(picture.matches for page in record.pages for picture in page.pictures) else "a hit names no entry"


def _sum(counts: Counts) -> int:
    reasons = (counts.undecided, counts.failed, counts.not_fetched)
    return counts.matched + counts.no_match + counts.unchanged + sum(sum(kind.values()) for kind in reasons)


def _described_fault(record: PageRecord) -> str:
    """Check that every picture is described as often as it is counted, except unknown and withheld ones."""
    described: dict[str, int] = {}
    for picture in record.pictures:
        described[picture.standing] = described.get(picture.standing, 0) + 1
    left_out = {name for name, count in record.counts.standing.items() if described.get(name, 0) != count}
    if left_out - NOT_DESCRIBED or described.keys() - record.counts.standing.keys():
        return "not every picture that is counted is described"
    if (len(record.failed), len(record.not_fetched)) != (
        sum(record.counts.failed.values()),
        sum(record.counts.not_fetched.values()),
    ):
        return "not every picture without an examination is named"
    return ""


def mandate_fault(record: PageRecord | VisitRecord) -> str:
    """Return why a fetch lay outside the validity of its list; empty if none did."""
    mandate = record.visit.mandate
    instants = [record.visit.started]
    if isinstance(record, PageRecord):
        instants += [record.page.fetched_from, *(picture.fetched_from for picture in record.pictures)]
    outside = any(not mandate.valid_from <= instant <= mandate.valid_until for instant in instants)
    return "something was fetched while its list was not valid" if outside else ""
