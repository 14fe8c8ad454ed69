"""Hashes that rest on little are recognised, by the terms and by the bits alone; those of photographs are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.patterns import picture as pattern
from benchmarks.pictures import picture
from matcher.hash_lists.columns import Columns
from matcher.hash_lists.entry import Entry
from matcher.limits import ExaminationLimits
from matcher.picture import pdq
from matcher.picture.detail import (
    LINE_BITS,
    MIN_LEVEL,
    MIN_RANK,
    QUALITY_FLOOR,
    SCALED_MARGIN,
    _bits_to_line,
    entries_on_little,
    has_detail,
    low_rank,
    rests_on_little,
)
from matcher.picture.hashed import HashedPicture
from matcher.picture.readings import hash_picture
from tests.matcher.pictures import png, scene

RNG = np.random.default_rng(5)
Levels = np.ndarray[tuple[int, int], np.dtype[np.float64]]
DOWN, ACROSS = np.mgrid[0:480, 0:640]


def hashed(levels: Levels) -> HashedPicture:
    from PIL import Image  # noqa: PLC0415 - next to its one use

    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    return hash_picture(png(image), ExaminationLimits())


def bars_with_mark(top: int, left: int) -> Levels:
    levels = np.where((DOWN // 40) % 2, 235.0, 60.0)
    levels[top : top + 14, left : left + 14] = 128
    return levels


@pytest.mark.parametrize(("top", "left"), [(0, 0), (0, 626), (466, 0), (466, 626), (200, 300)])
def test_every_orientation_of_bars_with_a_mark_is_capped(top: int, left: int) -> None:
    """Marked in its first corner, all terms are positive: only the signs before the cut reveal the rank."""
    found = hashed(bars_with_mark(top, left))
    assert found.readings
    assert max(reading.quality for reading in found.readings) < QUALITY_FLOOR


def test_a_sum_of_rows_and_columns_alone_is_capped() -> None:
    """All its terms are zero but for rounding, whose signs have any rank."""
    found = hashed(60.0 + ((ACROSS // 31) % 2) * 80 + ((DOWN // 47) % 2) * 100)
    assert max(reading.quality for reading in found.readings) < QUALITY_FLOOR
    terms = RNG.normal(0, 1, 256).astype(np.float32)
    assert has_detail(terms, exact=True)
    assert not has_detail(terms * np.float32(MIN_LEVEL), exact=True), "the level alone decides"


def test_a_line_is_recognised_by_its_bits_whatever_its_rank() -> None:
    levels = np.full((480, 640), 40.0)
    levels[np.abs(DOWN - 0.55 * ACROSS - 60) < 5] = 200
    code = hashed(levels).readings[0].pdq
    assert not low_rank(np.frombuffer(code, np.uint8)[None])[0]
    assert rests_on_little(code)
    assert rests_on_little(pdq.complement(code))


@pytest.mark.parametrize("kind", ["leaves", "octaves"])
def test_pictures_with_detail_are_not_capped(kind: str) -> None:
    for seed in range(12):
        plain = hash_picture(png(picture(kind, seed)), ExaminationLimits()).readings[0]
        assert plain.quality >= QUALITY_FLOOR
        assert not rests_on_little(plain.pdq)
        assert _bits_to_line(plain.pdq) > LINE_BITS + 10


def test_scenes_rest_on_enough() -> None:
    assert not any(
        rests_on_little(hash_picture(png(scene(seed)), ExaminationLimits()).readings[0].pdq) for seed in range(9)
    )


@given(st.binary(min_size=32, max_size=32))
def test_rank_is_the_same_for_every_orientation_and_the_negative(code: bytes) -> None:
    bits = np.unpackbits(np.frombuffer(code, np.uint8)).reshape(16, 16)
    turned = [bits, bits.T, 1 - bits, bits ^ (np.arange(16) % 2)[:, None].astype(np.uint8), bits[::-1], bits[:, ::-1]]
    rows = np.packbits(np.stack([some.reshape(-1) for some in turned]), axis=1)
    assert len(set(low_rank(rows).tolist())) == 1
    signs = bits * 2.0 - 1
    values = np.linalg.svd(signs, compute_uv=False) ** 2
    assert bool(low_rank(rows)[0]) == bool(values.sum() ** 2 / (values**2).sum() < MIN_RANK)


def test_a_scaled_picture_needs_a_margin() -> None:
    """Of a rank between the bound and the bound with its margin: enough at full scale, doubtful at a reduced one."""
    chance = np.random.default_rng(1)
    for _ in range(10_000):
        terms = np.outer(*chance.normal(size=(2, 16))) + chance.uniform(0.2, 2) * chance.normal(size=(16, 16))
        signs = np.where(terms > 0, 1.0, -1.0)
        rank = 256**2 / ((signs @ signs.T) ** 2).sum()
        if MIN_RANK < rank < MIN_RANK + SCALED_MARGIN:
            flat = (terms * 100).astype(np.float32).reshape(-1)
            assert (has_detail(flat, exact=True), has_detail(flat, exact=False)) == (True, False)
            return
    pytest.fail("no terms of such a rank were drawn")


def test_most_sums_of_rows_and_columns_with_a_mark_are_capped() -> None:
    pictures = [hash_picture(png(pattern("rows + columns + mark", seed)), ExaminationLimits()) for seed in range(60)]
    best = [max((reading.quality for reading in found.readings), default=0) for found in pictures]
    assert sum(quality >= QUALITY_FLOOR for quality in best) <= 2


def test_entries_that_rest_on_little_are_named_by_whether_they_carry_a_digest() -> None:
    enough = hash_picture(png(scene(1)), ExaminationLimits()).readings[0].pdq
    entries = [
        Entry("point", pdq=bytes(32)),
        Entry("point with a digest", pdq=bytes(32), md5=b"m" * 16),
        Entry("scene", pdq=enough),
        Entry("digest alone", md5=b"d" * 16),
    ]
    assert entries_on_little(Columns.of(entries)) == (["point"], ["point with a digest"])
    assert entries_on_little(Columns.of([])) == ([], [])
