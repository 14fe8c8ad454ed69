"""Hostile pictures, generated: every family that decoders have stumbled over, made of our own sixteen-pixel samples.

Nothing here shows anything. Each family is a generator of (name, bytes); `families(share)` gives them all, and with a
share below one a fixed part of the large ones, spread evenly. The same call gives the same bytes.
"""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import Final

import numpy as np
from PIL import Image

from matcher.picture.media_types import sniff
from matcher.worker.samples import SAMPLES

Files = Iterator[tuple[str, bytes]]
FLIPS: Final = 40
"""Files with flipped bits, of each sample."""
_BIG: Final = 60_000
_SOF: Final = (b"\xff\xc0", b"\xff\xc2")


def families(share: float = 1.0) -> dict[str, Files]:
    """Return every family by name. `share` is the share of truncations, flips and splices to make."""
    step = max(round(1 / share), 1)
    many = {"truncated at every byte": truncated, "bits flipped": flipped, "spliced": spliced}
    few: dict[str, Callable[[], Files]] = {
        "whole": whole,
        "wrong magic": wrong_magic,
        "polyglots": polyglots,
        "bombs": bombs,
        "large": large,
        "many scans": many_scans,
        "many frames": many_frames,
        "extreme shapes": extreme_shapes,
        "sizes of zero": zero_sizes,
        "metadata": metadata,
        "TIFF chains": tiff_chains,
        "drawings": drawings,
        "no picture": no_picture,
    }
    made = {name: islice(make(), 0, None, step) for name, make in many.items()}
    return made | {name: make() for name, make in few.items()}


def whole() -> Files:
    """Return the samples themselves: the control."""
    for number, sample in enumerate(SAMPLES):
        yield _name(number, "whole"), sample


def truncated() -> Files:
    """Return each sample cut at every byte."""
    for number, sample in enumerate(SAMPLES):
        for length in range(len(sample)):
            yield _name(number, f"first-{length}"), sample[:length]


