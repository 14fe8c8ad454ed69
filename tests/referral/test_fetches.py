"""The log's own entries of the fetches of a page and its pictures travel with its record, and prove which address was
asked for, when, and how it ended: all of them, whatever was found.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zlib import compress

import pytest

from config.faults import Refused
from reports.bundle.bundle import BundledRecord, BundleParts, FetchEntries, packed, unpacked
from reports.bundle.checks import Check, CheckState
from reports.bundle.fetch_check import fetches_seen
from reports.bundle.verify import Verification, verify
from reports.log.checkpoint import Checkpoint, open_checkpoint
from reports.log.entry import Kind, LogEntry
from reports.record.model import PageRecord
from reports.sighting import LoggedFetch
from tests.referral.examples import ADDRESS, FAILED, MATCHED, NO_MATCH, PAGE_URL, failed_page, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_bundle import failing, parts_of, pieces_of, signed_again, with_record


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def parts(desk: Desk) -> BundleParts:
    desk.visit(
        replace(page(sighting("a.jpg", MATCHED)), failed=(FAILED,)),
        page(sighting("b.jpg", NO_MATCH), sighting("c.jpg", NO_MATCH), url=PAGE_URL + "2"),
        failed_page("http://x/2"),
    )
    (made,) = desk.dispatched()
    return parts_of(desk, made.path.read_bytes())


def with_entries(desk: Desk, parts: BundleParts, entries: FetchEntries | bytes) -> Verification:
    """As a scanner that signs whatever it is given would send it."""
    beside = entries if isinstance(entries, bytes) else packed(entries)
    manifest = with_record(parts, 0, replace(parts.manifest.records[0], entries_bytes=len(beside)))
    (sealed, _), *others = pieces_of(parts)
    return verify(signed_again(desk, manifest, ((sealed, beside), *others)), desk.identity, desk.key.public)


def entries_of(parts: BundleParts, number: int = 0) -> FetchEntries:
    entries = unpacked(parts.entries[number])
    assert isinstance(entries, FetchEntries)
    return entries


class Examined:
    """The first page's record, as it was opened, and what is found when something of it is bent."""

    def __init__(self, desk: Desk, parts: BundleParts) -> None:
        opened = with_entries(desk, parts, entries_of(parts)).opened
        checkpoint = open_checkpoint(parts.manifest.checkpoint, (desk.key.public,))
        assert opened is not None
        assert isinstance(opened.records[0].content, PageRecord)
        assert isinstance(checkpoint, Checkpoint)
        self.bundled: BundledRecord = parts.manifest.records[0]
        self.record, self.checkpoint, self.entries = opened.records[0].content, checkpoint, entries_of(parts)

    def fault(self, record: PageRecord | None = None, entries: FetchEntries | None = None) -> str:
        """Why the log does not bear the record out; empty when it does."""
        beside = packed(entries or self.entries)
        seen = fetches_seen(self.bundled, beside, record or self.record, self.checkpoint)
        return seen if isinstance(seen, str) else ""

    def told_of_picture(self, fetch: LoggedFetch) -> PageRecord:
        (picture,) = self.record.pictures
        return replace(self.record, pictures=(replace(picture, fetches=(fetch,)),))


@pytest.fixture
def examined(desk: Desk, parts: BundleParts) -> Examined:
    return Examined(desk, parts)


def test_it_is_told_how_many_and_when_and_how_they_ended(desk: Desk, parts: BundleParts) -> None:
    told = {one.check: one for one in with_entries(desk, parts, entries_of(parts)).results}[Check.FETCHED]
    assert told.state is CheckState.HOLDS
    assert told.words.startswith("7 fetches for 3 pages, from 2026-")
    assert told.words.endswith("how 7 of them ended")


def test_entries_of_pictures_travel_whether_anything_was_found_or_not(parts: BundleParts) -> None:
    kinds = [
        [LogEntry.from_bytes(leaf.encode()).kind for leaf in entries_of(parts, number).leaves] for number in range(4)
    ]
    of_each = [(one.count(Kind.FETCH_INTENDED), one.count(Kind.FETCH_ENDED)) for one in kinds]
    assert of_each == [(4, 4), (4, 4), (1, 1), (0, 0)]


def test_the_record_opens_what_the_leaves_commit_to(examined: Examined) -> None:
    (picture,), (failed,) = examined.record.pictures, examined.record.failed
    named = [(one.url, one.purpose) for one in (*examined.record.fetches, *picture.fetches, *failed.fetches)]
    assert named == [
        (f"http://{ADDRESS}/", "page"),
        (PAGE_URL, "redirect"),
        (f"http://{ADDRESS}/a.jpg", "picture"),
        (f"http://{ADDRESS}/gone.jpg", "picture"),
    ]


def test_a_picture_that_is_only_counted_stays_a_commitment(desk: Desk, parts: BundleParts) -> None:
    opened = with_entries(desk, parts, entries_of(parts)).opened
    assert opened is not None
    content = opened.records[1].content
    assert isinstance(content, PageRecord)
    assert content.pictures == ()
    assert b"b.jpg" not in parts.entries[1]
    assert not [leaf for leaf in entries_of(parts, 1).leaves if "b.jpg" in leaf]


