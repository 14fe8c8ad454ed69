"""Bytes become readings: each format, each mode, each honest way to look at the picture."""

from io import BytesIO

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.picture.hashed import HashedPicture
from matcher.picture.media_types import MediaType
from matcher.picture.readings import hash_picture
from matcher.worker.samples import SAMPLES
from tests.matcher.picture.test_pdq import distance
from tests.matcher.pictures import encode, jpeg, png, png_of_size, scene, with_alpha

SCENE = scene(7)


def hashed(untrusted: bytes, limits: ExaminationLimits | None = None) -> HashedPicture:
    return hash_picture(untrusted, limits or ExaminationLimits())


def named(picture: HashedPicture, name: str) -> bytes:
    return {reading.steps.name: reading.pdq for reading in picture.readings}[name]


def plain(picture: Image.Image) -> bytes:
    return named(hashed(png(picture)), "plain")


def nearest(picture: HashedPicture, expected: bytes) -> tuple[int, str]:
    """The reading that comes closest to a hash."""
    return min((distance(reading.pdq, expected), reading.steps.name) for reading in picture.readings)


@pytest.mark.parametrize(
    ("media_type", "file_format", "options"),
    [
        (MediaType.JPEG, "JPEG", {"quality": 90}),
        (MediaType.JPEG, "JPEG", {"quality": 90, "progressive": True}),
        (MediaType.PNG, "PNG", {}),
        (MediaType.WEBP, "WEBP", {"quality": 90}),
        (MediaType.WEBP, "WEBP", {"lossless": True}),
        (MediaType.AVIF, "AVIF", {"quality": 90, "speed": 9}),
        (MediaType.HEIC, "HEIF", {"quality": 90}),
        (MediaType.BMP, "BMP", {}),
        (MediaType.TIFF, "TIFF", {}),
        (MediaType.TIFF, "TIFF", {"compression": "tiff_lzw"}),
        (MediaType.TIFF, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (MediaType.JPEG_2000, "JPEG2000", {}),
        (MediaType.JPEG_2000, "JPEG2000", {"no_jp2": True}),
    ],
)
def test_formats(media_type: MediaType, file_format: str, options: dict[str, object]) -> None:
    found = hashed(encode(SCENE, file_format, **options))
    assert (found.media_type, found.width, found.height, found.undecided) == (media_type, 320, 240, None)
    assert distance(named(found, "plain"), plain(SCENE)) <= 6


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "TIFF", "BMP"])
def test_palettes_are_looked_up(file_format: str) -> None:
    found = hashed(encode(SCENE.quantize(64), file_format))
    assert distance(named(found, "plain"), plain(SCENE)) <= 16


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "L", "LAB"])
def test_colour_modes(mode: str) -> None:
    source = SCENE.convert("L").convert("RGB") if mode in {"L", "LAB"} else SCENE
    picture = (
        Image.merge("LAB", (source.getchannel(0),) + (Image.new("L", SCENE.size, 128),) * 2)
        if mode == "LAB"
        else source.convert(mode)
    )
    found = hashed(encode(picture, "TIFF"))
    assert distance(named(found, "plain"), plain(source)) <= 4


def test_cmyk_jpeg_is_no_negative() -> None:
    assert distance(named(hashed(jpeg(SCENE.convert("CMYK"))), "plain"), plain(SCENE)) <= 10


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_levels_are_not_clipped(dtype: type) -> None:
    grey = np.asarray(SCENE.convert("L"))
    deep = Image.fromarray(grey.astype(dtype) * (1 if dtype is np.float32 else 257))
    found = hashed(encode(deep, "TIFF"))
    assert distance(named(found, "plain"), plain(SCENE.convert("L"))) <= 4
    assert found.undecided is None


def test_levels_that_are_no_numbers() -> None:
    levels = np.asarray(SCENE.convert("L")).astype(np.float32)
    levels[:3, :5] = (np.nan, np.inf, -np.inf, 1e38, -1e38)
    assert hashed(encode(Image.fromarray(levels), "TIFF")).undecided in {None, UndecidedReason.TOO_FLAT}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = jpeg(SCENE, exif=exif)
    shown = ImageOps.exif_transpose(Image.open(BytesIO(stored)))
    found = hashed(stored)
    assert (found.width, found.height) == shown.size
    assert distance(named(found, "plain"), plain(shown)) <= 2


