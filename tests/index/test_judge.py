from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hits import PHASH_AGREES_BITS, QUALITY_FLOOR
from matcher.judge import IndexJudge
from matcher.verdict import Judge, Outcome, Tier, Verdict

CODE = bytes.fromhex("5a" * 32)
DIGESTS = Digests(b"m" * 16, b"s" * 20, b"S" * 32)


def apart(code: bytes, bits: int) -> bytes:
    """A code exactly `bits` away from this one."""
    return (int.from_bytes(code) ^ ((1 << bits) - 1)).to_bytes(32)


def hash_list(*entries: Entry, name: str = "made-up", threshold: int = 31) -> HashList:
    return HashList.of(ListHeader(name, "A test authority", "1", "scheme", "ab" * 32, threshold), entries)


def reading(pdq: bytes = CODE, *, name: str = "plain", quality: int = 100, phash: bytes = CODE) -> Reading:
    return Reading(name, pdq, quality, phash)


def fingerprint(*readings: Reading, undecided: UndecidedReason | None = None) -> Fingerprint:
    return Fingerprint(DIGESTS, 1000, "image/png", 40, 30, readings, undecided)


def judged(entries: Sequence[Entry], *readings: Reading, undecided: UndecidedReason | None = None) -> Verdict:
    judge: Judge = IndexJudge([hash_list(*entries)])
    return judge.judge(fingerprint(*readings, undecided=undecided))


FAR = reading(bytes.fromhex("c3" * 32))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_an_equal_digest_is_exact(algorithm: str) -> None:
    verdict = judged([Entry("e", **{algorithm: getattr(DIGESTS, algorithm)}, category="A")], FAR)
    assert verdict.outcome is Outcome.MATCHED
    match = verdict.matches[0]
    assert (match.tier, match.algorithm, match.reading, match.category) == (Tier.EXACT, algorithm, "bytes", "A")


def test_the_strongest_digest_is_named() -> None:
    entry = Entry("e", md5=DIGESTS.md5, sha1=DIGESTS.sha1, sha256=DIGESTS.sha256)
    assert judged([entry], FAR).matches[0].algorithm == "sha256"


def test_a_forged_twin_is_neither_a_match_nor_no_match() -> None:
    verdict = judged([Entry("e", md5=DIGESTS.md5, sha256=b"other".ljust(32))], FAR)
    assert verdict == Verdict(Outcome.UNDECIDED, reason=UndecidedReason.FORGED_TWIN)


def test_a_forged_twin_that_also_looks_the_same_is_matched_by_its_looks() -> None:
    verdict = judged([Entry("e", md5=DIGESTS.md5, sha256=b"other".ljust(32), pdq=CODE)], reading())
    assert [match.tier for match in verdict.matches] == [Tier.NEAR]


@pytest.mark.parametrize(("distance", "threshold"), [(0, 0), (1, 1), (31, 31), (30, 31), (63, 63), (32, 40)])
def test_a_reading_within_the_lists_threshold_is_near(distance: int, threshold: int) -> None:
    judge = IndexJudge([hash_list(Entry("e", pdq=apart(CODE, distance)), threshold=threshold)])
    match = judge.judge(fingerprint(reading())).matches[0]
    assert (match.tier, match.distance_bits, match.threshold_bits) == (Tier.NEAR, distance, threshold)
    assert match.phash_distance_bits is None


@pytest.mark.parametrize("threshold", [0, 1, 31, 62, 63])
def test_one_bit_beyond_the_threshold_is_no_match(threshold: int) -> None:
    judge = IndexJudge([hash_list(Entry("e", pdq=apart(CODE, threshold + 1)), threshold=threshold)])
    assert judge.judge(fingerprint(reading())).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize(
    ("pdq_bits", "phash_bits", "tier"),
    [
        (31, PHASH_AGREES_BITS, Tier.NEAR_CONFIRMED),
        (31, PHASH_AGREES_BITS + 1, Tier.NEAR),
        (32, PHASH_AGREES_BITS, Tier.WIDE),
        (63, PHASH_AGREES_BITS, Tier.WIDE),
        (63, PHASH_AGREES_BITS + 1, None),
        (64, 0, None),
    ],
)
def test_the_second_opinion_sets_the_tier(pdq_bits: int, phash_bits: int, tier: Tier | None) -> None:
    entry = Entry("e", pdq=apart(CODE, pdq_bits), phash=apart(CODE, phash_bits))
    matches = judged([entry], reading()).matches
    assert [(match.tier, match.phash_distance_bits) for match in matches] == ([(tier, phash_bits)] if tier else [])


