"""Generated pictures: the same each time, far from each other, and decoded as what they claim to be."""

from itertools import permutations

import numpy as np
import pytest

from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.picture.media_types import sniff
from matcher.picture.readings import hash_picture
from scanner.rehearsal import pictures
from scanner.rehearsal.gallery import KNOWN, UNKNOWN, plain

SEEDS = (*KNOWN.values(), *UNKNOWN)
LIMITS = ExaminationLimits()


def bits_apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_a_seed_gives_one_picture() -> None:
    assert np.array_equal(pictures.paint(1), pictures.paint(1))
    assert not np.array_equal(pictures.paint(1), pictures.paint(2))


def test_all_pictures_are_rich_and_far_apart_in_every_orientation() -> None:
    hashed = {seed: hash_picture(plain(seed), LIMITS).readings for seed in SEEDS}
    assert min(readings[0].quality for readings in hashed.values()) >= 80
    nearest = min(
        bits_apart(hashed[one][0].pdq, reading.pdq)
        for one, other in permutations(SEEDS, 2)
        for reading in hashed[other]
    )
    assert nearest > 90


@pytest.mark.parametrize("name", [*pictures.EDITS, *pictures.FORMATS])
def test_each_form_is_a_whole_picture_near_its_original(name: str) -> None:
    encode = {**pictures.EDITS, **pictures.FORMATS}[name]
    original = hash_picture(plain(3), LIMITS).readings[0]
    form = hash_picture(encode(pictures.paint(3)), LIMITS)
    assert form.undecided is None
    assert min(bits_apart(original.pdq, reading.pdq) for reading in form.readings) <= 31


def test_formats_are_what_their_names_say() -> None:
    endings = {"jpg": "jpeg", "tif": "tiff"}
    for name, encode in pictures.FORMATS.items():
        ending = name.rpartition(".")[2]
        assert str(sniff(encode(pictures.paint(3)))).endswith(endings.get(ending, ending)), name


def test_pictures_that_cannot_be_decided_say_why() -> None:
    assert hash_picture(pictures.flat(), LIMITS).undecided is UndecidedReason.TOO_FLAT
    assert hash_picture(pictures.broken(), LIMITS).undecided is UndecidedReason.BROKEN
    half = pictures.truncated(pictures.paint(KNOWN["R-02"]), 0.5)
    assert hash_picture(half, LIMITS).undecided is UndecidedReason.TRUNCATED
