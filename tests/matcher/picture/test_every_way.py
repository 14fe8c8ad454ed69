"""Every way in which a picture may come, through a real, confined worker: it is found in the reading that is named."""

import struct
from collections.abc import Callable, Iterator

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageOps

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.worker.hasher import WorkerHasher
from tests.matcher.picture.test_pdq import distance
from tests.matcher.pictures import animation, encode, jpeg, jpeg_xl, png, scene, with_alpha

SCENE, OTHER = scene(1, 400, 300), scene(2, 400, 300)
GREY = SCENE.convert("L")
LEVELS = np.asarray(GREY)
HALF = ((LEVELS > 90) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def hasher() -> Iterator[WorkerHasher]:
    hasher = WorkerHasher(1, ExaminationLimits(max_frames=3))
    yield hasher
    hasher.close()


@pytest.fixture(scope="module")
def wanted(hasher: WorkerHasher) -> bytes:
    return hasher.fingerprint(png(SCENE), full=True).readings[0].pdq


def nearest(found: Fingerprint, wanted: bytes) -> tuple[int, str]:
    return min((distance(reading.pdq, wanted), reading.name) for reading in found.readings)


def without_adobe(untrusted_jpeg: bytes) -> bytes:
    """A JPEG without its Adobe marker, which says what its four channels are."""
    kept, at = bytearray(untrusted_jpeg[:2]), 2
    while untrusted_jpeg[at + 1] != 0xDA:
        length = 2 + int.from_bytes(untrusted_jpeg[at + 2 : at + 4], "big")
        if untrusted_jpeg[at + 1] != 0xEE:
            kept += untrusted_jpeg[at : at + length]
        at += length
    return bytes(kept + untrusted_jpeg[at:])


def with_thumbnail(picture: Image.Image, thumbnail: bytes) -> bytes:
    """A JPEG whose EXIF carries this thumbnail, as cameras lay it down: in the second directory."""
    tags = struct.pack("<HHHIIHHII", 2, 0x201, 4, 1, 44, 0x202, 4, 1, len(thumbnail))
    head = b"Exif\0\0II*\0" + struct.pack("<IHI", 8, 0, 14)
    return jpeg(picture, exif=head + tags + bytes(4) + thumbnail)


def with_photoshop(picture: Image.Image, thumbnail: bytes) -> bytes:
    """A JPEG with the thumbnail that Photoshop leaves in it (resource 1036)."""
    whole = jpeg(picture)
    data = bytes(28) + thumbnail
    block = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", 1036, 0, len(data)) + data + bytes(len(data) % 2)
    return whole[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + whole[2:]


def tiff(levels: np.ndarray) -> bytes:
    return encode(Image.fromarray(levels), "TIFF")


def cursor() -> bytes:
    icon = bytearray(encode(SCENE.resize((256, 192)), "ICO", sizes=[(16, 12), (256, 192)], bitmap_format="bmp"))
    icon[2] = 2
    for entry in (6, 22):
        icon[entry + 4 : entry + 8] = struct.pack("<HH", 3, 32)  # the point
    return bytes(icon)


def turned_jpeg_xl(picture: Image.Image) -> bytes:
    """A JPEG XL of 300 x 400 whose header says that it is to be turned clockwise by 90 degrees (orientation 6).

    Its first five bytes are the size (26 bits) and the metadata: there the extra fields are put in, orientation first,
    and that the mapping of tones is as by default.
    """
    whole = jpeg_xl(picture)
    bits = f"{int.from_bytes(whole[2:7], 'little'):040b}"[::-1]
    wider = (bits[:27] + "1" + "101" + "000" + bits[28:35] + "1" + bits[35:])[:48]
    return whole[:2] + int(wider[::-1], 2).to_bytes(6, "little") + whole[7:]


SMALL = jpeg(SCENE.resize((160, 120)))
FRAMED = ImageOps.expand(ImageOps.expand(SCENE, (0, 60), "black"), (80, 0), "white")
BIG_ENDIAN = Image.frombytes("I;16B", GREY.size, (LEVELS.astype(">u2") * 257).tobytes())
PARTLY = with_alpha(SCENE, np.where(HALF > 0, 255, 128).astype(np.uint8))

WAYS: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "one bit": (lambda: png(GREY.convert("1")), "plain", 16),
    "palette": (lambda: png(SCENE.quantize(128)), "plain", 31),
    "palette with one transparent colour": (lambda: encode(SCENE.quantize(128), "PNG", transparency=3), "plain", 31),
    "grey and alpha": (lambda: png(Image.merge("LA", (GREY, Image.fromarray(HALF)))), "plain", 0),
    "in the alpha of black": (
        lambda: png(with_alpha(Image.new("RGB", SCENE.size), LEVELS)), "alpha-white/negative", 2,
    ),
    "in the alpha of white": (
        lambda: png(with_alpha(Image.new("RGB", SCENE.size, "white"), LEVELS)), "alpha-black", 2,
    ),
    "WebP with alpha": (lambda: encode(PARTLY, "WEBP", lossless=True, exact=True), "plain", 0),
    "16 bits": (lambda: png(Image.fromarray(LEVELS.astype(np.uint16) * 257)), "plain", 0),
    "12 of 16 bits": (lambda: png(Image.fromarray(LEVELS.astype(np.uint16) * 16)), "plain", 2),
    "16 bits, big-endian TIFF": (lambda: encode(BIG_ENDIAN, "TIFF"), "plain", 0),
    "32-bit integers": (lambda: tiff(LEVELS.astype(np.int32) * 1000), "plain", 2),
    "floats from 0 to 1": (lambda: tiff((LEVELS / 255).astype(np.float32)), "plain", 2),
    "CMYK JPEG": (lambda: encode(SCENE.convert("CMYK"), "JPEG", quality=92), "plain", 6),
    "CMYK JPEG without its marker": (
        lambda: without_adobe(encode(SCENE.convert("CMYK"), "JPEG", quality=92)), "plain", 6,
    ),
    "CMYK TIFF": (lambda: encode(SCENE.convert("CMYK"), "TIFF"), "plain", 4),
    "YCbCr TIFF": (lambda: encode(SCENE.convert("YCbCr"), "TIFF"), "plain", 4),
    "RGB JPEG": (lambda: jpeg(SCENE, keep_rgb=True), "plain", 4),
    "fax TIFF": (lambda: encode(GREY.convert("1"), "TIFF", compression="group4"), "plain", 16),
    "JPEG TIFF": (lambda: encode(SCENE, "TIFF", compression="jpeg"), "plain", 6),
    "second page of another size": (
        lambda: encode(scene(3, 100, 80), "TIFF", save_all=True, append_images=[SCENE]), "frame-2", 0,
    ),
    "second of an MPO": (lambda: encode(OTHER, "MPO", save_all=True, append_images=[SCENE]), "frame-2", 6),
    "second frame of a PNG": (lambda: encode(OTHER, "PNG", save_all=True, append_images=[SCENE]), "frame-2", 0),
    "behind the still of a PNG": (
        lambda: encode(OTHER, "PNG", save_all=True, append_images=[SCENE], default_image=True), "frame-2", 0,
    ),
    "second frame of a GIF": (lambda: animation(OTHER, SCENE), "frame-2", 20),
    "second frame of a WebP": (lambda: encode(OTHER, "WEBP", save_all=True, append_images=[SCENE]), "frame-2", 8),
    "second frame of an AVIF": (lambda: encode(OTHER, "AVIF", save_all=True, append_images=[SCENE]), "frame-2", 8),
    "second of a HEIC": (lambda: encode(OTHER, "HEIF", save_all=True, append_images=[SCENE]), "frame-2", 8),
    "JPEG 2000": (lambda: encode(SCENE, "JPEG2000"), "plain", 0),
    "JPEG XL": (lambda: jpeg_xl(SCENE), "plain", 0),
    "JPEG XL, lossy": (lambda: jpeg_xl(SCENE, distance=1.0), "plain", 6),
    "JPEG XL in a container": (lambda: jpeg_xl(SCENE, container=True), "plain", 0),
    "JPEG XL, grey": (lambda: jpeg_xl(GREY), "plain", 0),
    "JPEG XL, 16 bits": (lambda: jpeg_xl(SCENE, sixteen=True), "plain", 0),
    "JPEG XL, 12 bits": (
        lambda: bytes(imagecodecs.jpegxl_encode(LEVELS.astype(np.uint16) * 16, bitspersample=12, lossless=True)),
        "plain", 2,
    ),
    "JPEG XL, floats": (
        lambda: bytes(imagecodecs.jpegxl_encode((LEVELS / 255).astype(np.float32), lossless=True)), "plain", 2,
    ),
    "JPEG XL with alpha": (lambda: jpeg_xl(PARTLY), "plain", 0),
    "in the alpha of a black JPEG XL": (
        lambda: jpeg_xl(with_alpha(Image.new("RGB", SCENE.size), LEVELS)), "alpha-white/negative", 2,
    ),
    "JPEG XL made of a JPEG": (lambda: bytes(imagecodecs.jpegxl_encode_jpeg(jpeg(SCENE))), "plain", 6),
    "JPEG XL, turned by its header": (lambda: turned_jpeg_xl(SCENE.transpose(Image.Transpose.ROTATE_90)), "plain", 0),
    "second frame of a JPEG XL": (lambda: jpeg_xl(OTHER, SCENE), "frame-2", 0),
    "third frame of a JPEG XL, behind a blank": (
        lambda: jpeg_xl(OTHER, Image.new("RGB", SCENE.size, (0x5A,) * 3), SCENE), "frame-3", 0,
    ),
    "a cursor's large size": (cursor, "plain", 31),
    "thumbnail of another picture": (lambda: with_thumbnail(OTHER, SMALL), "thumbnail", 24),
    "second preview of another picture": (
        lambda: with_thumbnail(OTHER, jpeg(scene(9, 160, 120)) + SMALL), "thumbnail-2", 24,
    ),
    "Photoshop's thumbnail of another picture": (lambda: with_photoshop(OTHER, SMALL), "thumbnail", 24),
    "a letterbox in a letterbox": (lambda: png(FRAMED), "unbordered", 0),
    "a letterbox in a letterbox, strongly compressed": (lambda: jpeg(FRAMED, quality=40), "unbordered", 8),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_is_found_however_it_comes(hasher: WorkerHasher, wanted: bytes, way: str) -> None:
    make, reading, most_bits = WAYS[way]
    found = hasher.fingerprint(make(), full=True)
    bits, name = nearest(found, wanted)
    assert name == reading
    assert bits <= most_bits
    assert found.undecided is None


CUT = {
    "JPEG": lambda: jpeg(SCENE),
    "progressive JPEG": lambda: jpeg(SCENE, progressive=True),
    "PNG": lambda: png(SCENE),
    "GIF": lambda: animation(SCENE),
    "WebP": lambda: encode(SCENE, "WEBP"),
    "lossless WebP": lambda: encode(SCENE, "WEBP", lossless=True),
    "AVIF": lambda: encode(SCENE, "AVIF"),
    "HEIC": lambda: encode(SCENE, "HEIF"),
    "BMP": lambda: encode(SCENE, "BMP"),
    "TIFF": lambda: encode(SCENE, "TIFF"),
    "JPEG 2000": lambda: encode(SCENE, "JPEG2000"),
    "JPEG 2000 codestream": lambda: encode(SCENE, "JPEG2000", no_jp2=True),
}


@pytest.mark.parametrize("kind", CUT)
def test_what_is_cut_short_is_hashed_as_far_as_it_goes_and_says_so(
    hasher: WorkerHasher, wanted: bytes, kind: str
) -> None:
    whole = CUT[kind]()
    found = hasher.fingerprint(whole[: len(whole) * 19 // 20], full=True)
    assert found.undecided is UndecidedReason.TRUNCATED
    assert nearest(found, wanted)[0] <= 31
    half = hasher.fingerprint(whole[: len(whole) // 2], full=True)
    assert half.undecided is UndecidedReason.TRUNCATED
    assert max(reading.quality for reading in half.readings) > 0
    assert hasher.fingerprint(whole, full=True).undecided is None


@pytest.mark.parametrize("kind", ["progressive JPEG", "JPEG 2000"])
def test_what_a_progression_cut_short_still_shows_whole_is_found(
    hasher: WorkerHasher, wanted: bytes, kind: str
) -> None:
    whole = CUT[kind]()
    found = hasher.fingerprint(whole[: len(whole) * 6 // 10], full=True)
    assert nearest(found, wanted)[0] <= 12


def test_what_lies_before_the_cut_of_an_animation_is_found(hasher: WorkerHasher, wanted: bytes) -> None:
    for kind in ("WEBP", "AVIF"):
        whole = encode(SCENE, kind, save_all=True, append_images=[OTHER])
        found = hasher.fingerprint(whole[: len(whole) * 8 // 10], full=True)
        assert found.undecided is UndecidedReason.TRUNCATED
        assert nearest(found, wanted)[0] <= 8


def test_a_jpeg_xl_cut_short_is_hashed_by_its_whole_groups(hasher: WorkerHasher) -> None:
    large = scene(1, 1200, 900)
    wanted = hasher.fingerprint(png(large), full=True).readings[0].pdq
    whole = jpeg_xl(large)
    for tenths, most_bits in ((5, 256), (9, 31)):
        found = hasher.fingerprint(whole[: len(whole) * tenths // 10], full=True)
        assert found.undecided is UndecidedReason.TRUNCATED
        assert max(reading.quality for reading in found.readings) > 0
        assert nearest(found, wanted)[0] <= most_bits
    assert hasher.fingerprint(whole[: len(whole) // 100], full=True).undecided is UndecidedReason.BROKEN


def test_frames_of_a_jpeg_xl_are_bounded_and_those_before_a_cut_stand(hasher: WorkerHasher, wanted: bytes) -> None:
    whole = jpeg_xl(OTHER, SCENE, *(scene(number, 400, 300) for number in (20, 21)))
    found = hasher.fingerprint(whole, full=True)
    assert found.undecided is UndecidedReason.TOO_MANY_FRAMES
    assert nearest(found, wanted) == (0, "frame-2")
    cut = hasher.fingerprint(whole[: len(whole) * 6 // 10], full=True)
    assert cut.undecided is UndecidedReason.TRUNCATED
    assert nearest(cut, wanted) == (0, "frame-2")


def test_a_jpeg_xl_that_claims_any_size_is_refused_by_its_header(hasher: WorkerHasher) -> None:
    for claimed, reason in (
        (jpeg_xl_claiming(jpeg_xl(SCENE), 60_000, 60_000), UndecidedReason.TOO_MANY_PIXELS),
        (jpeg_xl_claiming(jpeg_xl(SCENE), 2**30, 2**30), UndecidedReason.TOO_MANY_PIXELS),
        (jpeg_xl_claiming(jpeg_xl(SCENE), 4000, 4000), UndecidedReason.BROKEN),
        (b"\xff\x0a", UndecidedReason.BROKEN),
        (jpeg_xl(SCENE, container=True)[:40], UndecidedReason.BROKEN),
    ):
        assert hasher.fingerprint(claimed, full=True).undecided is reason


def jpeg_xl_claiming(untrusted_picture: bytes, width: int, height: int) -> bytes:
    """The picture (4:3, of 15 bits of size) with another size in its header, in its longest form."""
    rest = int.from_bytes(untrusted_picture[2:], "little") >> 15
    size = 3 << 1 | (height - 1) << 3 | 3 << 36 | (width - 1) << 38
    return untrusted_picture[:2] + (rest << 68 | size).to_bytes(len(untrusted_picture) + 8, "little")


def test_frames_beyond_the_bound_are_undecided_and_those_before_it_hashed(hasher: WorkerHasher, wanted: bytes) -> None:
    more = [scene(number, 400, 300) for number in range(20, 24)]
    found = hasher.fingerprint(animation(OTHER, SCENE, *more), full=True)
    assert found.undecided is UndecidedReason.TOO_MANY_FRAMES
    assert nearest(found, wanted)[1] == "frame-2"


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (4, 400), (5, 5), (5, 3000), (3000, 6), (20_000, 20)])
def test_any_size_has_an_answer(hasher: WorkerHasher, size: tuple[int, int]) -> None:
    found = hasher.fingerprint(png(SCENE.resize(size)), full=True)
    assert (found.width, found.height) == size or not found.readings
    assert found.readings or found.undecided is UndecidedReason.TOO_FLAT


def test_a_box_that_claims_more_than_may_be_is_not_filled_up(hasher: WorkerHasher) -> None:
    whole = bytearray(encode(SCENE, "WEBP"))
    whole[4:8] = (2**32 - 10).to_bytes(4, "little")
    assert hasher.fingerprint(bytes(whole[:5000])).undecided is not None


def test_a_picture_with_a_margin_of_its_own_is_found_within_another_border(hasher: WorkerHasher) -> None:
    page = ImageOps.expand(SCENE, 30, "white")
    wanted = hasher.fingerprint(png(page), full=True).readings[0].pdq
    assert (
        nearest(hasher.fingerprint(png(ImageOps.expand(page, (0, 50), "black")), full=True), wanted)[1]
        == "unbordered-1"
    )
    twice = ImageOps.expand(ImageOps.expand(page, (0, 50), "black"), 20, "white")
    assert nearest(hasher.fingerprint(png(twice), full=True), wanted)[1] == "unbordered-2"
