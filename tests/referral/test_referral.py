"""The referral that a recipient reads: by image, then by site; its form, its counts, and what it says is new."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matcher.verdict import Tier
from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import canonical, plain_form
from reports.formats.html.coverage import SILENT_CANARY, judged, state_told
from reports.record.priority import WEIGHTS, PriorityReason
from reports.record.standing import Standing
from reports.referral.assemble import assemble
from reports.referral.clusters import clusters
from reports.referral.image_model import StillUp
from reports.referral.model import Referral
from reports.schemas import REFERRAL, departure
from reports.sighting import ClockReading, Evidence, Look, SiteState
from tests.referral.examples import (
    FAILED,
    MATCHED,
    NO_MATCH,
    NOON,
    OFF_LIST,
    OTHER_ADDRESS,
    PAGE_URL,
    UNDECIDED,
    failed_page,
    fingerprint,
    page,
    sighting,
)
from tests.referral.ledgers import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def received(desk: Desk) -> VerifiedReferral:
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral), str(opened)
    return opened


def referred(desk: Desk) -> Referral:
    return assemble([received(desk)], "0.1.0")


def full_visit(desk: Desk) -> None:
    pictures = (sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH), sighting("broken.jpg", UNDECIDED))
    desk.visit(
        replace(page(*pictures), not_fetched=(OFF_LIST,), failed=(FAILED,), notes=("login form",)),
        failed_page(PAGE_URL + "2"),
        page(sighting("alone.jpg", UNDECIDED), url=PAGE_URL + "3"),
    )


def test_the_referral_follows_its_schema_and_is_canonical(desk: Desk) -> None:
    full_visit(desk)
    referral = referred(desk)
    assert departure(plain_form(referral), REFERRAL) == ""
    assert canonical(json.loads(canonical(referral))) == canonical(referral)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("identity", "created"), "yesterday"),
        (("identity", "referral_id"), "7"),
        (("images", 0, "human_viewed"), True),
        (("images", 0, "image", "sha256"), "00"),
        (("images", 0, "standing"), "certain"),
        (("coverage", "sites"), -1),
        (("extra",), 1),
    ],
)
def test_the_schema_can_fail(desk: Desk, path: tuple[str | int, ...], value: object) -> None:
    full_visit(desk)
    document = json.loads(canonical(referred(desk)))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert departure(document, REFERRAL)


def test_what_is_new_beside_the_known_comes_first(desk: Desk) -> None:
    full_visit(desk)
    referral = referred(desk)
    standings = [report.standing for report in referral.images]
    assert standings[0] is Standing.UNKNOWN_BESIDE_KNOWN
    assert set(standings) == {Standing.KNOWN, Standing.UNKNOWN_BESIDE_KNOWN, Standing.UNDECIDED_BESIDE_KNOWN}
    assert [report.standing for report in referral.others] == [Standing.UNDECIDED]


def test_a_recipient_may_weigh_otherwise(desk: Desk) -> None:
    full_visit(desk)
    weights = {**WEIGHTS, PriorityReason.EXACT: 1_000}
    referral = assemble([received(desk)], "0.1.0", weights)
    assert referral.images[0].standing is Standing.KNOWN
    assert referral.images[0].priority is not None
    assert referral.images[0].priority.total >= 1_000


def test_one_picture_on_many_pages_is_one_image(desk: Desk) -> None:
    picture = sighting("known.jpg", MATCHED)
    desk.visit(page(picture), page(picture, url=PAGE_URL + "2"))
    desk.visit(page(picture), address=OTHER_ADDRESS)
    (image,) = referred(desk).images
    assert len(image.sightings) == 3
    assert len(image.addresses) == 2
    assert image.tier is Tier.EXACT
    assert len(image.matches) == 1


def test_every_sighting_names_its_record_and_its_clock(desk: Desk) -> None:
    full_visit(desk)
    referral = referred(desk)
    records = {proof.record_id for proof in referral.integrity.records}
    for image in (*referral.images, *referral.others):
        assert all(one.record_id in records and one.clock is not None for one in image.sightings)


def test_coverage_counts_every_page_and_picture(desk: Desk) -> None:
    full_visit(desk)
    referral = referred(desk)
    counts = referral.coverage.counts
    assert (referral.coverage.pages_read, referral.coverage.pages_failed) == (2, 1)
    assert counts.pictures == 6
    assert counts.pictures == counts.matched + counts.no_match + sum(
        sum(kind.values()) for kind in (counts.undecided, counts.failed, counts.not_fetched)
    )
    assert referral.limits.page_notes == {"login form": 1}
    assert referral.limits.hosts_not_fetched == {OTHER_ADDRESS: 1}
    assert sum(report.findings for report in referral.sites) == 3


def test_what_went_out_before_is_an_update(desk: Desk) -> None:
    full_visit(desk)
    received(desk)
    desk.now += timedelta(days=1)
    full_visit(desk)
    referral = referred(desk)
    assert referral.images == ()
    assert len(referral.updates) == 3
    assert all(image.first_seen < image.last_seen for image in referral.updates)
    assert referral.identity.sequence == 2


def test_a_new_picture_beside_an_old_one_is_new(desk: Desk) -> None:
    full_visit(desk)
    received(desk)
    desk.now += timedelta(days=1)
    desk.visit(page(sighting("known.jpg", MATCHED), sighting("newer.jpg", NO_MATCH)))
    referral = referred(desk)
    assert [image.standing for image in referral.images] == [Standing.UNKNOWN_BESIDE_KNOWN]
    assert [image.standing for image in referral.updates] == [Standing.KNOWN]


def test_two_files_make_one_referral_over_time(desk: Desk) -> None:
    desk.visit(page(sighting("known.jpg", MATCHED)))
    first = received(desk)
    desk.now += timedelta(days=1)
    desk.visit(page(at=desk.now))
    second = received(desk)
    referral = assemble([second, first], "0.1.0")
    (image,) = referral.images
    assert image.still_up is StillUp.NO
    assert len(referral.identity.parts) == 2
    states = {result.check: result.state for result in referral.integrity.results}
    assert states[Check.CHAIN] is CheckState.HOLDS


def test_a_page_that_could_not_be_read_again_says_nothing(desk: Desk) -> None:
    desk.visit(page(sighting("known.jpg", MATCHED)))
    desk.now += timedelta(days=1)
    desk.visit(failed_page(PAGE_URL, at=desk.now))
    (image,) = referred(desk).images
    assert image.still_up is StillUp.YES


def test_a_visit_without_its_end_is_said_to_be_one(desk: Desk) -> None:
    desk.visit(page(sighting("known.jpg", MATCHED)), ends=False)
    referral = referred(desk)
    assert referral.limits.visits_without_end == 1
    assert referral.sites[0].visits[0].ended is None
    assert referral.images[0].sightings[0].clock is None


def test_files_of_several_scanners_are_not_mixed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    full_visit(desk)
    full_visit(other)
    with pytest.raises(ValueError, match="one scanner"):
        assemble([received(desk), received(other)], "0.1.0")
    other.ledger.close()


def test_near_duplicates_share_a_cluster(desk: Desk) -> None:
    original = sighting("a.jpg", MATCHED)
    readings = original.fingerprint.readings
    near = replace(readings[0], pdq=bytes([readings[0].pdq[0] ^ 0b111]) + readings[0].pdq[1:])
    twin = replace(fingerprint("twin"), readings=(near, *readings[1:]))
    desk.visit(page(original, replace(sighting("b.jpg", NO_MATCH), fingerprint=twin), sighting("c.jpg", NO_MATCH)))
    numbers = {image.sightings[0].place.url[-5:]: image.cluster for image in referred(desk).images}
    assert numbers == {"a.jpg": 1, "b.jpg": 1, "c.jpg": 0}


def test_clusters_follow_chains_across_blocks() -> None:
    codes = [bytes(32), *(bytes([255 - number % 256]) * 32 for number in range(600)), b"", bytes([7]) + bytes(31)]
    numbers = clusters(codes)
    assert numbers[0] == numbers[-1] != 0
    assert numbers[-2] == 0
    assert clusters([]) == ()


def test_near_duplicates_stand_together_where_the_most_urgent_of_them_stands(desk: Desk) -> None:
    original = sighting("new.jpg", NO_MATCH)
    readings = original.fingerprint.readings
    near = replace(readings[0], pdq=bytes([readings[0].pdq[0] ^ 0b1]) + readings[0].pdq[1:])
    twin = replace(fingerprint("twin"), readings=(near, *readings[1:]))
    copy = replace(sighting("undecided.jpg", UNDECIDED), fingerprint=twin)
    desk.visit(page(sighting("known.jpg", MATCHED), original, copy))
    names = [image.sightings[0].place.url.rpartition("/")[2] for image in referred(desk).images]
    assert names == ["new.jpg", "undecided.jpg", "known.jpg"]


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (None, "nothing vouches for its times"),
        (0.0, "its times agree with the tor network's"),
        (90.4, "90 s ahead of what the tor network allows: read its times with care"),
        (-7.0, "7 s behind what the tor network allows: read its times with care"),
    ],
)
def test_the_clock_is_judged_in_words(offset: float | None, words: str) -> None:
    assert judged(ClockReading("system clock", offset)) == words


@pytest.mark.parametrize(
    ("healthy", "canary", "words"),
    [
        (True, "circuit lost or timed out", SILENT_CANARY),
        (True, "answered", str(SiteState.UNKNOWN)),
        (False, "", str(SiteState.UNKNOWN)),
    ],
)
def test_a_silent_canary_is_not_told_as_a_tor_that_is_not_well(healthy: bool, canary: str, words: str) -> None:  # noqa: FBT001
    first = Look(NOON, "no descriptor found", tor_healthy=healthy, network_live=True, canary=canary)
    assert state_told(Evidence(SiteState.UNKNOWN, first)).startswith(f"{words} (")
