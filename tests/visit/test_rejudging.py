"""A new edition of a hash list meets pictures that were seen: findings without a single fetch, told alike."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from config.faults import Refused
from config.settings import Recipient
from matcher.fingerprint import Fingerprint
from matcher.hash_lists.entry import Entry
from matcher.identifiers import Identifier
from matcher.matching.judge import IndexJudge
from matcher.verdict import ListInForce, Match, Outcome, Tier, Verdict
from reports.bundle.record_check import counts_fault
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import plain_form
from reports.crypto.seal import new_identity, unseal
from reports.crypto.signing import RECORD, check
from reports.formats import FORMS
from reports.ledger.ledger import Addressed, Memory
from reports.log.audit import AuditReport
from reports.record.build import Policy
from reports.record.standing import Standing
from reports.referral.assemble import assemble
from reports.referral.model import Referral
from reports.referral.rejudged import join
from reports.referral.withdrawals import Withdrawals
from reports.schemas import REFERRAL, departure
from reports.store.reading import audit_store
from reports.store.schema import memory
from scanner.hash_lists import rejudge as rejudging
from scanner.hash_lists.rejudge import JudgingAgain, Rejudging
from scanner.hash_lists.withdrawal import Withdrawal, withdraw
from scanner.referrals.dispatch import dispatch
from scanner.referrals.recipients import RecipientRule, Recipients
from tests.authority.making import NOW, a_target, verified
from tests.matcher.matching.test_judge import CODE, FAR, apart, fingerprint, hash_list, reading
from tests.operator.desk import Blocked
from tests.simulators.onions import page_of, picture
from tests.visit.scene import HOME, Scene

TIERS = (Tier.EXACT,)
DAYS = timedelta(days=90)
PICTURES = [f"{HOME}/{name}.png" for name in ("a", "b", "c")]
NEW, BESIDE, OTHER = (sha256(name).digest() for name in (b"new-b", b"new-a", b"new-c"))


@dataclass
class Edition:
    """A `Judge` that knows pictures by their SHA-256 alone."""

    version: str = "2"
    known: dict[bytes, tuple[str, str]] = field(default_factory=lambda: {NEW: ("entry-new", "1")})

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        entry = self.known.get(fingerprint.digests.sha256)
        if entry is None:
            return Verdict(Outcome.NO_MATCH)
        name, category = entry
        match = Match(
            "examples",
            "Office of Examples",
            self.version,
            name,
            "sha256",
            Tier.EXACT,
            0,
            0,
            None,
            "bytes",
            0,
            category,
            "EX",
        )
        return Verdict(Outcome.MATCHED, (match,))

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        del fingerprint, slack_bits
        return False

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        del identifier
        return ()

    def lists(self) -> tuple[ListInForce, ...]:
        digest = sha256(self.version.encode()).hexdigest()
        return (ListInForce("examples", "Office of Examples", self.version, digest, 1),)


class NoLedger:
    """One that cannot be asked anything."""


class Desk:
    """The scene of a visit, with the policy on, and the recipient's side."""

    def __init__(self, folder: Path, *, keeps: bool = True) -> None:
        self.folder = folder
        replies = {
            f"{HOME}/": page_of([f"{HOME}/more"], PICTURES[:2]),
            f"{HOME}/more": page_of((), PICTURES[2:]),
            **{url: picture(f"new-{url[-5]}") for url in PICTURES},
        }
        self.scene = Scene(folder, replies)
        self.keeps = keeps
        self.audience = Recipients((RecipientRule(self.scene.recipient, Policy(TIERS, keeps)),))
        self.files: list[VerifiedReferral] = []

    def visit(self) -> None:
        services = replace(self.scene.services(), recipients=self.audience, keeps_fingerprints=self.keeps)
        self.scene.visit(services)

    def rejudging(self, edition: Edition) -> Rejudging:
        services = self.scene.services()
        return Rejudging(self.scene.ledger, edition, self.audience, services.sender, self.scene.clock, test=True)

    def judged(self, edition: Edition, limit: int = 32) -> int:
        """A whole pass; how many pages were judged."""
        rejudging, count = self.rejudging(edition), 0
        while done := rejudging.some(limit):
            count += done
        return count

    def received(self) -> VerifiedReferral:
        unit = Recipient(name="Unit", organisation="Police", public_key=self.scene.recipient, case_number="1")
        outbox = self.folder / "outbox"
        outbox.mkdir(exist_ok=True)
        (made,) = dispatch(self.scene.ledger, [unit], outbox)
        opened = open_bundle(made.path.read_bytes(), self.scene.identity, self.scene.keys.signing.public)
        assert isinstance(opened, VerifiedReferral), str(opened)
        self.files.append(opened)
        return opened

    def referral(self, *files: VerifiedReferral) -> Referral:
        referral = assemble(files, "0.1.0")
        assert departure(plain_form(referral), REFERRAL) == ""
        return referral

    def rejudged(self) -> list[dict[str, Any]]:
        return [record for record in self.scene.records() if record["kind"] == "rejudged"]

    def audit(self) -> AuditReport:
        report = audit_store(self.folder / "store.sqlite3", (self.scene.keys.signing.public,), None)
        assert isinstance(report, AuditReport), str(report)
        return report


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.scene.ledger.close()


