"""Referral files: made from a real ledger, opened by their recipient, and noticed when anything was changed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.faults import Refused
from config.settings import Recipient
from reports.bundle.bundle import BundledRecord, BundleParts, Manifest, payload_of, referral_id, take_apart
from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import Verification, VerifiedReferral, open_bundle, verify
from reports.crypto.seal import new_identity, seal, unseal
from reports.crypto.signing import REFERRAL, PublicKey, ScannerKey, check
from reports.ledger.ledger import Ledger
from scanner.referrals.dispatch import dispatch
from tests.referral.examples import MATCHED, NO_MATCH, failed_page, page, sighting
from tests.referral.ledgers import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def small_visit(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED), sighting("b.jpg", NO_MATCH)), failed_page("http://x/2"))


@pytest.fixture
def file(desk: Desk) -> bytes:
    small_visit(desk)
    (made,) = desk.dispatched()
    return made.path.read_bytes()


@pytest.fixture
def smallest(desk: Desk) -> bytes:
    desk.visit(failed_page("http://x/"))
    (made,) = desk.dispatched()
    return made.path.read_bytes()


def failing(verification: Verification) -> set[Check]:
    return {result.check for result in verification.results if result.state is CheckState.FAILS}


def parts_of(desk: Desk, file: bytes) -> BundleParts:
    endorsed = unseal(file, desk.identity)
    assert isinstance(endorsed, bytes)
    signed = check(endorsed, REFERRAL, (desk.key.public,))
    assert not isinstance(signed, Refused)
    parts = take_apart(signed[0])
    assert isinstance(parts, BundleParts)
    return parts


Piece = tuple[bytes, bytes]
"""A sealed record, and the entries of its fetches."""


def pieces_of(parts: BundleParts) -> tuple[Piece, ...]:
    return tuple(zip(parts.sealed, parts.entries, strict=True))


def signed_again(desk: Desk, manifest: Manifest, pieces: tuple[Piece, ...]) -> bytes:
    """By a scanner that signs whatever it is given: the checks below the outer signature must hold alone."""
    ids = [record.record_id for record in manifest.records]
    honest_id = replace(manifest, referral_id=referral_id(desk.recipient, ids))
    payload = payload_of(honest_id, [sealed for sealed, _ in pieces], [entries for _, entries in pieces])
    return seal(desk.key.endorse(payload, REFERRAL), [desk.recipient])


def with_record(parts: BundleParts, number: int, record: BundledRecord) -> Manifest:
    records = list(parts.manifest.records)
    records[number] = record
    return replace(parts.manifest, records=tuple(records))


def test_a_referral_opens_with_every_check_told(desk: Desk, file: bytes) -> None:
    verification = verify(file, desk.identity, desk.key.public)
    assert verification.verified
    assert [result.check for result in verification.results] == list(Check)
    unchecked = {result.check for result in verification.results if result.state is CheckState.NOT_CHECKED}
    assert unchecked == {Check.AUTHORITY_LIST, Check.TIMESTAMP}
    assert verification.opened is not None
    assert [record.content.kind for record in verification.opened.records] == ["page", "page", "visit"]


def test_without_the_scanners_key_nothing_proves_the_origin(desk: Desk, file: bytes) -> None:
    verification = verify(file, desk.identity, None)
    assert verification.opened is not None
    assert not verification.verified


def test_another_scanners_key_is_refused(desk: Desk, file: bytes) -> None:
    refused = open_bundle(file, desk.identity, ScannerKey.new().public)
    assert isinstance(refused, Refused)
    assert [fault.where for fault in refused.faults] == [Check.SCANNER]


def test_another_recipient_cannot_open_it(file: bytes) -> None:
    identity, _ = new_identity()
    assert failing(verify(file, identity, None)) == {Check.SEAL}


def test_a_referral_passed_on_under_another_seal_is_noticed(desk: Desk, file: bytes) -> None:
    identity, recipient = new_identity()
    endorsed = unseal(file, desk.identity)
    assert isinstance(endorsed, bytes)
    passed_on = verify(seal(endorsed, [recipient]), identity, desk.key.public)
    assert {Check.MANIFEST, Check.OPENS} <= failing(passed_on)


def test_every_flipped_byte_of_the_file_is_noticed(desk: Desk, smallest: bytes) -> None:
    for position in range(len(smallest)):
        changed = smallest[:position] + bytes([smallest[position] ^ 1]) + smallest[position + 1 :]
        assert isinstance(unseal(changed, desk.identity), Refused), position


def test_every_flipped_byte_within_the_seal_is_noticed(desk: Desk, smallest: bytes) -> None:
    """Whoever knows a recipient can seal to it: what was signed is held against the signature, every byte of it."""
    endorsed = unseal(smallest, desk.identity)
    assert isinstance(endorsed, bytes)
    trusted = (desk.key.public,)
    assert not isinstance(check(endorsed, REFERRAL, trusted), Refused)
    for position in range(len(endorsed)):
        changed = endorsed[:position] + bytes([endorsed[position] ^ 1]) + endorsed[position + 1 :]
        assert isinstance(check(changed, REFERRAL, trusted), Refused), position


def test_a_dropped_record_is_noticed(desk: Desk, file: bytes) -> None:
    parts = parts_of(desk, file)
    shorter = replace(parts.manifest, records=parts.manifest.records[1:])
    assert failing(verify(signed_again(desk, shorter, pieces_of(parts)[1:]), desk.identity, None)) == {
        Check.NOT_DROPPED
    }


def test_a_record_that_stands_twice_is_noticed(desk: Desk, file: bytes) -> None:
    parts = parts_of(desk, file)
    longer = replace(parts.manifest, records=(parts.manifest.records[0], *parts.manifest.records))
    changed = signed_again(desk, longer, (pieces_of(parts)[0], *pieces_of(parts)))
    assert failing(verify(changed, desk.identity, None)) == {Check.NOT_REPLAYED, Check.NOT_DROPPED}


def test_records_that_changed_places_are_noticed(desk: Desk, file: bytes) -> None:
    parts = parts_of(desk, file)
    first, second, third = pieces_of(parts)
    swapped = [
        replace(one, sealed_bytes=len(sealed), entries_bytes=len(entries))
        for one, (sealed, entries) in zip(parts.manifest.records, (second, first, third), strict=True)
    ]
    changed = signed_again(desk, replace(parts.manifest, records=tuple(swapped)), (second, first, third))
    assert Check.LOGGED in failing(verify(changed, desk.identity, None))


def test_a_record_of_another_log_is_noticed(desk: Desk, file: bytes, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other", key=desk.key)
    small_visit(other)
    (made,) = other.dispatched()
    theirs, ours = parts_of(other, made.path.read_bytes()), parts_of(desk, file)
    manifest = with_record(ours, 0, theirs.manifest.records[0])
    changed = signed_again(desk, manifest, (pieces_of(theirs)[0], *pieces_of(ours)[1:]))
    assert {Check.INCLUDED, Check.OPENS} <= failing(verify(changed, desk.identity, None))
    other.ledger.close()


def test_a_record_that_another_key_signed_is_noticed(desk: Desk, file: bytes, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    other.identity, other.recipient = desk.identity, desk.recipient
    parts = parts_of(desk, file)
    forged = seal(other.key.endorse(b"{}", "sightline record v1"), [desk.recipient])
    manifest = with_record(parts, 0, replace(parts.manifest.records[0], sealed_bytes=len(forged)))
    changed = signed_again(desk, manifest, ((forged, parts.entries[0]), *pieces_of(parts)[1:]))
    assert {Check.LOGGED, Check.RECORD_SIGNATURE} <= failing(verify(changed, desk.identity, None))
    other.ledger.close()


def test_a_wrong_proof_and_a_wrong_checkpoint_are_noticed(desk: Desk, file: bytes) -> None:
    parts = parts_of(desk, file)
    record = parts.manifest.records[0]
    no_proof = with_record(parts, 0, replace(record, proof=record.proof[1:]))
    assert failing(verify(signed_again(desk, no_proof, pieces_of(parts)), desk.identity, None)) == {
        Check.INCLUDED,
        Check.FETCHED,
    }
    unsigned = replace(parts.manifest, checkpoint=parts.manifest.checkpoint.replace("\n\n", "\n", 1))
    assert Check.CHECKPOINT in failing(verify(signed_again(desk, unsigned, pieces_of(parts)), desk.identity, None))


def test_bytes_beyond_the_records_are_noticed(desk: Desk, file: bytes) -> None:
    parts = parts_of(desk, file)
    changed = signed_again(desk, parts.manifest, (*pieces_of(parts), (b"more", b"")))
    assert failing(verify(changed, desk.identity, None)) == {Check.MANIFEST}


def test_open_gives_the_records(desk: Desk, file: bytes) -> None:
    opened = open_bundle(file, desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral)
    assert opened.manifest.recipient.case_number == "7/26"
    assert opened.scanner == PublicKey(desk.key.public.raw)


def test_what_was_sent_is_not_sent_again(desk: Desk, file: bytes) -> None:
    assert file
    assert desk.dispatched() == ()
    small_visit(desk)
    (second,) = desk.dispatched()
    opened = open_bundle(second.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral)
    assert opened.manifest.sequence == 2
    assert opened.manifest.earlier
    assert len(opened.records) == 3


class Killed(BaseException):
    """Stands for `kill -9`: nothing of the program handles it."""


@pytest.mark.parametrize("step", ["mark_delivered", "endorse_referral", "confirm_delivery"])
def test_killed_at_any_step_the_same_referral_goes_out_once(desk: Desk, step: str) -> None:
    small_visit(desk)
    dying = DyingLedger(desk.ledger, step)
    (desk.directory / "outbox").mkdir()
    recipient = Recipient(name="Example Unit", public_key=desk.recipient)
    with pytest.raises(Killed):
        dispatch(dying, [recipient], desk.directory / "outbox")  # type: ignore[arg-type]
    small_visit(desk)  # more to send by the time it starts again
    made = dispatch(desk.ledger, [recipient], desk.directory / "outbox")
    opened = [
        open_bundle(path.read_bytes(), desk.identity, desk.key.public)
        for path in sorted((desk.directory / "outbox").iterdir())
    ]
    records = [record.record_id for one in opened if isinstance(one, VerifiedReferral) for record in one.records]
    assert len(made) == len(opened)
    assert len(records) == len(set(records)) == 6


class DyingLedger:
    """A ledger in a process that is killed right after, or right before, one of its steps."""

    def __init__(self, ledger: Ledger, step: str) -> None:
        self._ledger = ledger
        self._step = step

    def __getattr__(self, name: str) -> object:
        if name != self._step:
            return getattr(self._ledger, name)
        if name == "mark_delivered":
            return self._marked
        return self._dead

    def _marked(self, *arguments: object) -> None:
        self._ledger.mark_delivered(*arguments)  # type: ignore[arg-type]
        raise Killed

    def _dead(self, *_: object) -> None:
        raise Killed
