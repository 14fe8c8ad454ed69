"""Scaled first, full when it might matter, and the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from matcher.fingerprint import Fingerprint, Reading, UndecidedReason, digest
from matcher.identifiers import Identifier
from matcher.matching.examiner import PictureExaminer
from matcher.picture.hashed import SLACK_BITS
from matcher.verdict import ListInForce, Match, Outcome, Verdict

ZERO, FAR, NEAR = bytes(32), b"\xff" * 32, b"\x07" + bytes(31)


def fingerprint(pdq: bytes, *, scaled: bool) -> Fingerprint:
    return Fingerprint(digest(b"p"), 1, "image/jpeg", 9, 9, (Reading("plain", pdq, 100, ZERO),), None, scaled)


class SimulatedHasher:
    """Finds one hash at a reduced scale and another in full, and counts what it was asked for."""

    def __init__(self, scaled: bytes, full: bytes) -> None:
        self.hashes = {False: scaled, True: full}
        self.asked: list[bool] = []

    def fingerprint(self, _untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        self.asked.append(full)
        return fingerprint(self.hashes[full], scaled=not full)

    def suspects(self) -> tuple[bytes, ...]:
        return ()

    @contextmanager
    def leased(self) -> Iterator["SimulatedHasher"]:
        yield self

    def close(self) -> None:
        """Nothing to end."""


class SimulatedJudge:
    """Holds one entry, and says what it was told to of a scaled fingerprint."""

    def __init__(self, entry: bytes, *, of_scaled: Outcome = Outcome.NO_MATCH) -> None:
        self.entry = int.from_bytes(entry)
        self.of_scaled = of_scaled

    def distance(self, found: Fingerprint) -> int:
        return (int.from_bytes(found.readings[0].pdq) ^ self.entry).bit_count()

    def judge(self, found: Fingerprint) -> Verdict:
        if found.scaled:
            reason = UndecidedReason.ON_HOLD if self.of_scaled is Outcome.UNDECIDED else None
            return Verdict(self.of_scaled, reason=reason)
        return Verdict(Outcome.MATCHED if self.distance(found) <= 31 else Outcome.NO_MATCH)

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        del identifier
        return ()

    def could_match(self, found: Fingerprint, slack_bits: int) -> bool:
        assert slack_bits == SLACK_BITS
        return self.distance(found) <= 31 + slack_bits

    def lists(self) -> tuple[ListInForce, ...]:
        return ()


def examiner(hasher: SimulatedHasher, judge: SimulatedJudge, *, lot: bool = False) -> PictureExaminer:
    return PictureExaminer(hasher, judge, lot=lambda _one_in: lot)


def test_what_is_far_from_everything_is_decoded_once() -> None:
    hasher = SimulatedHasher(ZERO, ZERO)
    found = examiner(hasher, SimulatedJudge(FAR)).examine(b"p")
    assert (found.verdict.outcome, found.fingerprint.scaled, hasher.asked) == (Outcome.NO_MATCH, True, [False])


@pytest.mark.parametrize("bits", [0, 31, 31 + SLACK_BITS])
def test_what_might_match_is_decoded_in_full(bits: int) -> None:
    entry = (2**bits - 1).to_bytes(32)
    hasher = SimulatedHasher(ZERO, ZERO)
    found = examiner(hasher, SimulatedJudge(entry)).examine(b"p")
    assert hasher.asked == [False, True]
    assert found.fingerprint.scaled is False
    assert found.verdict.outcome is (Outcome.MATCHED if bits <= 31 else Outcome.NO_MATCH)


@pytest.mark.parametrize("outcome", [Outcome.MATCHED, Outcome.UNDECIDED])
def test_a_scaled_fingerprint_affirms_nothing(outcome: Outcome) -> None:
    hasher = SimulatedHasher(ZERO, ZERO)
    found = examiner(hasher, SimulatedJudge(FAR, of_scaled=outcome)).examine(b"p")
    assert (hasher.asked, found.verdict.outcome) == ([False, True], Outcome.NO_MATCH)


def test_the_audit_finds_a_picture_with_two_faces() -> None:
    """Its small view is far from every entry, and its full view is one."""
    two_faced = SimulatedHasher(ZERO, FAR)
    unaudited = examiner(two_faced, SimulatedJudge(FAR))
    assert unaudited.examine(b"p").verdict.outcome is Outcome.NO_MATCH, "the control: without the audit it is missed"
    audited = examiner(two_faced, SimulatedJudge(FAR), lot=True)
    assert audited.examine(b"p").verdict.outcome is Outcome.MATCHED
    two_faced.asked.clear()
    audited.examine(b"p")
    assert two_faced.asked == [True], "nothing is decoded at a reduced scale any more"


def test_the_audit_keeps_its_trust_within_the_slack() -> None:
    hasher = SimulatedHasher(ZERO, NEAR)
    audited = examiner(hasher, SimulatedJudge(FAR), lot=True)
    found = audited.examine(b"p")
    assert found.fingerprint == replace(fingerprint(NEAR, scaled=False))
    assert audited.examine(b"p").verdict.outcome is Outcome.NO_MATCH
    assert hasher.asked == [False, True] * 2, "scaled decodes are still tried first"


def test_the_lot_falls_on_about_one_in_so_many() -> None:
    hasher = SimulatedHasher(ZERO, ZERO)
    drawing = PictureExaminer(hasher, SimulatedJudge(FAR), audited=4)
    for _ in range(2000):
        drawing.examine(b"p")
    assert 350 < hasher.asked.count(True) < 650
