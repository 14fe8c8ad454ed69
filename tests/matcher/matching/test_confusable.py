"""Unrelated pictures whose hashes rest on one small mark accuse nobody, whichever of them is listed."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.atlas import in_process
from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.hash_lists.entry import Entry
from matcher.matching.candidates import PURE_AGREES_BITS
from matcher.matching.judge import IndexJudge
from matcher.picture.detail import QUALITY_FLOOR, rests_on_little
from matcher.verdict import Outcome, Tier, Verdict
from tests.matcher.matching.test_judge import CODE, apart, fingerprint, hash_list, judged, reading
from tests.matcher.pictures import jpeg, png, scene

DOWN, ACROSS = np.mgrid[0:480, 0:640]
NOISE = np.random.default_rng(13).normal(128, 25, (480, 640))
MARKED = {
    "horizontal bars": (np.where((DOWN // 40) % 2, 235, 60), 128),
    "upright bars": (np.where((ACROSS // 53) % 2, 250, 90), 0),
    "table": (255 - 90 * ((DOWN % 48) < 6) - 80 * ((ACROSS % 80) < 7), 0),
    "edge": (np.where(ACROSS > 600, 0, 255), 255),
    "noise": (NOISE, 255),
    "plaid": (((ACROSS // 31) % 2) * 80 + ((DOWN // 47) % 2) * 120, 255),
    "steps": ((DOWN // 60) * 30, 255),
    "scan lines": (np.where(DOWN % 16 < 8, 200, 90), 30),
}
"""Eight patterns, each with the grey level of its small corner mark."""
POINT = bytes(32)
"""The hash of a rank of 1."""
TOO_FLAT = Verdict(Outcome.UNDECIDED, reason=UndecidedReason.TOO_FLAT)


@pytest.fixture(scope="module")
def marked() -> dict[str, Fingerprint]:
    found = {}
    for name, (pattern, level) in MARKED.items():
        levels = np.array(pattern, dtype=np.float64)
        levels[466:, 626:] = level
        found[name] = in_process(png(Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))))
    return found


@pytest.mark.parametrize("listed", MARKED)
def test_no_pattern_with_a_mark_is_taken_for_another(listed: str, marked: dict[str, Fingerprint]) -> None:
    plain = marked[listed].readings[0]
    judge = IndexJudge([hash_list(Entry(listed, pdq=plain.pdq, phash=plain.phash))])
    assert {name: judge.judge(found) for name, found in marked.items()} == dict.fromkeys(MARKED, TOO_FLAT)


def test_the_judge_does_not_rely_on_the_workers_quality(marked: dict[str, Fingerprint]) -> None:
    """The bits of the reading, and those of the entry, are looked at as well."""
    plain = marked["table"].readings[0]
    judge = IndexJudge([hash_list(Entry("bars", pdq=marked["horizontal bars"].readings[0].pdq))])
    assert judge.judge(fingerprint(replace(plain, quality=100))) == TOO_FLAT


def test_an_entry_that_rests_on_little_accuses_no_one() -> None:
    near_a_point = apart(POINT, 31)
    assert rests_on_little(POINT)
    assert judged([Entry("point", pdq=POINT)], reading(near_a_point, quality=100)) == TOO_FLAT


def test_a_picture_with_detail_is_matched_as_before() -> None:
    assert not rests_on_little(CODE)
    assert judged([Entry("e", pdq=CODE)], reading(quality=QUALITY_FLOOR)).outcome is Outcome.MATCHED


def test_a_truncated_picture_is_matched_and_its_match_says_truncated() -> None:
    whole = jpeg(scene(4, 640, 480))
    plain = in_process(whole).readings[0]
    found = in_process(whole[: len(whole) * 95 // 100])
    match, *_ = IndexJudge([hash_list(Entry("e", pdq=plain.pdq, phash=plain.phash))]).judge(found).matches
    assert (match.tier, match.reading) == (Tier.NEAR_CONFIRMED, "truncated/filled")
    assert IndexJudge([]).judge(found).reason is UndecidedReason.TRUNCATED


@pytest.mark.parametrize(
    ("differing", "tier"), [(PURE_AGREES_BITS, Tier.NEAR_CONFIRMED), (PURE_AGREES_BITS + 1, Tier.NEAR)]
)
def test_a_phash_confirms_only_with_the_bits_that_pdq_leaves_out(differing: int, tier: Tier) -> None:
    """The first row of the 16 x 16 pHash bits holds the terms of pure columns."""
    mask = ((1 << differing) - 1) << (256 - differing)
    phash = (int.from_bytes(CODE) ^ mask).to_bytes(32)
    (match,) = judged([Entry("e", pdq=CODE, phash=CODE)], reading(phash=phash)).matches
    assert (match.tier, match.phash_distance_bits) == (tier, differing)
