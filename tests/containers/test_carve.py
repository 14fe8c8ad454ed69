"""Pictures embedded in other files are found by their beginnings, and end where their structure says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.containers.carve import BEGINNINGS_MOST, Carver
from matcher.containers.kinds import may_hold_pictures
from matcher.containers.open import open_container
from tests.containers.making import JPEG, PNG, zipped
from tests.matcher.pictures import encode, scene

GIF, WEBP = encode(scene(3, 32, 24), "GIF"), encode(scene(4, 32, 24), "WEBP")


def carved(untrusted: bytes) -> list[tuple[int, bytes]]:
    return [(place.start, untrusted[place]) for place in Carver(untrusted).pictures()]


@pytest.mark.parametrize("picture", [JPEG, PNG, GIF, WEBP], ids=["JPEG", "PNG", "GIF", "WebP"])
@pytest.mark.parametrize("before", [b"\x00", b"junk\x00\x01", b"%PDF-1.4\nstream\n", b"words " * 1_000])
def test_a_picture_behind_other_bytes_is_found(picture: bytes, before: bytes) -> None:
    whole = before + picture + b"\x00after"
    assert carved(whole) == [(len(before), picture)]
    assert may_hold_pictures(whole)
    assert open_container(whole).files[0].untrusted_bytes == picture
    assert open_container(whole).files[0].carved


def test_pictures_in_a_row_are_found_apart() -> None:
    assert [picture for _, picture in carved(b"\x00" + JPEG + PNG + b"\x01" + GIF + WEBP)] == [JPEG, PNG, GIF, WEBP]


def test_a_thumbnail_within_a_picture_is_found_and_does_not_end_it() -> None:
    outer = JPEG[:2] + b"\xff\xe1" + (len(JPEG) + 2).to_bytes(2, "big") + JPEG + JPEG[2:]
    assert carved(b"\x00" + outer) == [(1, outer), (7, JPEG)]


@pytest.mark.parametrize("picture", [JPEG, PNG, GIF, WEBP], ids=["JPEG", "PNG", "GIF", "WebP"])
def test_neither_a_truncated_picture_nor_a_lying_length_hides_the_next(picture: bytes) -> None:
    half = picture[: len(picture) // 2]
    found = [body for _, body in carved(b"\x00" + half + JPEG)]
    assert found[0].startswith(half)
    assert found[-1] == JPEG


@pytest.mark.parametrize("unit", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\xff\xff\x00WEBPVP8"])
def test_a_million_beginnings_take_linear_time(unit: bytes) -> None:
    started, carver = time.process_time(), Carver(b"\x00" + unit * (2**24 // len(unit)))
    assert sum(1 for _ in carver.pictures()) <= BEGINNINGS_MOST
    assert carver.cut
    assert time.process_time() - started < 10


@given(st.binary(max_size=400), st.sampled_from([JPEG, PNG, GIF, WEBP]))
def test_any_bytes_are_searched(noise: bytes, picture: bytes) -> None:
    for offset, body in carved(noise + picture[: len(noise)] + noise):
        assert offset >= 1
        assert body


@pytest.mark.parametrize("picture", [JPEG, PNG, GIF, WEBP], ids=["JPEG", "PNG", "GIF", "WebP"])
def test_what_is_appended_to_a_picture_is_found(picture: bytes) -> None:
    assert not may_hold_pictures(picture)
    assert not may_hold_pictures(picture + b"words")
    for appended in (JPEG, b"between" + PNG):
        whole = picture + appended
        assert may_hold_pictures(whole)
        (file,) = open_container(whole).files
        assert appended.endswith(file.untrusted_bytes)
    whole = picture + zipped({"a.jpg": JPEG})
    assert may_hold_pictures(whole)
    (file,) = open_container(whole).files
    assert (file.untrusted_path, file.untrusted_bytes) == (f"{len(picture)}/appended!1/a.jpg", JPEG)


def test_a_truncated_picture_has_nothing_appended() -> None:
    assert not may_hold_pictures(JPEG[:-2])
    assert not may_hold_pictures(PNG[:-12])
