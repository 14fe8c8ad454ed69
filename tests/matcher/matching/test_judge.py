from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.matching.candidates import PHASH_AGREES_BITS
from matcher.matching.judge import IndexJudge
from matcher.picture.detail import QUALITY_FLOOR
from matcher.verdict import Judge, ListKind, Outcome, Tier, Verdict

CODE = sha256(b"a picture").digest()
DIGESTS = Digests(b"m" * 16, b"s" * 20, b"S" * 32)


def apart(code: bytes, bits: int) -> bytes:
    """A code exactly `bits` away from this one."""
    return (int.from_bytes(code) ^ ((1 << bits) - 1)).to_bytes(32)


def hash_list(*entries: Entry, name: str = "made-up", threshold: int = 31, harmless: bool = False) -> HashList:
    return HashList.of(ListHeader(name, "A test authority", "1", "scheme", "ab" * 32, threshold, harmless), entries)


def changed(*, held: tuple[str, ...] = (), released: tuple[str, ...] = (), withdrawn: tuple[str, ...] = ()) -> HashList:
    return HashList.saying(hash_list().header, held=held, released=released, withdrawn=withdrawn)


def reading(pdq: bytes = CODE, *, name: str = "plain", quality: int = 100, phash: bytes = CODE) -> Reading:
    return Reading(name, pdq, quality, phash)


def fingerprint(*readings: Reading, undecided: UndecidedReason | None = None) -> Fingerprint:
    return Fingerprint(DIGESTS, 1000, "image/png", 40, 30, readings, undecided)


def judged(entries: Sequence[Entry], *readings: Reading, undecided: UndecidedReason | None = None) -> Verdict:
    judge: Judge = IndexJudge([hash_list(*entries)])
    return judge.judge(fingerprint(*readings, undecided=undecided))


FAR = reading(sha256(b"another").digest())


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
def test_a_scaled_picture_near_the_quality_floor_is_decoded_in_full(quality: int, decode: bool) -> None:
    assert IndexJudge([]).could_match(fingerprint(reading(quality=quality)), 4) is decode


def test_an_entry_on_hold_accuses_no_one_until_it_is_released() -> None:
    judge = IndexJudge([hash_list(Entry("e", pdq=CODE, md5=DIGESTS.md5))])
    held = judge.and_then([changed(held=("e",))])
    for some in (fingerprint(reading()), fingerprint(FAR)):
        assert held.judge(some) == Verdict(Outcome.UNDECIDED, reason=UndecidedReason.ON_HOLD)
    released = held.and_then([changed(released=("e",))])
    assert released.judge(fingerprint(reading())).outcome is Outcome.MATCHED


def test_what_also_matches_an_entry_in_force_is_matched_by_that_one() -> None:
    judge = IndexJudge(
        [hash_list(Entry("held", pdq=CODE), Entry("other", pdq=apart(CODE, 5))), changed(held=("held",))]
    )
    assert [match.entry_id for match in judge.judge(fingerprint(reading())).matches] == ["other"]


def test_a_withdrawn_entry_matches_nothing() -> None:
    judge = IndexJudge([hash_list(Entry("e", pdq=CODE, md5=DIGESTS.md5))])
    later = judge.and_then([changed(withdrawn=("e",))])
    assert later.judge(fingerprint(reading())).outcome is Outcome.NO_MATCH
    assert [hash_list.entries for hash_list in later.lists()] == [0]
    assert judge.judge(fingerprint(reading())).outcome is Outcome.MATCHED, "threads may still use the earlier judge"


def test_a_negative_bank_alone_matches_nothing() -> None:
    judge = IndexJudge([hash_list(Entry("h", pdq=CODE, md5=DIGESTS.md5), name="harmless", harmless=True)])
    assert judge.judge(fingerprint(reading())).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize(("to_entry", "to_harmless", "matched"), [(9, 9, False), (9, 8, False), (9, 10, True)])
def test_a_near_match_is_not_made_where_a_harmless_picture_lies_as_near(
    to_entry: int,
    to_harmless: int,
    matched: bool,
) -> None:
    bank = hash_list(Entry("h", pdq=apart(CODE, to_harmless)), name="harmless", harmless=True)
    verdict = IndexJudge([hash_list(Entry("e", pdq=apart(CODE, to_entry))), bank]).judge(fingerprint(reading()))
    harmless = Verdict(Outcome.UNDECIDED, reason=UndecidedReason.KNOWN_HARMLESS)
    assert (verdict.outcome is Outcome.MATCHED) if matched else (verdict == harmless)


def test_a_harmless_file_is_not_matched_by_its_looks() -> None:
    bank = hash_list(Entry("h", sha256=DIGESTS.sha256), name="harmless", harmless=True)
    verdict = IndexJudge([hash_list(Entry("e", pdq=CODE)), bank]).judge(fingerprint(reading()))
    assert verdict.reason is UndecidedReason.KNOWN_HARMLESS


def test_an_issuers_equal_digest_stands_against_the_negative_bank() -> None:
    bank = hash_list(Entry("h", sha256=DIGESTS.sha256, pdq=CODE), name="harmless", harmless=True)
    judge = IndexJudge([hash_list(Entry("e", sha256=DIGESTS.sha256)), bank])
    assert judge.judge(fingerprint(reading())).matches[0].tier is Tier.EXACT


def test_a_harmless_picture_in_one_reading_clears_no_other_reading() -> None:
    bank = hash_list(Entry("h", pdq=FAR.pdq), name="harmless", harmless=True)
    judge = IndexJudge([hash_list(Entry("e", pdq=CODE)), bank])
    assert judge.judge(fingerprint(FAR, reading(name="frame-2"))).outcome is Outcome.MATCHED


@pytest.mark.parametrize("damage", [0, 1])
def test_a_snapshot_changes_no_verdict_fitting_or_not(damage: int) -> None:
    lists = [hash_list(Entry("e", pdq=CODE, md5=DIGESTS.md5)), hash_list(Entry("f", pdq=apart(CODE, 3)))]
    judge = IndexJudge(lists)
    snapshot = judge.snapshot()
    again = IndexJudge([*lists, changed(withdrawn=("f",))], snapshot[damage:])
    later = judge.and_then([changed(withdrawn=("f",))])
    assert again.judge(fingerprint(reading())) == later.judge(fingerprint(reading()))


def test_a_match_and_the_list_in_force_state_the_kind_of_the_list() -> None:
    header = ListHeader("made-up", "A test authority", "1", "scheme", "ab" * 32, kind=ListKind.TERRORISM)
    judge = IndexJudge([HashList.of(header, [Entry("e", pdq=CODE)])])
    (match,) = judge.judge(fingerprint(reading())).matches
    assert (match.list_kind, judge.lists()[0].kind) == (ListKind.TERRORISM, ListKind.TERRORISM)