def test_a_picture_seen_before_is_a_finding_with_its_place_and_nothing_is_fetched(desk: Desk) -> None:
    desk.visit()
    first = desk.received()
    assert not desk.referral(first).images
    desk.scene.onions.asked.clear()
    size = len(desk.scene.ledger.checkpoint())
    assert desk.judged(Edition()) == 2
    assert size
    second = desk.received()
    assert desk.scene.onions.asked == []
    referral = desk.referral(first, second)
    images = {one.image.sha256: one for one in referral.images}
    assert images.keys() == {NEW, BESIDE}
    found, beside = images[NEW], images[BESIDE]
    assert (found.standing, found.matches[0].entry_id) == (Standing.KNOWN, "entry-new")
    assert beside.standing is Standing.UNKNOWN_BESIDE_KNOWN
    assert found.sightings[0].place.url == PICTURES[1]
    assert found.priority is not None
    assert not found.referred_before
    assert {one.image.sha256 for one in referral.others} == {OTHER}
    assert (referral.coverage.counts.matched, referral.coverage.counts.no_match) == (1, 2)
    assert {one.version for one in referral.coverage.lists} == {"1", "2"}
    (told,) = referral.rejudgements
    joined = join(first.records, second.rejudgements, Withdrawals.of(())).records
    assert [counts_fault(one.content) for one in joined] == [""] * len(joined)
    assert all(make(referral) for make in FORMS.values())
    assert (told.pages_judged, told.pictures_judged, told.elsewhere) == (2, 3, ())
    assert told.joined == (found.sightings[0].record_id,)
    assert [one.version for one in (*told.lists_before, *told.lists)] == ["1", "2"]


def test_without_the_earlier_record_its_place_in_the_log_is_named(desk: Desk) -> None:
    desk.visit()
    first = desk.received()
    desk.judged(Edition())
    referral = desk.referral(desk.received())
    assert not referral.images
    (told,) = referral.rejudgements
    assert told.joined == ()
    leaves = {one.record_id: one.leaf_index for one in first.records}
    joined = desk.referral(*desk.files).rejudgements[0].joined
    assert [leaves[name] for name in joined] == list(told.elsewhere)


def test_the_same_edition_is_not_judged_twice_and_a_later_one_is(desk: Desk) -> None:
    desk.visit()
    assert desk.judged(Edition("1", {})) == 2
    assert desk.judged(Edition("1", {})) == 0
    assert desk.rejudging(Edition("3")).left() == 2
    assert desk.judged(Edition("3")) == 2
    assert desk.rejudging(Edition("3")).left() == 0


def tick_for_ever(again: JudgingAgain, judging: Rejudging) -> None:
    while True:
        again.go_on(judging)


def test_ticks_go_on_while_a_batch_is_judged(desk: Desk) -> None:
    desk.visit()
    blocked: Any = Blocked(desk.scene.ledger, "judged_again")
    judging, again = replace(desk.rejudging(Edition()), ledger=blocked), JudgingAgain()
    for _ in range(3):
        again.go_on(judging)
        assert blocked.begun.wait(30)
    assert desk.rejudged() == []
    blocked.goes_on.set()
    again.close()
    assert [one["pages_judged"] for one in desk.rejudged()] == [2]


def test_what_a_batch_raised_is_raised_by_the_next_tick(desk: Desk) -> None:
    desk.visit()
    again, judging = JudgingAgain(), desk.rejudging(Edition())
    again.go_on(replace(judging, ledger=cast("Any", NoLedger())))
    with pytest.raises(AttributeError):
        tick_for_ever(again, judging)
    again.close()


