"""What recipients answer comes back unforged, counts once, and moves priorities and the quality of lists."""

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.exit_codes import Exit
from config.faults import Refused
from reports.answers import FORMAT, Answers, RecipientAnswer, Rested, Said, open_answers, seal_answers
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.log.entry import Kind, LogEntry
from reports.record.build import sighting_keys
from reports.record.priority import PriorityReason, priority
from reports.record.standing import Standing
from tests.referral.examples import MATCHED, NO_MATCH, NOON, POLICY, UNSEEN, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_commands import Office, run

KEY = bytes(range(32))
ENTRY = Rested("example", "Example Issuer", "entry-1")
PICTURE = sha256(b"known.jpg").digest()
LIST = ("Example Issuer", "example")
ANSWERS = st.builds(
    RecipientAnswer, st.binary(min_size=32, max_size=32), st.sampled_from(Said), st.text(max_size=40), st.just((ENTRY,))
)


def answers(*given: RecipientAnswer, referral: str = "referral-1") -> Answers:
    return Answers(FORMAT, referral, NOON, given)


@given(st.lists(ANSWERS, max_size=4))
def test_what_was_answered_is_read(given: list[RecipientAnswer]) -> None:
    file = answers(*given)
    assert open_answers(seal_answers(file, KEY), lambda _: KEY) == file


def test_no_other_key_and_no_flipped_byte_gives_answers() -> None:
    file = seal_answers(answers(RecipientAnswer(PICTURE, Said.WRONG, "", (ENTRY,))), KEY)
    assert isinstance(open_answers(file, lambda _: bytes(32)), Refused)
    for place in range(len(file)):
        bent = bytearray(file)
        bent[place] ^= 1
        assert isinstance(open_answers(bytes(bent), lambda _: KEY), Refused), place


@given(st.binary(max_size=300))
def test_anything_else_is_refused(untrusted: bytes) -> None:
    assert isinstance(open_answers(untrusted, lambda _: KEY), Refused)


def test_a_file_for_another_referral_is_refused() -> None:
    """Its first line says which key is meant; what stands inside must say the same."""
    inside = answers(referral="referral-2")
    head, _, rest = seal_answers(replace(inside, referral_id="referral-1"), KEY).partition(b"\n")
    assert not isinstance(open_answers(head + b"\n" + rest, lambda _: KEY), Refused)
    forged = seal_answers(inside, KEY).replace(b"referral-2", b"referral-1", 1)
    assert isinstance(open_answers(forged, lambda _: KEY), Refused)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.visit(page(sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH)))
    yield made
    made.ledger.close()


def dispatched(desk: Desk) -> VerifiedReferral:
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert not isinstance(opened, Refused)
    return opened


def answered(opened: VerifiedReferral, said: Said, note: str = "") -> bytes:
    file = answers(RecipientAnswer(PICTURE, said, note, (ENTRY,)), referral=opened.manifest.referral_id)
    return seal_answers(file, opened.manifest.answer_key)


def counts(desk: Desk) -> dict[Said, int]:
    return {said: count for said, count in desk.ledger.list_quality()[LIST].items() if count}


def test_an_answer_counts_once_and_a_later_one_takes_its_place(desk: Desk) -> None:
    opened = dispatched(desk)
    wrong = answered(opened, Said.WRONG)
    assert not isinstance(desk.ledger.take_answers(wrong), Refused)
    again = desk.ledger.take_answers(wrong)
    assert isinstance(again, Refused)
    assert "before" in str(again)
    same = desk.ledger.take_answers(answered(opened, Said.WRONG, "once more"))
    assert not isinstance(same, Refused)
    assert same[1] == 0
    assert counts(desk) == {Said.WRONG: 1}
    desk.ledger.take_answers(answered(opened, Said.ACTED_ON))
    assert counts(desk) == {Said.ACTED_ON: 1}
    kinds = [LogEntry.from_bytes(desk.ledger.leaf(index)).kind for index in range(3, 20) if _there(desk, index)]
    assert kinds.count(Kind.FEEDBACK_IMPORTED) == 3


def _there(desk: Desk, index: int) -> bool:
    try:
        desk.ledger.leaf(index)
    except IndexError:
        return False
    return True


