"""JPEG XL (ISO/IEC 18181): the header, parsed here, and the frames, decoded by libjxl through imagecodecs.

The only module that calls imagecodecs, run inside the confined worker. The library has no limits, so the header is
parsed here first, and the library gets an array of that size, which it refuses before decoding if it reads another. It
applies the orientation, blends layers and writes groups of 256 x 256 pixels as they come, so a truncated file shows the
groups that arrived.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt

from matcher.picture.svg import Untrusted

CODESTREAM = b"\xff\x0a"
CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"

_HEAD_BYTES = 128
_MOST_BOXES = 1000
_FLOAT_32, _FLOAT_16, _WHOLE_8, _WHOLE_16 = 32, 16, 8, 16
_LAST_TURNED = 5
"""Orientations from this one on exchange width and height."""
_BLANKS = (0x5A, 0xA5)
"""Fillings of an array before decoding: two different values reveal bytes that were not written."""

_Spans = tuple[tuple[int, int], ...]
_SIDE: _Spans = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW_SIDE: _Spans = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_EIGHTHS: _Spans = ((16, 0), (32, 0), (1, 5), (33, 9))
_TICKS: _Spans = ((100, 0), (1000, 0), (1, 10), (1, 30))
_TICK_DIVISOR: _Spans = ((1, 0), (1001, 0), (1, 8), (1, 10))
_LOOPS: _Spans = ((0, 0), (0, 3), (0, 16), (0, 32))
_WHOLE_BITS: _Spans = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: _Spans = ((32, 0), (16, 0), (24, 0), (1, 6))
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass(frozen=True, slots=True)
class Header:
    """Header before the pixels: the size as shown, in pixels, and the storage of one sample."""

    width: int
    height: int
    bits: int = 8
    floating: bool = False
    animated: bool = False

    @property
    def dtype(self) -> type[np.generic]:
        """The type of the samples that the library returns."""
        if self.floating or self.bits > _WHOLE_16:
            return np.float16 if self.floating and self.bits == _FLOAT_16 else np.float32
        return np.uint8 if self.bits <= _WHOLE_8 else np.uint16


class _Bits:
    """Bits of the codestream, the least significant first. Raises EOFError at the end."""

    def __init__(self, untrusted_head: bytes) -> None:
        self._value = int.from_bytes(untrusted_head, "little")
        self._left = 8 * len(untrusted_head)

    def take(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return taken

    def spanned(self, spans: _Spans) -> int:
        """Take a number in one of four spans, each an offset and a count of bits (U32)."""
        offset, count = spans[self.take(2)]
        return offset + self.take(count)


def header(untrusted_picture: Untrusted) -> Header:
    """Parse the size header and the image metadata up to the depth of a sample. Raises EOFError if truncated."""
    bits = _Bits(_codestream_head(untrusted_picture)[len(CODESTREAM) :])
    width, height = _size(bits)
    orientation, animated, depth, floating = 1, False, 8, False
    if not bits.take(1):  # not all as by default
        if bits.take(1):
            orientation = 1 + bits.take(3)
            if bits.take(1):
                _size(bits)  # the intrinsic size; the pixels have the first
            if bits.take(1):
                _preview_size(bits)
            animated = bool(bits.take(1))
            if animated:
                _ = bits.spanned(_TICKS), bits.spanned(_TICK_DIVISOR), bits.spanned(_LOOPS), bits.take(1)
        floating = bool(bits.take(1))
        depth = bits.spanned(_FLOAT_BITS if floating else _WHOLE_BITS)
    if orientation >= _LAST_TURNED:
        width, height = height, width
    return Header(width, height, depth, floating, animated)


def _size(bits: _Bits) -> tuple[int, int]:
    """Take width and height, as stored (SizeHeader)."""
    small = bits.take(1)
    height = 8 * (1 + bits.take(5)) if small else bits.spanned(_SIDE)
    ratio = bits.take(3)
    if ratio:
        over, under = _RATIOS[ratio - 1]
        return height * over // under, height
    return 8 * (1 + bits.take(5)) if small else bits.spanned(_SIDE), height


def _preview_size(bits: _Bits) -> None:
    """Skip the preview's size (PreviewHeader)."""
    side = _PREVIEW_EIGHTHS if bits.take(1) else _PREVIEW_SIDE
    bits.spanned(side)
    if not bits.take(3):
        bits.spanned(side)