def test_every_flipped_byte_of_an_entry_and_of_the_proof_is_noticed(examined: Examined) -> None:
    whole = examined.entries
    assert examined.fault() == ""
    bent = []
    for number, leaf in enumerate(whole.leaves):
        for at in range(len(leaf)):
            changed = flipped(leaf.encode(), at).decode()
            bent.append(replace(whole, leaves=(*whole.leaves[:number], changed, *whole.leaves[number + 1 :])))
    for number, node in enumerate(whole.proof):
        for at in range(len(node)):
            proof = (*whole.proof[:number], flipped(node, at), *whole.proof[number + 1 :])
            bent += [replace(whole, proof=proof)]
    assert len(bent) > 8 * 200 + 32
    for one in bent:
        assert examined.fault(entries=one), one


def test_every_flipped_byte_of_what_they_are_packed_in_is_noticed(desk: Desk, parts: BundleParts) -> None:
    """But for bits that mean nothing there: then the very same entries come out."""
    beside = parts.entries[0]
    for at in range(len(beside)):
        came = unpacked(flipped(beside, at))
        assert isinstance(came, Refused) or came == entries_of(parts), at
    assert isinstance(unpacked(beside + b"0"), Refused)
    assert isinstance(unpacked(beside[:-1]), Refused)
    assert isinstance(unpacked(compress(bytes(17 * 2**20))), Refused)
    assert failing(with_entries(desk, parts, beside[:-5])) == {Check.FETCHED}


def test_every_flipped_byte_of_an_opening_and_of_its_address_is_noticed(examined: Examined) -> None:
    (picture,), (first, second) = examined.record.pictures, examined.record.fetches
    (fetch,) = picture.fetches
    for one in each_flipped(fetch):
        assert examined.fault(examined.told_of_picture(one)), one
    for one in each_flipped(first):
        assert examined.fault(replace(examined.record, fetches=(one, second))), one


def each_flipped(fetch: LoggedFetch) -> Iterator[LoggedFetch]:
    yield from (replace(fetch, opening=flipped(fetch.opening, at)) for at in range(len(fetch.opening)))
    yield from (replace(fetch, url=flipped(fetch.url.encode(), at).decode()) for at in range(len(fetch.url)))
    yield from (
        replace(fetch, purpose=flipped(fetch.purpose.encode(), at).decode()) for at in range(len(fetch.purpose))
    )
    yield from (replace(fetch, leaf_index=fetch.leaf_index ^ 1 << bit) for bit in range(6))


def test_dropped_reordered_replayed_and_borrowed_entries_are_noticed(desk: Desk, parts: BundleParts) -> None:
    whole, other = entries_of(parts), entries_of(parts, 1)
    leaves = whole.leaves
    for changed in (
        (),
        *((*leaves[:number], *leaves[number + 1 :]) for number in (0, 1, 2, 3, 5)),  # intents, and the page's end
        (leaves[1], leaves[0], *leaves[2:]),
        (leaves[0], *leaves),
        (*leaves, other.leaves[0]),
        (other.leaves[0], *leaves[1:]),
    ):
        assert failing(with_entries(desk, parts, replace(whole, leaves=changed))) == {Check.FETCHED}, changed
    assert failing(with_entries(desk, parts, other)) == {Check.FETCHED}
    assert failing(with_entries(desk, parts, replace(whole, proof=(*whole.proof, bytes(32))))) == {Check.FETCHED}
    assert failing(with_entries(desk, parts, replace(whole, proof=whole.proof[:-1]))) == {Check.FETCHED}


def test_what_was_fetched_names_its_fetch(examined: Examined) -> None:
    (picture,), (failed,) = examined.record.pictures, examined.record.failed
    assert "names no fetch of its page" in examined.fault(replace(examined.record, fetches=()))
    bare = replace(picture, fetches=())
    assert "names no fetch of it" in examined.fault(replace(examined.record, pictures=(bare,)))
    gone = replace(failed, fetches=())
    assert "names no fetch of it" in examined.fault(replace(examined.record, failed=(gone,)))
    within = replace(picture, fetches=(), place=replace(picture.place, url=f"{PAGE_URL}#a.jpg"))
    assert examined.fault(replace(examined.record, pictures=(within,))) == ""  # it came within its page
    inline = replace(picture, fetches=(), place=replace(picture.place, url=""))
    assert examined.fault(replace(examined.record, pictures=(inline,))) == ""


def test_what_the_record_says_of_a_fetch_is_what_the_log_says(examined: Examined) -> None:
    (picture,), facts = examined.record.pictures, examined.record.page
    later = replace(picture, fetched_until=facts.fetched_until)
    assert "another time" in examined.fault(replace(examined.record, pictures=(later,)))
    assert "ended otherwise" in examined.fault(replace(examined.record, page=replace(facts, status=404)))
    moved = replace(facts, fetched_until=picture.fetched_until)
    assert "another time" in examined.fault(replace(examined.record, page=moved))


def test_entries_beside_what_is_no_page_are_noticed(desk: Desk, parts: BundleParts) -> None:
    last = len(parts.manifest.records) - 1
    beside = parts.entries[0]
    manifest = with_record(parts, last, replace(parts.manifest.records[last], entries_bytes=len(beside)))
    pieces = (*pieces_of(parts)[:-1], (parts.sealed[last], beside))
    assert failing(verify(signed_again(desk, manifest, pieces), desk.identity, None)) == {Check.FETCHED}


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