def test_each_list_has_its_own_threshold() -> None:
    entry = Entry("e", pdq=apart(CODE, 20))
    judge = IndexJudge([hash_list(entry, name="wide", threshold=31), hash_list(entry, name="narrow", threshold=10)])
    assert [match.list_name for match in judge.judge(fingerprint(reading())).matches] == ["wide"]
    assert [one.name for one in judge.lists()] == ["narrow", "wide"]


def test_an_entry_is_named_once_at_its_surest_and_the_surest_comes_first() -> None:
    entries = [Entry("near", pdq=apart(CODE, 9)), Entry("both", pdq=CODE, sha1=DIGESTS.sha1)]
    mirrored = reading(apart(CODE, 9), name="plain/mirrored")
    matches = judged(entries, reading(), mirrored).matches
    assert [(match.entry_id, match.reading) for match in matches] == [("both", "bytes"), ("near", "plain/mirrored")]


def test_of_equal_distances_the_plainest_reading_is_named() -> None:
    matches = judged([Entry("e", pdq=CODE)], reading(name="plain/mirrored"), reading()).matches
    assert [match.reading for match in matches] == ["plain"]


@pytest.mark.parametrize("quality", [0, QUALITY_FLOOR - 1])
def test_a_flat_reading_accuses_no_one_and_clears_no_one(quality: int) -> None:
    flat = reading(quality=quality)
    too_flat = Verdict(Outcome.UNDECIDED, reason=UndecidedReason.TOO_FLAT)
    assert judged([Entry("e", pdq=CODE)], flat) == too_flat
    assert judged([], flat) == too_flat
    assert judged([Entry("e", pdq=CODE)], flat, FAR) == too_flat
    assert judged([Entry("e", pdq=apart(CODE, 99))], flat, FAR).outcome is Outcome.NO_MATCH


def test_a_reading_at_the_quality_floor_is_used() -> None:
    assert judged([Entry("e", pdq=CODE)], reading(quality=QUALITY_FLOOR)).outcome is Outcome.MATCHED


@pytest.mark.parametrize("reason", list(UndecidedReason))
def test_a_picture_not_wholly_hashed_may_match_but_is_never_no_match(reason: UndecidedReason) -> None:
    assert judged([Entry("e", pdq=CODE)], FAR, undecided=reason) == Verdict(Outcome.UNDECIDED, reason=reason)
    assert judged([Entry("e", pdq=CODE)], reading(), undecided=reason).outcome is Outcome.MATCHED


def test_nothing_hashed_and_no_reason_given_is_still_not_no_match() -> None:
    assert judged([]).outcome is Outcome.UNDECIDED


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 8))
def test_could_match_rules_out_nothing_that_a_few_bits_would_match(pdq_bits: int, phash_bits: int, slack: int) -> None:
    judge = IndexJudge([hash_list(Entry("e", pdq=CODE, phash=CODE))])
    scaled = fingerprint(reading(apart(CODE, pdq_bits), phash=apart(CODE, phash_bits)))
    true_one = reading(apart(CODE, max(0, pdq_bits - slack)), phash=apart(CODE, max(0, phash_bits - slack)))
    assert judge.could_match(scaled, slack) == (judge.judge(fingerprint(true_one)).outcome is Outcome.MATCHED)


@pytest.mark.parametrize(
    ("quality", "decode"), [(100, False), (QUALITY_FLOOR + 3, True), (QUALITY_FLOOR - 3, True), (5, False)]
)
def test_a_scaled_picture_near_the_quality_floor_is_decoded_in_full(quality: int, decode: bool) -> None:  # noqa: FBT001 - a table's column
    assert IndexJudge([]).could_match(fingerprint(reading(quality=quality)), 4) is decode
