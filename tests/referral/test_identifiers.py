"""Listed files that pages name, leads, and sites that show the same pictures: from the page to the referral."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.verdict import Tier
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import canonical
from reports.formats.html.page import page as html_page
from reports.formats.tables import every_table
from reports.record.build import IDENTIFIERS_MAX, Policy, page_record, sighting_keys
from reports.record.model import PageRecord, read_record
from reports.record.priority import PriorityReason
from reports.referral.annex_model import Stands
from reports.referral.assemble import assemble
from reports.referral.model import Referral
from reports.schemas import RECORD, REFERRAL, departure
from reports.sighting import PageSeen
from tests.referral.examples import (
    ADDRESS,
    INFO_HASH,
    LEADS,
    LISTS,
    MATCHED,
    NAMED,
    NO_MATCH,
    OTHER_ADDRESS,
    POLICY,
    SENDER,
    UNLISTED_FILE,
    UNSEEN,
    page,
    sighting,
    visit,
)
from tests.referral.ledgers import Desk


def record_of(seen: PageSeen, policy: Policy = POLICY) -> bytes:
    return page_record(visit(), seen, LISTS, (UNSEEN,) * len(sighting_keys(seen, policy)), SENDER, policy)


def opened(seen: PageSeen, policy: Policy = POLICY) -> PageRecord:
    written = record_of(seen, policy)
    assert departure(json.loads(written), RECORD) == ""
    record = read_record(written, "test")
    assert isinstance(record, PageRecord)
    return record


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def received(desk: Desk) -> Referral:
    parts = [open_bundle(made.path.read_bytes(), desk.identity, desk.key.public) for made in desk.dispatched()]
    referral = assemble([part for part in parts if isinstance(part, VerifiedReferral)], "0.1.0")
    assert departure(json.loads(canonical(referral)), REFERRAL) == ""
    return referral


def test_a_listed_file_is_a_finding_with_its_reason() -> None:
    record = opened(replace(page(sighting("a.jpg", NO_MATCH)), identifiers=(UNLISTED_FILE, NAMED)))
    (named,) = record.identifiers
    assert (named.value, named.named_by, named.matches) == (INFO_HASH, "link", NAMED.matches)
    assert PriorityReason.NAMED_FILE in {item.reason for item in named.priority.reasons}
    assert record.identifiers_seen == {"BitTorrent info-hash, v1": 1, "ed2k hash": 1}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (page(sighting("a.jpg", NO_MATCH)), False),
        (page(sighting("a.jpg", MATCHED)), True),
        (replace(page(), identifiers=(NAMED,)), True),
        (replace(page(), identifiers=(UNLISTED_FILE,)), False),
    ],
)
def test_leads_are_told_of_pages_with_findings_alone(seen: PageSeen, told: bool) -> None:  # noqa: FBT001 - a row of the table
    record = opened(replace(seen, leads=LEADS, leads_left=3))
    assert [one.value for one in record.leads][:2] == ([OTHER_ADDRESS, "pictures.example"] if told else [])
    assert record.leads_left == (3 if told else 0)


def test_an_unlisted_file_beside_a_finding_is_a_lead() -> None:
    record = opened(replace(page(sighting("a.jpg", MATCHED)), identifiers=(UNLISTED_FILE,)))
    assert [lead.kind for lead in record.leads] == ["file of a peer-to-peer network that no list knows"]


def test_a_record_is_as_long_whether_a_file_is_listed_or_not() -> None:
    seen = page(sighting("a.jpg", NO_MATCH))
    unlisted = replace(NAMED, matches=(), listed=False)
    lengths = {len(record_of(replace(seen, identifiers=(one,) * 3, leads=LEADS))) for one in (NAMED, unlisted)}
    assert len(lengths) == 1


def test_what_a_list_says_for_others_is_not_told_and_is_no_lead() -> None:
    for_others = Policy((Tier.EXACT,), categories=("EXAMPLE/9",))
    record = opened(replace(page(), identifiers=(NAMED,), leads=LEADS), for_others)
    assert (record.identifiers, record.leads) == ((), ())
    assert record.identifiers_seen == {"BitTorrent info-hash, v1": 1}


def test_more_identifiers_than_a_record_holds_are_counted_and_listed_ones_come_first() -> None:
    many = tuple(
        replace(UNLISTED_FILE, identifier=replace(UNLISTED_FILE.identifier, value=number.to_bytes(16)))
        for number in range(1, 300)
    )
    seen = replace(page(), identifiers=(*many, NAMED))
    assert len(sighting_keys(seen, POLICY)) == IDENTIFIERS_MAX
    record = opened(seen)
    assert [one.value for one in record.identifiers] == [INFO_HASH]
    assert sum(record.identifiers_seen.values()) == 300


def test_the_referral_follows_the_file_over_sites(desk: Desk) -> None:
    desk.visit(replace(page(), identifiers=(NAMED,), leads=LEADS))
    desk.visit(replace(page(url=f"http://{OTHER_ADDRESS}/"), identifiers=(NAMED,)), address=OTHER_ADDRESS)
    referral = received(desk)
    (report,) = referral.identifiers
    assert (report.stands, report.addresses, len(report.sightings)) == (Stands.NEW, (ADDRESS, OTHER_ADDRESS), 2)
    assert {lead.value for lead in referral.leads} == {OTHER_ADDRESS, "pictures.example"}
    assert [site.findings for site in referral.sites] == [1, 1]
    text = html_page(referral).decode()
    assert INFO_HASH.hex() in text
    assert "pictures[.]example" in text
    assert "pictures.example" not in text
    rows = {table.name: table.rows for table in every_table(referral)}
    assert (len(rows["Files named"]), len(rows["Leads, not fetched"])) == (2, 2)


def test_what_was_referred_before_is_told_apart(desk: Desk) -> None:
    seen = replace(page(), identifiers=(NAMED,))
    desk.visit(seen)
    received(desk)
    desk.visit(seen)
    (report,) = received(desk).identifiers
    assert report.stands is Stands.REFERRED_BEFORE
    assert PriorityReason.REFERRED_BEFORE in {item.reason for item in report.priority.reasons}


def test_sites_that_show_the_same_pictures_are_grouped(desk: Desk) -> None:
    names = [f"{number}.jpg" for number in range(6)]
    desk.visit(page(*(sighting(name, MATCHED) for name in names)))
    copy = [sighting(name, MATCHED, f"http://{OTHER_ADDRESS}/") for name in names[:5]]
    desk.visit(page(*copy, url=f"http://{OTHER_ADDRESS}/"), address=OTHER_ADDRESS)
    third = "c" * 56 + ".onion"
    desk.visit(page(sighting("0.jpg", MATCHED), sighting("z.jpg", MATCHED), url=f"http://{third}/"), address=third)
    (group,) = received(desk).mirrors
    assert (group.addresses, group.shared, group.together) == ((ADDRESS, OTHER_ADDRESS), 5, 6)
    assert "5 are on every one" in group.words
