"""Each recipient receives its own share, and one of them everything."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config.faults import Fault, Refused
from config.settings import Recipient, Settings
from matcher.verdict import Match, Outcome, Tier, Verdict
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import Ledger, LedgerKeys
from reports.record.build import Policy, page_record
from reports.record.model import PageRecord, read_record
from reports.record.recipient_filter import narrowed
from reports.record.standing import Standing
from scanner.authority.active_lists import ListsInForce
from scanner.authority.list_store import store_list
from scanner.authority.permit import ListPermits
from scanner.referrals.recipients import RecipientRule, Recipients, audience_of
from scanner.schedule.policy import RetryPolicy
from tests.authority.making import NOW, TRUSTED, a_list, signed
from tests.referral.examples import LISTS, MATCHED, NO_MATCH, SENDER, UNSEEN, mandate, match, page, sighting, visit

PACE = RetryPolicy(timedelta(minutes=10), timedelta(hours=10))
TIERS = (Tier.EXACT, Tier.NEAR_CONFIRMED, Tier.NEAR)
EVERYTHING = RecipientRule("age1all", Policy(TIERS))
GERMAN = RecipientRule("age1de", Policy(TIERS), frozenset({"de"}))
CATEGORY_TWO = RecipientRule("age1two", Policy(TIERS, categories=("EXAMPLE/2",)))


@pytest.mark.parametrize(
    ("jurisdictions", "told"),
    [
        ((), {"age1all", "age1de", "age1two"}),
        (("DE",), {"age1all", "age1de", "age1two"}),
        (("FR", "de"), {"age1all", "age1de", "age1two"}),
        (("FR",), {"age1all", "age1two"}),
    ],
)
def test_a_mandate_concerns_those_whom_it_names_and_who_name_nobody(
    jurisdictions: tuple[str, ...], told: set[str]
) -> None:
    audience = Recipients((EVERYTHING, GERMAN, CATEGORY_TWO))
    named = replace(mandate(), jurisdictions=jurisdictions)
    assert {one.recipient for one in audience.of(named)} == told


def test_a_list_for_which_nobody_is_told_everything_is_a_fault() -> None:
    french = replace(mandate(), jurisdictions=("FR",))
    assert Recipients((EVERYTHING,)).fault(french) is None
    for audience in (Recipients((GERMAN,)), Recipients((CATEGORY_TWO,)), Recipients((GERMAN, CATEGORY_TWO))):
        fault = audience.fault(french)
        assert isinstance(fault, Fault)
        assert "FR" in fault.cause


def test_such_a_list_is_not_in_force(tmp_path: Path) -> None:
    """The control: with somebody who is told everything it is."""
    _, recipient = new_identity()
    ledger = Ledger.open(tmp_path / "store.sqlite3", LedgerKeys(ScannerKey.new(), bytes(32), (recipient,)), lambda: NOW)
    assert not isinstance(ledger, Refused)
    folder = tmp_path / "lists"
    stored = store_list(folder, *signed(a_list(jurisdictions=["FR"])), TRUSTED, NOW)
    assert not isinstance(stored, Refused)
    kept = ListsInForce(folder, TRUSTED, ledger, Recipients((GERMAN,)), PACE, ListPermits((), None))
    kept.refresh(NOW)
    assert not kept.listings
    assert "no recipient receives all findings" in str(kept.faults)
    control = ListsInForce(folder, TRUSTED, ledger, Recipients((EVERYTHING,)), PACE, ListPermits((), None))
    control.refresh(NOW)
    assert control.listings
    assert not control.faults
    ledger.close()


def recorded(*verdicts: Verdict, categories: tuple[str, ...] = ()) -> PageRecord:
    seen = page(*(sighting(f"{number}.jpg", verdict) for number, verdict in enumerate(verdicts)))
    data = page_record(visit(), seen, LISTS, (UNSEEN,) * len(verdicts), SENDER, Policy(TIERS, categories=categories))
    record = read_record(data, "test")
    assert isinstance(record, PageRecord)
    return record


def categorised(category: str) -> Match:
    return replace(match(), category=category, entry_id=f"entry of {category}")


ONE, TWO, NONE = (Verdict(Outcome.MATCHED, (categorised(category),)) for category in ("1", "2", ""))
BOTH = Verdict(Outcome.MATCHED, (categorised("1"), categorised("2")))


def test_a_match_in_another_category_is_counted_and_not_described() -> None:
    record = recorded(ONE, TWO, NO_MATCH, categories=("EXAMPLE/2",))
    assert record.counts.matched == 2
    assert record.counts.standing == {Standing.WITHHELD: 1, Standing.KNOWN: 1, Standing.UNKNOWN_BESIDE_KNOWN: 1}
    assert [picture.standing for picture in record.pictures] == [Standing.KNOWN, Standing.UNKNOWN_BESIDE_KNOWN]
    assert b"entry of 1" not in page_record(
        visit(), page(sighting("a", ONE)), LISTS, (UNSEEN,), SENDER, Policy(TIERS, categories=("EXAMPLE/2",))
    )


def test_without_another_known_picture_nothing_stands_beside_known_ones() -> None:
    record = recorded(ONE, NO_MATCH, categories=("EXAMPLE/2",))
    assert record.counts.standing == {Standing.WITHHELD: 1, Standing.UNKNOWN: 1}
    assert not record.pictures


def test_a_match_without_a_category_goes_to_everybody() -> None:
    record = recorded(NONE, categories=("EXAMPLE/2",))
    assert record.counts.standing == {Standing.KNOWN: 1}


def test_of_several_matches_those_of_the_categories_are_shown() -> None:
    (picture,) = recorded(BOTH, categories=("EXAMPLE/2",)).pictures
    assert [shown.category for shown in picture.matches] == ["2"]
    (control,) = recorded(BOTH).pictures
    assert [shown.category for shown in control.matches] == ["1", "2"]


def test_who_names_no_category_is_told_of_every_match() -> None:
    seen = page(sighting("a", MATCHED), sighting("b", NO_MATCH))
    assert narrowed(seen, Policy(TIERS)) is seen


def test_the_configuration_says_who_is_told_what() -> None:
    keys = [new_identity()[1] for _ in range(3)]
    settings = Settings(
        recipients=(
            Recipient(name="Unit", public_key=keys[1], earlier_keys=(keys[0],), receives_jurisdictions=("DE",)),
            Recipient(name="Hotline", public_key=keys[2], receives_categories=("EXAMPLE/2",)),
        )
    )
    unit, hotline = audience_of(settings).recipients
    assert (unit.recipient, unit.jurisdictions, unit.policy.categories) == (keys[0], frozenset({"de"}), ())
    assert (hotline.recipient, hotline.policy.categories) == (keys[2], ("EXAMPLE/2",))


def test_the_mend_names_a_jurisdiction_only_where_the_list_does() -> None:
    audience = Recipients((CATEGORY_TWO,))
    everywhere, french = (audience.fault(replace(mandate(), jurisdictions=named)) for named in ((), ("FR",)))
    assert everywhere is not None
    assert french is not None
    assert "jurisdictions" not in everywhere.fix
    assert "`receives_jurisdictions`, or none: FR." in french.fix