def test_broken_exif_hides_nothing() -> None:
    found = hashed(jpeg(SCENE, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40))
    assert distance(named(found, "plain"), plain(SCENE)) <= 4


def test_transparency_is_read_in_every_way() -> None:
    drawing = np.asarray(SCENE.convert("L"))
    for level, reading in ((0, "alpha-white"), (255, "alpha-black")):
        found = hashed(png(with_alpha(Image.new("RGB", SCENE.size, (level,) * 3), drawing)))
        expected = plain(Image.fromarray(drawing if level else 255 - drawing))
        assert distance(named(found, reading), expected) <= 4
    opaque = hashed(png(with_alpha(SCENE, np.full((240, 320), 255, np.uint8))))
    assert {reading.steps.name.split("/")[0] for reading in opaque.readings} == {"plain"}


def test_transparency_of_a_palette() -> None:
    found = hashed(encode(SCENE.quantize(16), "PNG", transparency=0))
    assert {"plain", "alpha-white", "alpha-black"} <= {reading.steps.name for reading in found.readings}


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF", "MPO", "HEIF"])
def test_every_frame_is_hashed(file_format: str) -> None:
    frames = [scene(seed, 160, 120) for seed in (1, 2, 3)]
    found = hashed(encode(frames[0], file_format, save_all=True, append_images=frames[1:]))
    for number, frame in enumerate(frames, 1):
        bits, name = nearest(found, plain(frame))
        assert bits <= 20
        assert name == ("plain" if number == 1 else f"frame-{number}")
    assert found.undecided is None


def test_every_size_of_an_icon_is_hashed() -> None:
    small, large = scene(4, 32, 32), scene(5, 64, 64)
    found = hashed(encode(large, "ICO", sizes=[(32, 32), (64, 64)], append_images=[small]))
    assert nearest(found, plain(small))[0] <= 2
    assert nearest(found, plain(large))[0] <= 2


def test_frames_beyond_the_limit_are_said() -> None:
    frames = [scene(seed, 64, 48) for seed in range(5)]
    animation = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found = hashed(animation, ExaminationLimits(max_frames=4))
    assert found.undecided is UndecidedReason.TOO_MANY_FRAMES
    assert nearest(found, plain(frames[3]))[0] <= 20
    assert hashed(animation, ExaminationLimits(max_frames=5)).undecided is None


def test_the_embedded_thumbnail_is_hashed() -> None:
    other = scene(11, 160, 120)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + jpeg(other)
    found = hashed(jpeg(SCENE, exif=exif))
    assert distance(named(found, "thumbnail"), plain(other)) <= 6
    assert found.undecided is None


@pytest.mark.parametrize("border", [(16, 0, 0, 0), (0, 40, 0, 40), (12, 12, 12, 12)])
@pytest.mark.parametrize("colour", ["black", "white", (90, 20, 140)])
def test_uniform_borders_are_removed(border: tuple[int, ...], colour: str | tuple[int, ...]) -> None:
    left, top, right, bottom = border
    framed = Image.new("RGB", (320 + left + right, 240 + top + bottom), colour)
    framed.paste(SCENE, (left, top))
    found = hashed(jpeg(framed))
    assert distance(named(found, "unbordered"), plain(SCENE)) <= 10


def test_borders_within_borders_are_removed() -> None:
    letterbox = Image.new("RGB", (320, 300), "black")
    letterbox.paste(SCENE, (0, 30))
    page = Image.new("RGB", (400, 400), "white")
    page.paste(letterbox, (40, 50))
    assert distance(named(hashed(jpeg(page)), "unbordered"), plain(SCENE)) <= 10


def test_what_is_nothing_but_border_stays_as_it_is() -> None:
    assert all(not reading.steps.unbordered for reading in hashed(png(Image.new("L", (90, 80), 9))).readings)