def test_killed_in_the_middle_the_pass_goes_on_where_it_was(desk: Desk) -> None:
    desk.visit()
    assert desk.rejudging(Edition()).some(1) == 1
    desk.scene.ledger.close()
    desk.scene.ledger = desk.scene.opened()
    assert desk.judged(Edition(), 1) == 1
    assert [one["pages_judged"] for one in desk.rejudged()] == [1, 1]
    assert sorted(len(one["pages"]) for one in desk.rejudged()) == [0, 1]
    assert desk.audit().holds


def test_rows_log_and_sizes_are_the_same_whether_anything_matched(tmp_path: Path) -> None:
    seen = []
    for number, known in enumerate(({}, {NEW: ("entry-new", "1")})):
        folder = tmp_path / str(number)
        folder.mkdir()
        desk = Desk(folder)
        desk.visit()
        desk.judged(Edition("2", known))
        stored = list(desk.scene.ledger.undelivered(desk.scene.recipient))
        opened = [unseal(one.sealed, desk.scene.identity) for one in stored]
        assert len(desk.rejudged()[0]["pages"]) == len(known)
        seen.append([len(one) for one in opened if not isinstance(one, Refused)])
        desk.scene.ledger.close()
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4


def test_with_the_policy_off_nothing_is_kept(tmp_path: Path) -> None:
    """The control: with it on there are rows, which open with the token key; switched off again, they are erased."""
    off = Desk(tmp_path, keeps=False)
    off.visit()
    assert off.rejudging(Edition()).left() == 0
    assert off.judged(Edition()) == 0
    off.keeps = True
    off.scene.replies[f"{HOME}/"] = page_of([f"{HOME}/more"], PICTURES)  # type: ignore[index]
    off.visit()
    assert off.rejudging(Edition()).left() > 0
    off.scene.ledger.forget_fingerprints()
    assert off.rejudging(Edition()).left() == 0
    off.scene.ledger.close()


@pytest.mark.parametrize("keeps", [True, False])
def test_no_digest_of_a_picture_and_no_url_stands_on_the_disk(tmp_path: Path, *, keeps: bool) -> None:
    desk = Desk(tmp_path, keeps=keeps)
    desk.visit()
    desk.judged(Edition())
    desk.scene.ledger.close()
    disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (NEW, NEW.hex().encode(), b"/b.png", b"entry-new", OTHER.hex().encode()):
        assert secret not in disk


def test_a_page_that_is_described_anew_is_judged_by_its_new_record(desk: Desk) -> None:
    desk.visit()
    desk.scene.replies[PICTURES[0]] = picture("new-z")  # type: ignore[index]
    desk.visit()
    desk.judged(Edition())
    referral = desk.referral(desk.received())
    known = [one for one in referral.images if one.standing is Standing.KNOWN]
    (seen,) = known[0].sightings[-1:]
    (told,) = referral.rejudgements
    assert told.joined == (seen.record_id,)
    assert told.pages_judged == 2


def test_an_entry_that_is_withdrawn_later_takes_the_finding_back(desk: Desk) -> None:
    desk.visit()
    desk.judged(Edition())
    assert desk.referral(desk.received()).images
    services = desk.scene.services()
    gone = Withdrawal("examples", "Office of Examples", ("entry-new",), "a mistake")
    withdraw(desk.scene.ledger, gone, services.sender, desk.scene.clock, test=True)
    desk.received()
    referral = desk.referral(*desk.files)
    assert not referral.images
    (amendment,) = referral.amendments
    assert amendment.records == (referral.rejudgements[0].record_id,)
    assert amendment.referrals == (desk.files[0].manifest.referral_id,)


def test_what_was_known_by_the_same_entry_is_not_told_twice(desk: Desk) -> None:
    desk.scene.replies[PICTURES[1]] = picture("known-b")  # type: ignore[index]
    desk.visit()
    before = desk.referral(desk.received())
    again = Edition("2", {sha256(b"known-b").digest(): ("known-b", "1")})
    desk.judged(again)
    desk.received()
    after = desk.referral(*desk.files)
    assert after.images == before.images
    assert after.rejudgements[0].joined == (before.images[0].sightings[0].record_id,)


