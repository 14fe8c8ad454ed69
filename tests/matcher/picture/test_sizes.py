"""Entries made at any of the three sizes are found, and the published vectors met."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matcher.limits import ExaminationLimits
from matcher.picture.downscale import fitted_size
from matcher.picture.readings import hash_picture
from tests.matcher.picture.test_pdq import distance, ours
from tests.matcher.pictures import png, scene

VECTORS = {
    "misc-images/b.jpg": "d8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22",
    "misc-images/c.png": "e64cc9d91e623842f8d1f1d9a398e78c9f199a3bd87924f2b7e11e0bf061b064",
    "misc-images/wee.jpg": "6227401f601ff4ccafcc9fad4b0d95d371a2eb7265a3285234d228ca94deeb2d",
    "reg-test-input/labelme-subset/q0003.jpg": "54a977c221d14c1c43ba5e6e21d4a13989a3553f1462611cbb85fda7be83b677",
    "reg-test-input/labelme-subset/q0004.jpg": "992d44af36d69e6ca6b812585928bac11def254ef5398c6d07466c9abcc65b92",
    "reg-test-input/labelme-subset/q0122.jpg": "cfb2009ddd21c6dab0046a7745b5984757a8a4535b3377aea2591d32b33ff940",
    "reg-test-input/labelme-subset/q1050.jpg": "489db672e9190276d452aeab41eba20f02375fe4092d88defdf491a5c55c5f70",
}
"""Published with the reference implementation (facebook/ThreatExchange, `pdq/data`)."""


def named(untrusted: bytes) -> dict[str, bytes]:
    return {reading.steps.name: reading.pdq for reading in hash_picture(untrusted, ExaminationLimits()).readings}


@pytest.mark.parametrize("size", [(513, 100), (700, 513), (600, 900), (1023, 769), (1500, 600)])
def test_entries_made_at_any_size_are_found(size: tuple[int, int]) -> None:
    picture = scene(sum(size), *size)
    fitted = picture.copy()
    fitted.thumbnail((512, 512))
    found = named(png(picture))
    for name, shown in (
        ("plain", picture),
        ("plain/fit-512", fitted),
        ("plain/square-512", picture.resize((512, 512), Image.Resampling.BICUBIC)),
    ):
        assert distance(found[name], ours(np.asarray(shown))[0]) <= 4, name
    nearest = ours(np.asarray(picture.resize((512, 512), Image.Resampling.NEAREST)))[0]
    assert min(distance(hashed, nearest) for hashed in found.values()) <= 16


def test_a_picture_that_fits_has_one_size() -> None:
    assert {"plain/fit-512", "plain/square-512"}.isdisjoint(named(png(scene(1, 512, 512))))


@pytest.mark.parametrize("size", [(513, 2), (640, 480), (1000, 999), (999, 1000), (3000, 17), (17, 3000), (1921, 1081)])
def test_the_fitted_size_is_pillows(size: tuple[int, int]) -> None:
    picture = Image.new("L", size)
    picture.thumbnail((512, 512))
    assert fitted_size(size[1], size[0]) == (picture.height, picture.width)


@pytest.mark.parametrize("exif", range(1, 9))
def test_the_size_is_that_of_the_picture_as_shown(exif: int) -> None:
    """Not of the pixels as stored: filter and decimation lean to one side."""
    picture = scene(77, 900, 600)
    tags = Image.Exif()
    tags[0x0112] = exif
    stored = png(picture, exif=tags)
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(exif)
    shown = picture if turn is None else picture.transpose(Image.Transpose(turn))
    for name, hashed in named(png(shown)).items():
        assert distance(named(stored)[name], hashed) <= 4, name


@pytest.mark.parametrize(("name", "expected"), VECTORS.items())
def test_published_vectors(name: str, expected: str) -> None:
    folder = os.environ.get("SIGHTLINE_PDQ_DATA")
    if folder is None:
        pytest.skip("the reference's pictures are not ours to ship: name its pdq/data in SIGHTLINE_PDQ_DATA")
    found = named((Path(folder) / name).read_bytes())
    assert min(distance(hashed, bytes.fromhex(expected)) for hashed in found.values()) <= 2
