"""PDQ: the reference's numbers on the same pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.picture import downscale as reduction
from matcher.picture import pdq
from matcher.picture.downscale import StoredShape
from matcher.picture.orientations import Orientation, turned
from matcher.picture.pdq import Floats
from tests.matcher.pictures import Pixels, scene


def distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def luminance(pixels: Pixels) -> Floats:
    weights = np.array([0.299, 0.587, 0.114])
    return (pixels @ weights if pixels.ndim == 3 else pixels).astype(np.float32)


def eight(pixels: Pixels, shown: Orientation = Orientation.UPRIGHT) -> Floats:
    return reduction.orientations(luminance(pixels), StoredShape(*pixels.shape[:2]), shown)


def hashes(reduced: Floats) -> list[bytes]:
    return pdq.hashes(pdq.above_median(pdq.dct_terms(reduced)))


def ours(pixels: Pixels) -> tuple[bytes, int]:
    return hashes(eight(pixels))[0], pdq.qualities(eight(pixels)[:1])[0]


def reference(pixels: Pixels) -> tuple[bytes, int]:
    peer = pytest.importorskip("pdqhash", reason="the reference PDQ is one of the optional peers")
    coloured = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    bits, quality = peer.compute(np.ascontiguousarray(coloured))
    return np.packbits(bits.astype(np.uint8)).tobytes(), int(quality)


@pytest.mark.parametrize("size", [(5, 5), (7, 300), (63, 64), (64, 64), (65, 127), (128, 129), (320, 240), (1023, 641)])
@pytest.mark.parametrize("seed", range(4))
def test_the_reference_is_met_on_the_same_pixels(seed: int, size: tuple[int, int]) -> None:
    pixels = np.asarray(scene(seed, *size))
    (hashed, quality), (expected, expected_quality) = ours(pixels), reference(pixels)
    assert distance(hashed, expected) <= 2
    assert quality == expected_quality


def proven_ties(pixels: Pixels) -> int:
    """The bits that arithmetic of 32 bits cannot decide: terms as near to the median as its rounding errors reach."""
    reduced = eight(pixels)[0].astype(np.float64)
    terms = (pdq.dct() @ reduced @ pdq.dct().T).ravel()
    rounding = np.finfo(np.float32).eps * 64 * 255
    undecidable = np.abs(terms - np.sort(terms)[127]) < rounding
    return int.from_bytes(np.packbits(undecidable[::-1]).tobytes())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 400), st.integers(5, 400), st.booleans())
def test_the_reference_is_met_but_for_proven_ties(seed: int, width: int, height: int, grey: bool) -> None:
    """Where a picture is smaller than 64 pixels, whole rows of DCT terms are equal, and rounding decides."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels = noise[..., 0] if grey else noise
    (hashed, quality), (expected, expected_quality) = ours(pixels), reference(pixels)
    assert (int.from_bytes(hashed) ^ int.from_bytes(expected)) & ~proven_ties(pixels) == 0
    assert abs(quality - expected_quality) <= 1
    if min(width, height) >= pdq.SIDE:
        assert distance(hashed, expected) <= 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 300), st.integers(5, 300), st.sampled_from(Orientation))
def test_an_orientation_is_that_of_the_pixels(seed: int, width: int, height: int, orientation: Orientation) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    shown = np.ascontiguousarray(turned(pixels, orientation))
    for found, expected in zip(hashes(eight(pixels, orientation)), hashes(eight(shown)), strict=True):
        assert distance(found, expected) <= 2
    assert distance(hashes(eight(pixels))[orientation], hashes(eight(shown))[0]) <= 2


def test_the_complement_is_the_hash_of_the_negative() -> None:
    pixels = np.asarray(scene(3))
    assert distance(pdq.complement(ours(pixels)[0]), ours(255 - pixels)[0]) <= 2


@settings(max_examples=50, deadline=None)
@given(st.integers(5, 3000))
def test_an_operator_averages(side: int) -> None:
    rows = reduction.pdq_filter(side)
    assert rows.shape == (64, side)
    assert np.allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert rows.toarray().min() >= -1e-12


def test_a_flat_picture_has_no_quality() -> None:
    assert ours(np.full((100, 100, 3), 77, np.uint8))[1] == 0