def flipped() -> Files:
    """Return each sample with one to eight flipped bits, mostly near the front, where the headers are."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    for number, sample in enumerate(SAMPLES):
        for turn in range(FLIPS):
            broken = bytearray(sample)
            for _ in range(chance.randint(1, 8)):
                at = min(int(chance.expovariate(8 / len(broken))), len(broken) - 1)
                broken[at] ^= 1 << chance.randrange(8)
            yield _name(number, f"flip-{turn}"), bytes(broken)


def spliced() -> Files:
    """Return the front of each sample joined to the rear of each other."""
    for front, one in enumerate(SAMPLES):
        for rear, other in enumerate(SAMPLES):
            if front != rear:
                yield _name(front, f"before-{rear}"), one[: len(one) // 2] + other[len(other) // 2 :]


def wrong_magic() -> Files:
    """Return each sample after the first bytes of each other."""
    for number, sample in enumerate(SAMPLES):
        for other in SAMPLES[::3]:
            yield _name(number, f"as-{other[:3].hex()}"), other[:12] + sample[12:]


def polyglots() -> Files:
    """Pictures that are something else as well."""
    jpeg, png, gif = SAMPLES[0], SAMPLES[4], SAMPLES[9]
    html = b"<html><script>alert(1)</script><img src=x></html>"
    archive = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
    yield "jpeg+zip", jpeg + archive
    yield "jpeg+html", jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(html) + 2) + html + jpeg[2:]
    yield "png+jpeg", png + jpeg
    yield "gif+script", gif[:6] + b"/*" + gif[8:] + b"*/=1;alert(1)"
    yield "pdf+jpeg", b"%PDF-1.4\n" + jpeg
    yield "html+jpeg", html + jpeg
    yield "jpeg+jpeg", jpeg + jpeg
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/tmp/x) (w) file"
    yield "elf+gif", b"\x7fELF" + gif
    yield "riff of riff", b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WEBP" + SAMPLES[10]


def bombs() -> Files:
    """Small files that claim, or are, very large pictures."""
    yield "png header", _png(_BIG, _BIG, zlib.compress(bytes(1000)))
    yield (
        "png of text",
        _png(16, 16, zlib.compress(bytes(16 * 49)), (b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27), 9))),
    )
    yield (
        "png of a profile",
        _png(16, 16, zlib.compress(bytes(16 * 49)), (b"iCCP", b"a\0\0" + zlib.compress(bytes(2**27), 9))),
    )
    for number, sample in enumerate(SAMPLES):
        for width, height in ((65_535, 65_535), (30_000, 30_000), (16_383, 16_383)):
            claimed = _claiming(sample, width, height)
            if claimed is not None:
                yield _name(number, f"claims-{width}x{height}"), claimed


def large() -> Files:
    """Pictures as large as the limit lets them be, in a few bytes, and one with scans beyond number."""
    yield "png of zeroes below the limit", _png(5000, 4990, zlib.compress(bytes((1 + 3 * 5000) * 4990), 9))
    yield "png of zeroes beyond the limit", _png(9000, 9000, zlib.compress(bytes((1 + 3 * 9000) * 9000), 9))
    for mode in ("1", "L", "P"):
        for file_format in ("GIF", "BMP", "TIFF", "PNG"):
            options = {"compression": "tiff_lzw"} if file_format == "TIFF" else {}
            yield f"flat {mode} {file_format}", _encoded(Image.new(mode, (4900, 5000)), file_format, **options)
    yield "webp lossless", _encoded(Image.new("RGB", (4900, 5000)), "WEBP", lossless=True, quality=0, method=0)
    yield "jpeg", _encoded(Image.new("RGB", (4900, 5000)), "JPEG")
    yield "jpeg of 510 scans", _scans(4096, 510)


def many_scans() -> Files:
    """Progressive JPEGs whose last scan stands there again and again."""
    for side, scans in ((64, 63), (64, 65), (64, 5000), (1024, 510)):
        yield f"{scans} scans of {side}x{side}", _scans(side, scans)


def _scans(side: int, scans: int) -> bytes:
    base = _encoded(Image.radial_gradient("L").resize((side, side)).convert("RGB"), "JPEG", progressive=True)
    last = base.rindex(b"\xff\xda")
    return base[:-2] + base[last:-2] * (scans - base.count(b"\xff\xda")) + base[-2:]


def many_frames() -> Files:
    """Animations, icons and books with more parts than anybody looks at."""
    frames = [Image.new("L", (8, 8), level % 256) for level in range(1200)]
    for file_format in ("GIF", "PNG", "WEBP", "TIFF"):
        yield f"1,200 frames {file_format}", _encoded(frames[0], file_format, save_all=True, append_images=frames[1:])
    tall = [Image.fromarray(np.full((1000, 1000), level * 3 % 256, np.uint8)) for level in range(80)]
    yield "80 large frames", _encoded(tall[0], "GIF", save_all=True, append_images=tall[1:])
    yield "65,535 icons", b"\0\0\1\0\xff\xff" + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, 40, 6) * 65_535


def extreme_shapes() -> Files:
    """One pixel, one line, one column, and the smallest sides at which hashes begin."""
    for width, height in ((1, 1), (2, 2), (1, 65_000), (65_000, 1), (16_000, 3), (3, 16_000), (15, 15), (16, 5000)):
        noise = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
        for file_format in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
            if file_format != "WEBP" or max(width, height) <= 16_383:  # noqa: PLR2004 - the format's own limit
                yield f"{width}x{height} {file_format}", _encoded(Image.fromarray(noise), file_format)


def zero_sizes() -> Files:
    """Pictures that claim to have no width, no height, or neither; and fields of length zero."""
    for number, sample in enumerate(SAMPLES):
        for width, height in ((0, 0), (0, 16), (16, 0)):
            claimed = _claiming(sample, width, height)
            if claimed is not None:
                yield _name(number, f"{width}x{height}"), claimed
    yield "jpeg segment of length 0", SAMPLES[0][:2] + b"\xff\xe1\0\0" + SAMPLES[0][2:]
    yield "png chunk of length 2^31", SAMPLES[4][:33] + b"\x80\0\0\0IDAT" + SAMPLES[4][41:]


def metadata() -> Files:
    """EXIF, profiles and comments as large, as many and as twisted as their containers allow."""
    entry = struct.pack("<HHII", 0x10E, 2, 2**31, 8)
    tiffs = {
        "thousands of entries": b"II*\0\x08\0\0\0" + struct.pack("<H", 5000) + entry * 5000 + bytes(4),
        "directory within itself": b"II*\0\x08\0\0\0\1\0"
        + struct.pack("<HHII", 0x8769, 4, 1, 8)
        + struct.pack("<I", 8),
        "thumbnail beyond the end": b"II*\0\x08\0\0\0\2\0"
        + struct.pack("<HHII", 0x201, 4, 1, 2**31)
        + struct.pack("<HHII", 0x202, 4, 1, 2**31)
        + struct.pack("<I", 8),
        "orientation 65535": b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x112, 3, 1, 65_535) + bytes(4),
        "counts beyond memory": b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x9286, 7, 2**32 - 1, 0) + bytes(4),
    }
    for name, exif in tiffs.items():
        segment = b"\xff\xe1" + struct.pack(">H", min(len(exif) + 8, 65_535)) + b"Exif\0\0" + exif
        yield f"jpeg exif: {name}", SAMPLES[0][:2] + segment + SAMPLES[0][2:]
        yield f"png exif: {name}", _png(16, 16, zlib.compress(bytes(16 * 49)), (b"eXIf", exif))
    for kind in (b"\xff\xe1", b"\xff\xe2", b"\xff\xed", b"\xff\xfe"):
        segment = kind + struct.pack(">H", 65_535) + b"A" * 65_533
        yield f"jpeg with 100 segments {kind.hex()}", SAMPLES[0][:2] + segment * 100 + SAMPLES[0][2:]


def tiff_chains() -> Files:
    """Directories that follow each other, deep, in circles, and with counts that nobody can have meant."""
    directory = struct.pack("<HHHII", 1, 0x100, 4, 1, 16)
    size = len(directory) + 4
    for depth in (1000, 20_000):
        chained = (directory + struct.pack("<I", 8 + size * (number + 1)) for number in range(depth))
        yield f"chain of {depth}", b"II*\0\x08\0\0\0" + b"".join(chained) + bytes(size)
    yield "circle of one", b"II*\0\x08\0\0\0" + directory + struct.pack("<I", 8)
    yield (
        "circle of two",
        b"II*\0\x08\0\0\0" + directory + struct.pack("<I", 8 + size) + directory + struct.pack("<I", 8),
    )
    real = bytearray(SAMPLES[16])
    first = struct.unpack("<I", real[4:8])[0] if real[:2] == b"II" else 8
    count = struct.unpack("<H", real[first : first + 2])[0]
    for number in range(count):
        for value in (0, 1, 65_535, 2**31, 2**32 - 1):
            for offset in (4, 8):
                broken = bytearray(real)
                at = first + 2 + 12 * number + offset
                broken[at : at + 4] = struct.pack("<I", value)
                yield f"field {number} at {offset} is {value}", bytes(broken)


def drawings() -> Files:
    """SVG: deep, expanding, and full of pictures."""
    head = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    yield "deep", head + b"<g>" * 100_000
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"lol") for n in range(12))
    yield "entities", b"<!DOCTYPE svg [" + entities + b"]>" + head + b"<text>&e11;</text></svg>"
    yield "external", b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + head + b"<text>&x;</text></svg>"
    from base64 import b64encode  # noqa: PLC0415 - for this one family

    inline = b'<image xlink:href="data:image/png;base64,' + b64encode(SAMPLES[4]) + b'"/>'
    yield "400 pictures", head + inline * 400 + b"</svg>"
    yield "quotes", head + b"<image href='" + b"data:" * 100_000


def no_picture() -> Files:
    """Nothing, noise, and formats that are none of ours."""
    yield "nothing", b""
    for length in (1, 3, 12, 100, 100_000):
        yield f"{length} zero bytes", bytes(length)
        yield f"{length} bytes of noise", random.Random(length).randbytes(length)  # noqa: S311 - repeatable
    for magic in (
        b"8BPS\0\1",
        b"\x76\x2f\x31\x01",
        b"P6\n9 9\n255\n",
        b"\x0aEhc\x01",
        b"qoif",
        b"\xff\x0a",
        b"gimp xcf v001\0",
    ):
        yield f"magic {magic[:4].hex()}", magic + bytes(64)


def _name(number: int, rest: str) -> str:
    kind = str(sniff(SAMPLES[number])).removeprefix("image/")
    return f"{number:02}-{kind}-{rest}"


def _encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def _png(width: int, height: int, data: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), *extra, (b"IDAT", data), (b"IEND", b""))
    packed = (struct.pack(">I", len(b)) + kind + b + struct.pack(">I", zlib.crc32(kind + b)) for kind, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _claiming(sample: bytes, width: int, height: int) -> bytes | None:
    """Return the sample with another size in its header; None if its format is not known here."""
    broken = bytearray(sample)
    if sample.startswith(b"\x89PNG"):
        broken[16:24] = struct.pack(">II", width, height)
        broken[29:33] = struct.pack(">I", zlib.crc32(broken[12:29]))
    elif sample.startswith(b"GIF8"):
        broken[6:10] = struct.pack("<HH", width, height)
    elif sample.startswith(b"\xff\x0a"):
        broken[2:4] = _jpeg_xl_size(width, height)
    elif sample.startswith(b"BM"):
        broken[18:26] = struct.pack("<ii", width, height)
    elif sample.startswith(b"\xff\xd8") and any(mark in sample for mark in _SOF):
        at = min(sample.index(mark) for mark in _SOF if mark in sample)
        broken[at + 5 : at + 9] = struct.pack(">HH", height, width)
    elif b"ispe" in sample:
        at = sample.index(b"ispe")
        broken[at + 8 : at + 16] = struct.pack(">II", width, height)
    elif b"ihdr" in sample:
        at = sample.index(b"ihdr")
        broken[at + 4 : at + 12] = struct.pack(">II", height, width)
    elif sample[12:16] == b"VP8X":
        broken[24:30] = (max(width, 1) - 1).to_bytes(3, "little") + (max(height, 1) - 1).to_bytes(3, "little")
    elif sample[12:16] == b"VP8 ":
        broken[26:30] = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF)
    else:
        return None
    return bytes(broken)


def _jpeg_xl_size(width: int, height: int) -> bytes:
    """JPEG XL's size header in its longest form: a selector of 3 and 30 bits, no ratio, and the same again."""
    height_bits, width_bits = max(height, 1) - 1, max(width, 1) - 1
    bits = 3 << 1 | height_bits << 3 | 3 << 36 | width_bits << 38
    return bits.to_bytes(9, "little")