def _codestream_head(untrusted_picture: Untrusted) -> bytes:
    """Return the codestream's first bytes: bare, or from the boxes `jxlc` and `jxlp` of a container."""
    if untrusted_picture.startswith(CODESTREAM):
        return bytes(untrusted_picture[:_HEAD_BYTES])
    head = b""
    for kind, start, end in _boxes(untrusted_picture):
        if kind in {b"jxlc", b"jxlp"}:
            skipped = 4 if kind == b"jxlp" else 0  # a part's number
            head += bytes(untrusted_picture[start + skipped : min(end, start + skipped + _HEAD_BYTES)])
        if kind == b"jxlc" or len(head) >= _HEAD_BYTES:
            break
    return head


def exif(untrusted_picture: Untrusted) -> bytes:
    """Return the uncompressed EXIF data of a container; empty if there is none."""
    if untrusted_picture.startswith(CONTAINER):
        for kind, start, end in _boxes(untrusted_picture):
            if kind == b"Exif":
                return bytes(untrusted_picture[start:end])
    return b""


def _boxes(untrusted_file: Untrusted) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of each box's contents (ISO/IEC 14496-12, 4.2); the last may run to the end."""
    at = 0
    for _ in range(_MOST_BOXES):
        size, start = int.from_bytes(untrusted_file[at : at + 4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(untrusted_file[at + 8 : at + 16], "big"), at + 16
        end = at + size if size else len(untrusted_file)
        if start > len(untrusted_file) or end < start:
            return
        yield bytes(untrusted_file[at + 4 : at + 8]), start, min(end, len(untrusted_file))
        at = end


def frames(untrusted_picture: Untrusted, found: Header, *, truncated: bool) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield each frame in 8 bits: grey or RGB, with or without alpha (height x width, or height x width x channels).

    With `truncated`, yield incomplete frames too. Raises whatever the library does.
    """
    number = 0
    while True:
        frame = _frame(untrusted_picture, found, number, truncated=truncated)
        if frame is None:
            return
        yield _eight_bits(frame, found)
        if not found.animated:
            return
        number += 1


def _frame(untrusted_picture: Untrusted, found: Header, number: int, *, truncated: bool) -> npt.NDArray[Any] | None:
    """Decode one frame; None past the last: the library then reports and writes nothing."""
    for blank in _BLANKS:
        frame, failure = _decoded(untrusted_picture, found, number, blank)
        written = bool((frame.view(np.uint8) != blank).any())
        if failure and not (written and truncated):
            raise failure
        if written or not found.animated:
            return frame[0] if frame.shape[1:] == (found.height, found.width) else frame
    return None


def _decoded(
    untrusted_picture: Untrusted, found: Header, number: int, blank: int
) -> tuple[npt.NDArray[Any], Exception | None]:
    """Decode one frame; return its array, and the failure that ended it early. Raises ValueError if no shape is right.

    The shape depends on the channels, which follow the parsed part of the header. The library refuses a wrong one
    before decoding. Grey with channels that are not alpha comes in planes.
    """
    height, width = found.height, found.width
    shapes = ((height, width, 3), (height, width, 4), (height, width), (height, width, 2))
    for shape in (*shapes, *((planes, height, width) for planes in range(2, 6))):
        frame = np.empty(shape, found.dtype)
        frame.view(np.uint8).fill(blank)
        try:
            imagecodecs.jpegxl_decode(untrusted_picture, index=number, numthreads=1, out=frame)
        except ValueError:
            continue
        except (RuntimeError, imagecodecs.JpegxlError) as failure:
            return frame, failure
        return frame, None
    raise ValueError


def _eight_bits(levels: npt.NDArray[Any], found: Header) -> npt.NDArray[np.uint8]:
    """Map levels to 0 to 255: whole numbers by their depth; fractions by their white, 1, or the brightest."""
    if levels.dtype.kind == "f":
        exact = np.clip(np.nan_to_num(levels.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0), 0, None)
        white = max(1.0, float(exact.max()))
    else:
        exact, white = levels, float((1 << found.bits) - 1)
    eight: npt.NDArray[np.uint8] = np.rint(exact * np.float32(255 / white)).clip(0, 255).astype(np.uint8)
    return eight


def codecs() -> dict[str, str]:
    """Return the library and its version."""
    return {"jpeg_xl": str(imagecodecs.jpegxl_version())}
