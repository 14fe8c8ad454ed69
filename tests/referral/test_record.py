"""Records: standing, counts that add up, sizes that tell nothing, and one canonical form."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from matcher.fingerprint import UndecidedReason
from matcher.verdict import Tier, Verdict
from reports.record.build import PICTURE_BYTES, Policy, page_record, visit_record
from reports.record.model import PageRecord, VisitRecord, read_record
from reports.record.standing import Standing, standings
from reports.sighting import NotFetchedReason, PageSeen
from reports.store.values import Novelty
from tests.referral.examples import (
    FAILED,
    LISTS,
    MATCHED,
    NO_MATCH,
    OFF_LIST,
    POLICY,
    SEEN,
    SENDER,
    UNDECIDED,
    UNSEEN,
    WEAK,
    fingerprint,
    match,
    page,
    sighting,
    visit,
    visit_end,
)

VERDICTS = (MATCHED, NO_MATCH, UNDECIDED, WEAK)


def recorded(seen: PageSeen, policy: Policy = POLICY, novelty: Novelty = UNSEEN) -> bytes:
    return page_record(visit(), seen, LISTS, (novelty,) * len(seen.sightings), SENDER, policy)


def opened(seen: PageSeen, policy: Policy = POLICY, novelty: Novelty = UNSEEN) -> PageRecord:
    record = read_record(recorded(seen, policy, novelty), "test")
    assert isinstance(record, PageRecord)
    return record


def page_of(*verdicts: Verdict) -> PageSeen:
    return page(*(sighting(f"{index}.jpg", verdict) for index, verdict in enumerate(verdicts)))


def test_a_picture_beside_a_known_one_is_a_finding_whatever_became_of_it() -> None:
    record = opened(page_of(MATCHED, NO_MATCH, UNDECIDED, WEAK))
    assert [picture.standing for picture in record.pictures] == [
        Standing.KNOWN,
        Standing.UNKNOWN_BESIDE_KNOWN,
        Standing.UNDECIDED_BESIDE_KNOWN,
        Standing.WEAK_BESIDE_KNOWN,
    ]
    assert all(picture.priority is not None for picture in record.pictures)


def test_alone_only_the_unknown_is_left_out_and_it_is_counted() -> None:
    record = opened(page_of(NO_MATCH, UNDECIDED, WEAK))
    assert [picture.standing for picture in record.pictures] == [Standing.UNDECIDED, Standing.WEAK]
    assert record.counts.no_match == 1
    assert record.counts.standing == {"unknown": 1, "undecided": 1, "weakly matched": 1}
    assert all(picture.priority is None for picture in record.pictures)


def test_the_policy_may_keep_the_hashes_of_unknown_pictures() -> None:
    record = opened(page_of(NO_MATCH), replace(POLICY, keep_unknown=True))
    (picture,) = record.pictures
    assert picture.standing is Standing.UNKNOWN
    assert picture.image.readings


def test_a_tier_that_is_not_referred_makes_nothing_known() -> None:
    near_only = Policy((Tier.NEAR,))
    assert standings([MATCHED, NO_MATCH], near_only.referred_tiers) == (Standing.WEAK, Standing.UNKNOWN)


def test_what_is_new_beside_the_known_comes_first() -> None:
    record = opened(page_of(MATCHED, NO_MATCH, UNDECIDED))
    first = max(record.pictures, key=lambda picture: picture.priority.total if picture.priority else 0)
    assert first.standing is Standing.UNKNOWN_BESIDE_KNOWN


def test_priority_is_the_sum_of_its_reasons_and_each_reason_changes_it() -> None:
    plain = opened(page_of(MATCHED)).pictures[0].priority
    before = opened(page_of(MATCHED), novelty=SEEN).pictures[0].priority
    assert plain is not None
    assert before is not None
    assert plain.total == sum(item.weight for item in plain.reasons)
    assert before.total < plain.total


def test_decoration_beside_known_pictures_falls_behind() -> None:
    icon = replace(sighting("icon.png", NO_MATCH), fingerprint=replace(fingerprint("icon"), width=16, height=16))
    record = opened(page(sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH), icon))
    totals = [picture.priority.total for picture in record.pictures if picture.priority]
    assert totals.index(max(totals)) == 1
    assert totals[2] < totals[0]


def test_readings_that_hit_are_kept_and_then_the_first() -> None:
    near = Verdict(MATCHED.outcome, (match(Tier.NEAR),))
    (picture,) = opened(page_of(near)).pictures
    assert [reading.name for reading in picture.image.readings] == ["plain/mirrored", "plain"]


def test_every_picture_is_counted_once() -> None:
    seen = replace(page_of(MATCHED, NO_MATCH, UNDECIDED, WEAK), failed=(FAILED, FAILED), not_fetched=(OFF_LIST,))
    counts = opened(seen).counts
    assert counts.pictures == 7
    assert (counts.matched, counts.no_match) == (2, 1)
    assert counts.undecided == {UndecidedReason.BROKEN.value: 1}
    assert counts.failed == {"deadline passed": 2}
    assert counts.not_fetched == {NotFetchedReason.OFF_LIST.value: 1}


@given(st.lists(st.sampled_from(VERDICTS), max_size=12), st.integers(0, 3), st.integers(0, 3))
def test_counts_add_up(verdicts: list[Verdict], failed: int, not_fetched: int) -> None:
    seen = replace(page_of(*verdicts), failed=(FAILED,) * failed, not_fetched=(OFF_LIST,) * not_fetched)
    counts = opened(seen).counts
    kinds = (counts.undecided, counts.failed, counts.not_fetched)
    assert counts.pictures == len(verdicts) + failed + not_fetched
    assert counts.pictures == counts.matched + counts.no_match + sum(sum(kind.values()) for kind in kinds)
    assert sum(counts.standing.values()) == len(verdicts)


def test_a_record_is_as_long_as_its_number_of_pictures_says() -> None:
    lengths = {len(recorded(page_of(*verdicts))) for verdicts in product(VERDICTS, repeat=3)}
    assert len(lengths) == 1
    assert len(recorded(page_of(*(MATCHED,) * 40))) == len(recorded(page_of(*(NO_MATCH,) * 40)))
    assert lengths != {len(recorded(page_of(NO_MATCH)))}


def test_a_long_finding_takes_a_whole_step_more() -> None:
    long = Verdict(MATCHED.outcome, tuple(match(entry=f"entry-{number}") for number in range(20)))
    difference = len(recorded(page_of(long))) - len(recorded(page_of(NO_MATCH)))
    assert difference > 0
    assert difference % PICTURE_BYTES == 0


def test_a_record_reads_back_to_the_same_bytes() -> None:
    for data in (recorded(page_of(*VERDICTS)), visit_record(visit(), visit_end(1), LISTS, SENDER, POLICY)):
        record = read_record(data, "test")
        assert isinstance(record, PageRecord | VisitRecord)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_of_a_site_can_be_recorded(untrusted: str) -> None:
    seen = page(replace(sighting("1.jpg", MATCHED), declared_type=untrusted), url=f"http://{untrusted}")
    recorded_as = opened(seen).pictures[0].declared_type
    assert recorded_as == untrusted or any("\ud800" <= character <= "\udfff" for character in untrusted)


def test_very_long_text_is_cut_and_says_so() -> None:
    record = opened(page(url="http://" + "x" * 100_000))
    assert record.page.url.endswith("(cut: 100007 characters)")
    assert len(record.page.url) == 8192


@pytest.mark.parametrize(
    "change",
    [(b'"kind":"page"', b'"kind": "page"'), (b'"padding"', b'"extra":1,"padding"'), (b"2026-11-23T", b"2026-11-24t")],
)
def test_any_other_spelling_is_refused(change: tuple[bytes, bytes]) -> None:
    data = recorded(page_of(MATCHED))
    assert change[0] in data
    assert isinstance(read_record(data.replace(*change), "test"), Refused)


def test_a_fingerprint_without_readings_is_recorded() -> None:
    broken = replace(fingerprint("broken"), readings=(), width=0, height=0, media_type="")
    (picture,) = opened(page(replace(sighting("broken.jpg", UNDECIDED), fingerprint=broken))).pictures
    assert picture.reason is UndecidedReason.BROKEN
    assert picture.image.readings == ()
