"""The worker's answers: a header and fixed-size records, packed numbers only.

The worker may have been taken over by the picture it decoded, so the parent believes no field before it has been
checked, spells every name itself, and never unpickles anything.
"""

import struct
from functools import lru_cache

from matcher.fingerprint import UndecidedReason
from matcher.hashed import MAX_READINGS, Alpha, HashedPicture, HashedReading, Size, Source, Steps
from matcher.media_types import MediaType
from matcher.orientations import Orientation

VERSION = 1
_HEADER = struct.Struct("<BBBBIIH")
_KEY = struct.Struct("<BHBBBBB")
_READING = struct.Struct(f"<{_KEY.size}s32sB32s")
MAX_REPLY_BYTES = _HEADER.size + MAX_READINGS * _READING.size

_MEDIA_TYPES = (None, *MediaType)
_REASONS = (None, *UndecidedReason)
_BOOLEANS = (False, True)
_MAX_QUALITY = 100
_FULL = b"\x01"
_SCALED = b"\x00"


class MalformedReplyError(Exception):
    """A worker's answer that does not keep to the protocol: the worker is not to be believed, and is killed."""


def pack_request(untrusted_picture: bytes, *, full: bool) -> tuple[bytes, bytes]:
    """What the parent asks, as parts of one frame: the picture, and behind it one byte for the scale."""
    return untrusted_picture, (_FULL if full else _SCALED)


def unpack_request(request: bytearray) -> tuple[bytearray, bool]:
    """The picture (the request itself, without its last byte), and whether to decode it at full scale."""
    full = request[-1:] == _FULL
    del request[-1:]
    return request, full


def pack_reply(picture: HashedPicture) -> bytes:
    """A worker's answer."""
    header = _HEADER.pack(
        VERSION,
        _MEDIA_TYPES.index(picture.media_type),
        _REASONS.index(picture.undecided),
        picture.scaled,
        picture.width,
        picture.height,
        len(picture.readings),
    )
    return header + b"".join(_pack_reading(reading) for reading in picture.readings)


def _pack_reading(reading: HashedReading) -> bytes:
    steps = reading.steps
    key = _KEY.pack(
        steps.source, steps.index, steps.alpha, steps.unbordered, steps.size, steps.orientation, steps.negative
    )
    return _READING.pack(key, reading.pdq, reading.quality, reading.phash)


def unpack_reply(untrusted_reply: bytes) -> HashedPicture:
    """The answer, field by field. Raises MalformedReplyError for anything that `pack_reply` would not have written."""
    try:
        version, media_type, reason, scaled, width, height, count = _HEADER.unpack_from(untrusted_reply)
        _require(version == VERSION and count <= MAX_READINGS)
        _require(len(untrusted_reply) == _HEADER.size + count * _READING.size)
        readings = tuple(_reading(*fields) for fields in _READING.iter_unpack(untrusted_reply[_HEADER.size :]))
        _require(len({reading.steps for reading in readings}) == count)
        picture = HashedPicture(
            _MEDIA_TYPES[media_type], width, height, readings, _REASONS[reason], scaled=_BOOLEANS[scaled]
        )
    except (struct.error, IndexError, ValueError) as error:
        raise MalformedReplyError from error
    _require(bool(readings) or picture.undecided is not None)
    return picture


def _reading(key: bytes, pdq: bytes, quality: int, phash: bytes) -> HashedReading:
    _require(quality <= _MAX_QUALITY)
    return HashedReading(_steps(key), pdq, quality, phash)


@lru_cache(maxsize=MAX_READINGS)
def _steps(key: bytes) -> Steps:
    source, index, alpha, unbordered, size, orientation, negative = _KEY.unpack(key)
    _require(index > 0)
    return Steps(
        Source(source),
        index,
        Alpha(alpha),
        _BOOLEANS[unbordered],
        Size(size),
        Orientation(orientation),
        _BOOLEANS[negative],
    )


def _require(condition: bool) -> None:  # noqa: FBT001 - an assertion's shape
    if not condition:
        raise MalformedReplyError
