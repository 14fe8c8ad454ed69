"""Rasters wrapped in drawings."""

import base64
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.picture.media_types import MediaType, sniff
from matcher.picture.readings import hash_picture
from matcher.picture.svg import embedded, is_svg
from tests.matcher.picture.test_pdq import distance
from tests.matcher.pictures import jpeg, png, scene

PICTURE = png(scene(31, 120, 90))


def drawing(address: str) -> bytes:
    return f'<?xml version="1.0"?><!-- a --><svg xmlns="x"><image href="{address}"/></svg>'.encode()


BASE64 = base64.b64encode(PICTURE).decode()


@pytest.mark.parametrize(
    "address",
    [
        f"data:image/png;base64,{BASE64}",
        f"data:image/png;charset=utf-8;BASE64,{quote(BASE64)}",
        "data:image/png;base64," + "&#10;".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76)),
        "data:image/png;base64," + BASE64.replace("+", "&#x2B;"),
        "data:image/png," + quote(PICTURE),
    ],
)
def test_ways_of_embedding(address: str) -> None:
    assert list(embedded(drawing(address))) == [PICTURE]


def test_every_raster_is_hashed_and_the_drawing_stays_undecided() -> None:
    other = jpeg(scene(32, 200, 100))
    both = drawing(f"data:image/png;base64,{BASE64}").replace(
        b"</svg>", b"<image href='data:image/jpeg;base64," + base64.b64encode(other) + b"'/></svg>"
    )
    found = hash_picture(both, ExaminationLimits())
    names = {reading.steps.name: reading.pdq for reading in found.readings}
    for name, source in (("embedded-1", PICTURE), ("embedded-2", other)):
        assert distance(names[name], hash_picture(source, ExaminationLimits()).readings[0].pdq) == 0
    assert (found.media_type, found.undecided) == (MediaType.SVG, UndecidedReason.FORMAT_NOT_SUPPORTED)


def test_a_drawing_without_rasters_is_undecided() -> None:
    found = hash_picture(b"<svg><circle r='1'/></svg>", ExaminationLimits())
    assert (found.readings, found.undecided) == ((), UndecidedReason.FORMAT_NOT_SUPPORTED)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    encoded = drawing(f"data:image/png;base64,{BASE64}").decode().encode(encoding)
    assert sniff(encoded) is MediaType.SVG
    assert list(embedded(encoded)) == [PICTURE]


def test_a_page_is_no_drawing() -> None:
    assert not is_svg(b"<!doctype html><html><svg></svg></html>")


@given(st.binary(max_size=200), st.lists(st.sampled_from([b"data:image/", b",", b"'", b";base64", b"A=&#9;%"])))
def test_any_bytes_have_parts(noise: bytes, pieces: list[bytes]) -> None:
    assert all(isinstance(part, bytes) for part in embedded(noise.join(pieces)))


@pytest.mark.parametrize("repeated", [b"<?a?>", b"<!--a-->", b"<!DOCTYPE a>", b"<!DOCTYPE [", b" ", b"<"])
def test_hostile_prologues_cost_nothing(repeated: bytes) -> None:
    started = time.process_time()
    is_svg(repeated * 100_000)
    assert time.process_time() - started < 1