def test_an_answer_to_another_scanners_referral_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = answered(dispatched(desk), Said.WRONG)
    stranger = Desk(tmp_path, store="other.sqlite3")  # the same token key, and no such referral
    refused = stranger.ledger.take_answers(file)
    assert isinstance(refused, Refused)
    assert "not made here" in str(refused)
    stranger.ledger.close()


def reasons(desk: Desk, name: str = "known.jpg") -> set[PriorityReason]:
    seen = sighting(name, MATCHED)
    (key,) = sighting_keys(page(seen), POLICY)
    (news,) = desk.ledger.novelty(desk.recipient, [key])
    return {weighed.reason for weighed in priority(seen, Standing.KNOWN, news, 1).reasons}


ANSWERED = {PriorityReason.DEALT_WITH, PriorityReason.CALLED_WRONG, PriorityReason.MORE_ASKED, PriorityReason.DISPUTED}


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (Said.ACTED_ON, {PriorityReason.DEALT_WITH}),
        (Said.DUPLICATE, {PriorityReason.DEALT_WITH}),
        (Said.NEEDS_MORE, {PriorityReason.MORE_ASKED}),
        (Said.WRONG, {PriorityReason.CALLED_WRONG, PriorityReason.DISPUTED}),
    ],
)
def test_an_answer_moves_the_priority_of_the_picture(desk: Desk, said: Said, because: set[PriorityReason]) -> None:
    assert not reasons(desk) & ANSWERED
    desk.ledger.take_answers(answered(dispatched(desk), said))
    assert reasons(desk) & ANSWERED == because


def test_another_picture_of_a_disputed_entry_is_disputed_too(desk: Desk) -> None:
    desk.ledger.take_answers(answered(dispatched(desk), Said.WRONG))
    assert reasons(desk, "other.jpg") & ANSWERED == {PriorityReason.DISPUTED}


def test_no_reason_stands_without_an_answer() -> None:
    weighed = priority(sighting("known.jpg", MATCHED), Standing.KNOWN, UNSEEN, 1)
    assert not {one.reason for one in weighed.reasons} & ANSWERED


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.desk.visit(page(sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH)))
    yield made
    made.desk.ledger.close()


def test_from_the_recipient_back_to_the_scanner(office: Office) -> None:
    referral, file, table = office.exported(), office.folder / "answers", office.folder / "answers.csv"
    new = sha256(b"new.jpg").hexdigest()
    table.write_text(f'sha256,answer,note\n{new},needs more,"the page, please"\n')
    answer = office.received("answer", referral, "--out", file, "--picture", PICTURE.hex(), "wrong", "--from", table)
    assert answer.exit_code == Exit.OK, answer.output
    taken = run("-c", office.config, "reports", "take-answers", file)
    assert taken.exit_code == Exit.OK, taken.output
    assert "1 wrong, 1 needs more; 2 of them new" in taken.stdout
    assert "sightline hashes hold example entry-1" in taken.stderr
    (quality,) = json.loads(run("-c", office.config, "hashes", "quality", "--json").stdout)
    assert (quality["list"], quality["wrong"], quality["needs more"]) == ("example", 1, 0)
    assert run("-c", office.config, "reports", "take-answers", file).exit_code == Exit.REFUSED


@pytest.mark.parametrize(("picture", "said"), [("00" * 32, "wrong"), ("not hex", "wrong")])
def test_an_answer_for_no_picture_of_it_is_refused(office: Office, picture: str, said: str) -> None:
    file = office.folder / "answers"
    refused = office.received("answer", office.exported(), "--out", file, "--picture", picture, said)
    assert refused.exit_code == Exit.REFUSED
    assert not file.exists()


def test_a_wrong_answer_in_a_table_is_named_by_its_line_and_nothing_is_overwritten(office: Office) -> None:
    referral, table = office.exported(), office.folder / "answers.csv"
    table.write_text(f"sha256,answer\n{PICTURE.hex()},wrong\n{PICTURE.hex()},perhaps\n{PICTURE.hex()}\n")
    refused = office.received("answer", referral, "--out", office.folder / "answers", "--from", table)
    assert refused.exit_code == Exit.REFUSED
    assert f"{table}, line 3" in refused.stderr
    assert f"{table}, line 4" in refused.stderr
    assert "line 2" not in refused.stderr
    kept = office.received("answer", referral, "--out", table, "--picture", PICTURE.hex(), "wrong")
    assert kept.exit_code == Exit.CONFIGURATION
    assert table.read_text().startswith("sha256")
