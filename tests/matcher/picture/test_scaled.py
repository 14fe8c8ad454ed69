"""No verdict differs from the slow path's: large JPEGs of many kinds, scaled and in full, against the same judge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest
from PIL import Image

from matcher.fingerprint import Fingerprint, Reading, digest
from matcher.identifiers import Identifier
from matcher.limits import ExaminationLimits
from matcher.matching.examiner import PictureExaminer, is_near
from matcher.picture.detail import QUALITY_FLOOR
from matcher.picture.hashed import SLACK_BITS, HashedPicture
from matcher.picture.readings import hash_picture
from matcher.verdict import ListInForce, Match, Outcome, Verdict
from tests.matcher.picture.test_pdq import distance
from tests.matcher.pictures import jpeg, scene

PICTURES = 40
THRESHOLD = 31


def grainy(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.asarray(picture).astype(np.float64)
    return Image.fromarray(np.clip(pixels + random.normal(0, 10, pixels.shape), 0, 255).astype(np.uint8))


def harsh(picture: Image.Image, _random: np.random.Generator) -> Image.Image:
    """So much contrast that half of the pixels are clipped: where scaling and clipping do not commute."""
    pixels = np.asarray(picture).astype(np.float64)
    return Image.fromarray(np.clip((pixels - 128) * 3 + 128, 0, 255).astype(np.uint8))


def faint(picture: Image.Image, _random: np.random.Generator) -> Image.Image:
    pixels = np.asarray(picture).astype(np.float64)
    return Image.fromarray(((pixels - 128) * 0.1 + 128).astype(np.uint8))


def plain(picture: Image.Image, _random: np.random.Generator) -> Image.Image:
    return picture


def framed(picture: Image.Image, _random: np.random.Generator) -> Image.Image:
    out = Image.new("RGB", (picture.width + 90, picture.height + 60), "white")
    out.paste(picture, (45, 30))
    return out


KINDS: tuple[Callable[[Image.Image, np.random.Generator], Image.Image], ...] = (plain, grainy, harsh, faint, framed)


def generated(seed: int) -> bytes:
    """A JPEG of another size, kind, quality, subsampling and orientation for each seed."""
    random = np.random.default_rng(seed)
    width, height = (int(side) for side in random.integers(1024, 1250, 2))
    enlarged = scene(seed, width // 4, height // 4).resize((width, height), Image.Resampling.BICUBIC)
    picture = KINDS[seed % len(KINDS)](enlarged, random)
    exif = Image.Exif()
    exif[0x0112] = int(random.integers(1, 9))
    options = {"quality": int(random.integers(25, 97)), "subsampling": int(random.integers(0, 3)), "exif": exif}
    return jpeg(picture, progressive=bool(seed % 2), **options)


@cache
def hashed(untrusted_picture: bytes, *, full: bool) -> HashedPicture:
    return hash_picture(untrusted_picture, ExaminationLimits(), full=full)


class InProcess:
    """`Hasher` without a worker, that hashes each picture once."""

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        found = hashed(untrusted_picture, full=full)
        readings = tuple(Reading(r.steps.name, r.pdq, r.quality, r.phash) for r in found.readings)
        size, media_type = len(untrusted_picture), found.media_type or ""
        shape = (found.width, found.height)
        return Fingerprint(digest(untrusted_picture), size, media_type, *shape, readings, found.undecided, found.scaled)

    def suspects(self) -> tuple[bytes, ...]:
        return ()

    @contextmanager
    def leased(self) -> Iterator["InProcess"]:
        yield self

    def close(self) -> None:
        """Nothing to end."""


class OneEntry:
    """`Judge` that holds one entry, as strictly as the real one: near, above the quality floor, or undecided."""

    def __init__(self, entry: bytes) -> None:
        self.entry = entry

    def judge(self, found: Fingerprint) -> Verdict:
        usable = [reading for reading in found.readings if reading.quality >= QUALITY_FLOOR]
        if any(distance(reading.pdq, self.entry) <= THRESHOLD for reading in usable):
            return Verdict(Outcome.MATCHED)
        return Verdict(Outcome.UNDECIDED, reason=found.undecided) if found.undecided else Verdict(Outcome.NO_MATCH)

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        del identifier
        return ()

    def could_match(self, found: Fingerprint, slack_bits: int) -> bool:
        return any(distance(reading.pdq, self.entry) <= THRESHOLD + slack_bits for reading in found.readings)

    def lists(self) -> tuple[ListInForce, ...]:
        return ()


def turned_bits(hashed: bytes, count: int, random: np.random.Generator) -> bytes:
    turned = int.from_bytes(hashed)
    for bit in random.choice(256, count, replace=False):
        turned ^= 1 << int(bit)
    return turned.to_bytes(32)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[bytes, Fingerprint, Fingerprint]]:
    """Each picture with its fingerprint as the fast path gives it first, and in full."""
    hasher = InProcess()
    files = [generated(seed) for seed in range(PICTURES)]
    return [(file, hasher.fingerprint(file), hasher.fingerprint(file, full=True)) for file in files]


def test_scaled_readings_stay_within_the_slack(pairs: list[tuple[bytes, Fingerprint, Fingerprint]]) -> None:
    for _, fast, full in pairs:
        if not fast.scaled:
            continue
        theirs = {reading.name: reading for reading in full.readings}
        for reading in fast.readings:  # equal readings are given once, under the first of their names
            nearest = theirs.get(reading.name) or theirs["plain/fit-512"]
            assert distance(reading.pdq, nearest.pdq) <= SLACK_BITS
        assert is_near(fast, full)
        assert (fast.width, fast.height) == (full.width, full.height)


def test_the_fast_path_is_taken(pairs: list[tuple[bytes, Fingerprint, Fingerprint]]) -> None:
    """Without this, the proof beside it would hold of a path that is never used."""
    assert sum(fast.scaled for _, fast, _ in pairs) > PICTURES // 3


@pytest.mark.parametrize("bits", [0, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1, THRESHOLD + SLACK_BITS, 63, 128])
def test_no_verdict_differs_from_the_slow_paths(pairs: list[tuple[bytes, Fingerprint, Fingerprint]], bits: int) -> None:
    """Entries at every distance that matters, from a reading of each picture drawn by lot."""
    random = np.random.default_rng(bits)
    for file, _, full in pairs:
        if not full.readings:
            continue
        reading = full.readings[int(random.integers(len(full.readings)))]
        judge = OneEntry(turned_bits(reading.pdq, bits, random))
        examiner = PictureExaminer(InProcess(), judge, lot=lambda _one_in: False)
        assert examiner.examine(file).verdict == judge.judge(full)
