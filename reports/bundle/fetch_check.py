"""The check of a record's fetches against the log's own entries: each was intended, and ended as the record says.

- A page's record travels with the entries of every fetch of the page and its pictures, findings or not: more than the
  record names. Entries that it does not name stay commitments, which reveal no address.
- Every URL that the record calls fetched is the one that an intent of this visit commits to, and the record agrees with
  the entry of its outcome.
- The outcome of a fetch travels with the record of the page that it was made for: a picture that was shown before, on
  another page of the visit, has its outcome there.

Each fault is a text that repeats nothing from a site.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import Final

from config.clock import rfc3339
from config.faults import Refused
from reports.bundle.bundle import BundledRecord, FetchEntries, unpacked
from reports.log.batch_proof import verify_beside
from reports.log.checkpoint import Checkpoint
from reports.log.entry import Kind, LogEntry, url_token
from reports.log.merkle import leaf_hash
from reports.record.model import PageRecord, PictureRecord, Record
from reports.sighting import FailedPicture, LoggedFetch

OUT_OF_ORDER: Final = "the entries of its fetches do not stand before it in the log, in order"
NOT_ITS_OWN: Final = "an attached entry belongs to no fetch of its visit"
NO_INTENT: Final = "an attached entry ends a fetch whose intent is missing"
NOT_NAMED: Final = "it names a fetch that the log's entries do not show"
ANOTHER_ADDRESS: Final = "an entry speaks of another address, or of another purpose, than the record says"


@dataclass(frozen=True, slots=True)
class FetchesSeen:
    """The fetches that a record names and the log bears out. `when` are their earliest and latest instants."""

    pages: int
    fetches: int
    ends: int
    """How many of them have their end here."""
    when: tuple[datetime, ...]


NO_FETCHES: Final = FetchesSeen(0, 0, 0, ())


@dataclass(frozen=True, slots=True)
class LoggedEntries:
    """The entries that travel with a record: intents, and outcomes by their intent's leaf."""

    intents: Mapping[int, LogEntry]
    ends: Mapping[int, LogEntry]


def fetches_seen(
    bundled: BundledRecord, packed_entries: bytes, record: Record, checkpoint: Checkpoint | None
) -> FetchesSeen | str:
    """Return the fetches that this record names, or why the log does not prove them."""
    entries = unpacked(packed_entries)
    if isinstance(entries, Refused):
        return entries.faults[0].cause
    if not isinstance(record, PageRecord):
        return "entries of fetches are attached, and it is of no page" if entries.leaves else NO_FETCHES
    logged = _proven_entries(entries, bundled, record.visit.visit_id, checkpoint)
    return logged if isinstance(logged, str) else _fault(record, logged) or _seen(record, logged)


def _proven_entries(
    entries: FetchEntries, bundled: BundledRecord, visit_id: str, checkpoint: Checkpoint | None
) -> LoggedEntries | str:
    """Return the entries once they are proven and belong to this visit's fetches."""
    try:
        read = [LogEntry.from_bytes(leaf.encode()) for leaf in entries.leaves]
    except ValueError:
        return "an attached entry cannot be read"
    indexes = [*(item.index for item in read), bundled.leaf_index]
    if any(one >= other for one, other in pairwise(indexes)):
        return OUT_OF_ORDER
    hashes = {one.index: leaf_hash(leaf.encode()) for one, leaf in zip(read, entries.leaves, strict=True)}
    if checkpoint is None:
        return "there is no checkpoint to hold its fetches against"
    if not verify_beside(bundled.leaf_index, checkpoint.size, bundled.proof, hashes, entries.proof):
        return "the proof of its fetches' entries does not lead to the checkpoint"
    return _sorted(read, visit_id)


def _sorted(read: Iterable[LogEntry], visit_id: str) -> LoggedEntries | str:
    intents: dict[int, LogEntry] = {}
    ends: dict[int, LogEntry] = {}
    for entry in read:
        if entry.details.get("visit") != visit_id or entry.kind not in {Kind.FETCH_INTENDED, Kind.FETCH_ENDED}:
            return NOT_ITS_OWN
        of = entry.index if entry.kind is Kind.FETCH_INTENDED else entry.details.get("intent")
        if not isinstance(of, int) or (entry.kind is Kind.FETCH_ENDED and (of not in intents or of in ends)):
            return NO_INTENT
        (intents if entry.kind is Kind.FETCH_INTENDED else ends)[of] = entry
    return LoggedEntries(intents, ends)


def _fault(record: PageRecord, logged: LoggedEntries) -> str:
    faults = chain(
        (_fetch_fault(fetch, logged) for fetch in _named(record)),
        [_page_fault(record, logged)],
        (_picture_fault(picture, record, logged) for picture in record.pictures),
        (_picture_fault(item, record, logged) for item in record.failed),
    )
    return next(filter(None, faults), "")


def _named(record: PageRecord) -> Iterator[LoggedFetch]:
    of_pictures = [*(picture.fetches for picture in record.pictures), *(item.fetches for item in record.failed)]
    yield from chain(record.fetches, *of_pictures)


def _fetch_fault(fetch: LoggedFetch, logged: LoggedEntries) -> str:
    entry = logged.intents.get(fetch.leaf_index)
    if entry is None:
        return NOT_NAMED
    recorded = (entry.details.get("purpose"), entry.details.get("url_token"))
    return "" if recorded == (fetch.purpose, url_token(fetch.opening, fetch.url)) else ANOTHER_ADDRESS


def _page_fault(record: PageRecord, logged: LoggedEntries) -> str:
    """Check that an answered page has a fetch of its address, which ended as the record says."""
    page = record.page
    if not page.status:
        return ""
    ends = [logged.ends.get(fetch.leaf_index) for fetch in record.fetches if fetch.url == page.url]
    if not ends:
        return "it tells of an answer, and names no fetch of its page"
    recorded = [(end.details.get("status"), end.details.get("ended")) for end in ends if end is not None]
    if (page.status, rfc3339(page.fetched_until)) not in recorded:
        return "the log says that the page's fetch ended otherwise, or at another time"
    return ""


def _picture_fault(picture: PictureRecord | FailedPicture, record: PageRecord, logged: LoggedEntries) -> str:
    """Check that a picture with an address was fetched by itself or came within its page."""
    if not picture.fetches:
        within_page = picture.place.url.partition("#")[0] in {"", *(fetch.url for fetch in record.fetches)}
        return "" if within_page else "it describes a picture, and names no fetch of it"
    end = logged.ends.get(picture.fetches[-1].leaf_index)
    if end is None or isinstance(picture, FailedPicture):
        return ""
    recorded = (end.details.get("started"), end.details.get("ended"))
    known = (rfc3339(picture.fetched_from), rfc3339(picture.fetched_until))
    return "" if recorded == known else "the log says that a picture's fetch ended at another time"


def _seen(record: PageRecord, logged: LoggedEntries) -> FetchesSeen:
    leaves = {fetch.leaf_index for fetch in _named(record)}
    times = [logged.intents[leaf].time for leaf in leaves]
    when = (min(times), max(times)) if times else ()
    return FetchesSeen(1 if record.fetches else 0, len(leaves), len(leaves & logged.ends.keys()), when)