def test_turned_mirrored_and_negative() -> None:
    found = hashed(png(SCENE))
    for name, changed in (
        ("plain/mirrored", ImageOps.mirror(SCENE)),
        ("plain/flipped", ImageOps.flip(SCENE)),
        ("plain/rotated-90", SCENE.transpose(Image.Transpose.ROTATE_270)),
        ("plain/rotated-180", SCENE.transpose(Image.Transpose.ROTATE_180)),
        ("plain/rotated-270", SCENE.transpose(Image.Transpose.ROTATE_90)),
        ("plain/transposed", SCENE.transpose(Image.Transpose.TRANSPOSE)),
        ("plain/transversed", SCENE.transpose(Image.Transpose.TRANSVERSE)),
        ("plain/negative", ImageOps.invert(SCENE)),
    ):
        theirs = {reading.steps.name: reading for reading in hashed(png(changed)).readings}["plain"]
        mine = {reading.steps.name: reading for reading in found.readings}[name]
        assert distance(mine.pdq, theirs.pdq) <= 2, name
        assert distance(mine.phash, theirs.phash) <= 12, name


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "JPEG2000"])
def test_truncated_files_are_hashed_as_far_as_they_go(file_format: str) -> None:
    whole = encode(SCENE, file_format)
    found = hashed(whole[: len(whole) * 3 // 4])
    assert found.undecided is UndecidedReason.TRUNCATED
    assert found.readings


@pytest.mark.parametrize(("kept", "bits"), [(0.95, 16), (0.9, 31), (0.8, 63)])
def test_a_truncated_picture_is_also_read_with_its_columns_continued(kept: float, bits: int) -> None:
    whole = jpeg(SCENE)
    found = hashed(whole[: int(len(whole) * kept)])
    assert found.undecided is UndecidedReason.TRUNCATED
    assert not [reading for reading in found.readings if "truncated" not in reading.steps.name]
    filled = distance(named(found, "truncated/filled"), plain(SCENE))
    assert filled <= bits
    assert filled < distance(named(found, "truncated"), plain(SCENE))


def test_a_picture_that_lacks_most_of_its_rows_is_not_continued() -> None:
    whole = jpeg(SCENE)
    found = hashed(whole[: len(whole) // 2])
    assert not [reading for reading in found.readings if "filled" in reading.steps.name]


def test_nothing_left_of_a_picture_is_broken() -> None:
    assert hashed(jpeg(SCENE)[:20]).undecided is UndecidedReason.BROKEN
    assert hashed(b"\x89PNG\r\n\x1a\n").undecided is UndecidedReason.BROKEN


@pytest.mark.parametrize("size", [(13_000, 13_000), (5001, 5001), (1, 30_000_000)])
def test_bombs_are_refused_by_their_header(size: tuple[int, int]) -> None:
    assert hashed(png_of_size(*size)).undecided is UndecidedReason.TOO_MANY_PIXELS


def test_the_pixel_limit_is_exact() -> None:
    assert hashed(png(scene(1, 100, 50)), ExaminationLimits(max_pixels=5000)).undecided is None
    assert (
        hashed(png(scene(1, 100, 50)), ExaminationLimits(max_pixels=4999)).undecided is UndecidedReason.TOO_MANY_PIXELS
    )


def test_many_scans_are_refused() -> None:
    scans = jpeg(SCENE, progressive=True)
    pixels = SCENE.width * SCENE.height
    assert hashed(scans, ExaminationLimits(max_pixels=pixels, max_scans=3)).undecided is UndecidedReason.TOO_MANY_SCANS
    assert hashed(scans, ExaminationLimits(max_pixels=pixels * 4, max_scans=3)).undecided is None, (
        "a small picture may have more"
    )
    assert hashed(scans).undecided is None


def test_a_flat_picture_is_undecided() -> None:
    assert hashed(png(Image.new("RGB", (200, 200), "red"))).undecided is UndecidedReason.TOO_FLAT
    assert hashed(png(Image.new("RGB", (1, 1), "red"))).undecided is UndecidedReason.TOO_FLAT


def test_the_second_opinion_is_imagehash() -> None:
    picture = scene(9, 500, 400)
    expected = imagehash.phash(picture, hash_size=16)
    assert hashed(png(picture)).readings[0].phash.hex() == str(expected)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_files_end_with_an_answer(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for at in data.draw(st.lists(st.integers(0, len(sample) - 1), max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sample)))
    for untrusted in (bytes(damaged), bytes(damaged[:cut])):
        found = hashed(untrusted, ExaminationLimits(max_pixels=1_000_000, seconds_per_picture=4))
        assert found.readings or found.undecided


def test_every_sample_is_decoded() -> None:
    for sample in SAMPLES:
        found = hashed(sample)
        assert found.readings
        assert found.undecided in {None, UndecidedReason.TOO_FLAT}