def test_each_recipient_is_told_its_own_categories(desk: Desk) -> None:
    identity, other = new_identity()
    scene = desk.scene
    scene.ledger.close()
    scene.keys = replace(scene.keys, recipients=(scene.recipient, other))
    scene.ledger = scene.opened()
    narrow = RecipientRule(other, Policy(TIERS, keep_unknown=True, categories=("EX/2",)))
    desk.audience = Recipients((*desk.audience.recipients, narrow))
    desk.visit()
    desk.judged(Edition())
    (mine,) = desk.rejudged()
    assert len(mine["pages"]) == 1
    scene.identity, scene.recipient = identity, other
    (theirs,) = desk.rejudged()
    assert theirs["pages"] == []
    assert (theirs["pages_judged"], theirs["pictures_judged"]) == (mine["pages_judged"], mine["pictures_judged"])


def test_a_recipient_who_is_told_no_more_gets_no_record(desk: Desk) -> None:
    desk.visit()
    desk.audience = Recipients(())
    assert desk.judged(Edition()) == 2
    assert desk.rejudged() == []


def test_what_it_says_is_canonical_and_names_no_url(desk: Desk) -> None:
    desk.visit()
    desk.judged(Edition())
    (record,) = desk.rejudged()
    assert record["fetched_again"] is False
    assert "http" not in json.dumps({**record, "sender": {}})
    assert record["pages"][0]["pictures"][0]["ordinal"] == 1


@pytest.mark.parametrize(("scaled", "hits", "left_open"), [(False, 1, 0), (True, 0, 1)])
def test_a_later_list_matches_by_look_what_was_decoded_whole(
    desk: Desk, *, scaled: bool, hits: int, left_open: int
) -> None:
    """By the real index, from the row as it is read back. A scaled decode may not accuse: it is counted as open."""
    whole = replace(fingerprint(reading(), FAR), scaled=scaled)
    scene = desk.scene
    old, new = hash_list(), IndexJudge([hash_list(Entry("near", pdq=apart(CODE, 12)))])
    earlier = IndexJudge([old]).lists()
    claim = scene.ledger.claim(scene.key, "run", "visit")
    assert claim is not None
    row = Memory(
        "fingerprints x", rejudging.write(earlier, [whole]), NOW + DAYS, None, rejudging.token(scene.ledger, earlier)
    )
    scene.ledger.conclude(claim, (), (Addressed(scene.recipient, b"{}"),), memories=(row,))
    (kept,) = scene.ledger.to_judge_again(b"\0" * 16, 9)
    assert rejudging.read(kept).fingerprints[0].readings == whole.readings
    services = scene.services()
    made = Rejudging(scene.ledger, new, desk.audience, services.sender, scene.clock, test=True)
    assert made.some() == 1
    (stored,) = list(scene.ledger.undelivered(scene.recipient))[1:]
    endorsed = unseal(stored.sealed, scene.identity)
    assert not isinstance(endorsed, Refused)
    checked = check(endorsed, RECORD, (scene.keys.signing.public,))
    assert not isinstance(checked, Refused)
    record = json.loads(checked[0])
    assert (len(record["pages"]), record["pictures_open"]) == (hits, left_open)
    if hits:
        assert record["pages"][0]["pictures"][0]["matches"][0]["tier"] == "near"


def test_a_row_that_was_changed_is_forgotten_and_stops_nothing(desk: Desk) -> None:
    desk.visit()
    with desk.scene.ledger._store.write() as transaction:
        of_fingerprints = memory.c.editions.is_not(None)
        name = transaction.scalars(memory.select().with_only_columns(memory.c.token).where(of_fingerprints)).first()
        transaction.execute(memory.update().where(memory.c.token == name).values(kept=b"x" * 1100))
    assert desk.judged(Edition()) == 1
    assert desk.rejudging(Edition()).left() == 0


def test_at_the_mandate_s_date_what_was_kept_opens_no_more(desk: Desk) -> None:
    """It is wrapped as the page's records are, and ends with them."""
    desk.scene.list = verified(
        targets=[desk.scene.target, a_target(2, requests_per_minute=6_000)], destroy_by="2026-12-31T00:00:00Z"
    )
    desk.visit()
    assert desk.rejudging(Edition()).left() == 2
    desk.scene.clock.now = datetime(2026, 12, 31, 0, 0, 1, tzinfo=UTC)
    assert desk.rejudging(Edition()).left() == 0
    assert desk.judged(Edition()) == 0
