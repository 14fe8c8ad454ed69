"""The log's own entries of a page's fetches travel with its record, and prove which address was asked for, and when."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reports.bundle import BundledIntent, Parts
from reports.checkpoint import Checkpoint, open_checkpoint
from reports.checks import Check, State
from reports.evidence import fetches_fault
from reports.record_form import PageRecord
from reports.verify import Verification, verify
from tests.referral.examples import ADDRESS, MATCHED, PAGE_URL, failed_page, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_bundle import failing, parts_of, signed_again, with_record


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def parts(desk: Desk) -> Parts:
    desk.visit(page(sighting("a.jpg", MATCHED)), failed_page("http://x/2"))
    (made,) = desk.dispatched()
    return parts_of(desk, made.path.read_bytes())


def with_intents(desk: Desk, parts: Parts, *intents: BundledIntent) -> Verification:
    """As a scanner that signs whatever it is given would send it."""
    record = replace(parts.manifest.records[0], intents=intents)
    return verify(signed_again(desk, with_record(parts, 0, record), parts.sealed), desk.identity, desk.key.public)


def intents(parts: Parts) -> tuple[BundledIntent, ...]:
    return parts.manifest.records[0].intents


def test_it_is_told_how_many_and_when(desk: Desk, parts: Parts) -> None:
    told = {one.check: one for one in with_intents(desk, parts, *intents(parts)).results}[Check.FETCHED]
    assert told.state is State.HOLDS
    assert told.words.startswith("3 fetches of 2 pages, from 2026-")
    assert [len(record.intents) for record in parts.manifest.records] == [2, 1, 0]


def test_the_record_opens_what_the_leaf_commits_to(desk: Desk, parts: Parts) -> None:
    opened = with_intents(desk, parts, *intents(parts)).opened
    assert opened is not None
    content = opened.records[0].content
    assert isinstance(content, PageRecord)
    assert [(one.url, one.purpose) for one in content.fetches] == [
        (f"http://{ADDRESS}/", "page"),
        (PAGE_URL, "redirect"),
    ]


def test_every_flipped_byte_of_an_entry_and_of_its_proof_is_noticed(desk: Desk, parts: Parts) -> None:
    (record, checkpoint), (first, second) = page_record_of(desk, parts), intents(parts)
    bundled = parts.manifest.records[0]
    assert fetches_fault(bundled, record, checkpoint) == ""
    leaf = first.leaf.encode()
    bent = [replace(first, leaf=flipped(leaf, at).decode()) for at in range(len(leaf))]
    for number, node in enumerate(first.proof):
        for at in range(len(node)):
            proof = (*first.proof[:number], flipped(node, at), *first.proof[number + 1 :])
            bent.append(replace(first, proof=proof))
    bent += [replace(first, leaf_index=first.leaf_index ^ 1 << bit) for bit in range(5)]
    bent += [replace(first, shared=shared) for shared in range(-1, 9) if shared != first.shared]
    assert len(bent) > len(leaf) + len(first.proof)
    for one in bent:
        assert fetches_fault(replace(bundled, intents=(one, second)), record, checkpoint), one


def test_every_flipped_byte_of_an_opening_and_of_its_address_is_noticed(desk: Desk, parts: Parts) -> None:
    record, checkpoint = page_record_of(desk, parts)
    bundled, (first, second) = parts.manifest.records[0], record.fetches
    bent = [replace(first, opening=flipped(first.opening, at)) for at in range(len(first.opening))]
    bent += [replace(first, url=flipped(first.url.encode(), at).decode()) for at in range(len(first.url))]
    for one in bent:
        assert fetches_fault(bundled, replace(record, fetches=(one, second)), checkpoint), one


def test_dropped_reordered_replayed_and_borrowed_entries_are_noticed(desk: Desk, parts: Parts) -> None:
    first, second = intents(parts)
    (borrowed,) = parts.manifest.records[1].intents
    for changed in ((), (first,), (second, first), (first, first), (first, second, second), (first, borrowed)):
        assert failing(with_intents(desk, parts, *changed)) == {Check.FETCHED}, changed


def test_a_page_that_was_read_names_its_fetch(desk: Desk, parts: Parts) -> None:
    record, checkpoint = page_record_of(desk, parts)
    none = replace(parts.manifest.records[0], intents=())
    assert "names no fetch" in fetches_fault(none, replace(record, fetches=()), checkpoint)


def page_record_of(desk: Desk, parts: Parts) -> tuple[PageRecord, Checkpoint]:
    opened = with_intents(desk, parts, *intents(parts)).opened
    assert opened is not None
    content = opened.records[0].content
    checkpoint = open_checkpoint(parts.manifest.checkpoint, (desk.key.public,))
    assert isinstance(content, PageRecord)
    assert isinstance(checkpoint, Checkpoint)
    return content, checkpoint


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
