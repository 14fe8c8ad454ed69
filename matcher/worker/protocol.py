"""The worker's answers: a header and fixed-size records, packed numbers only.

The worker may have been taken over by the picture it decoded, so the parent believes no field before it has been
checked, spells every name itself, and never unpickles anything.
"""

import struct
from dataclasses import replace
from functools import lru_cache

from matcher.fingerprint import UndecidedReason
from matcher.hash_lists.photodna_value import VALUE_BYTES
from matcher.picture.hashed import (
    MAX_READINGS,
    MOST_BORDERS,
    Alpha,
    HashedPicture,
    HashedReading,
    ReadingSteps,
    Size,
    Source,
)
from matcher.picture.media_types import MediaType
from matcher.picture.orientations import Orientation

VERSION = 1
_HEADER = struct.Struct("<BBBBIIH")
_KEY = struct.Struct("<BHBBBBB")
_READING = struct.Struct(f"<{_KEY.size}s32sB32s")
_PHOTODNA = struct.Struct(f"<H{VALUE_BYTES}s")
"""After the readings: a reading's number, and its value from a licensed plug-in. In order; most readings have none."""
MAX_REPLY_BYTES = _HEADER.size + MAX_READINGS * (_READING.size + _PHOTODNA.size)

_MEDIA_TYPES = (None, *MediaType)
_REASONS = (None, *UndecidedReason)
_BOOLEANS = (False, True)
_MAX_QUALITY = 100
_FULL = b"\x01"
_SCALED = b"\x00"


class MalformedReplyError(Exception):
    """A reply that breaks the protocol: the worker is not believed, and is killed."""


def pack_request(untrusted_picture: bytes, *, full: bool) -> tuple[bytes, bytes]:
    """Return a request as parts of one frame: the picture, then one byte for the scale."""
    return untrusted_picture, (_FULL if full else _SCALED)


def unpack_request(request: bytearray) -> tuple[bytearray, bool]:
    """Return the picture (the request without its last byte), and whether to decode it at full scale."""
    full = request[-1:] == _FULL
    del request[-1:]
    return request, full


def pack_reply(picture: HashedPicture) -> bytes:
    """Return a worker's reply as bytes."""
    header = _HEADER.pack(
        VERSION,
        _MEDIA_TYPES.index(picture.media_type),
        _REASONS.index(picture.undecided),
        picture.scaled,
        picture.width,
        picture.height,
        len(picture.readings),
    )
    values = [_PHOTODNA.pack(number, one.photodna) for number, one in enumerate(picture.readings) if one.photodna]
    return header + b"".join(_pack_reading(reading) for reading in picture.readings) + b"".join(values)


def _pack_reading(reading: HashedReading) -> bytes:
    steps = reading.steps
    key = _KEY.pack(
        steps.source, steps.index, steps.alpha, steps.unbordered, steps.size, steps.orientation, steps.negative
    )
    return _READING.pack(key, reading.pdq, reading.quality, reading.phash)


def unpack_reply(untrusted_reply: bytes) -> HashedPicture:
    """Parse a reply field by field. Raise MalformedReplyError for anything that `pack_reply` would not write."""
    try:
        version, media_type, reason, scaled, width, height, count = _HEADER.unpack_from(untrusted_reply)
        _require(version == VERSION and count <= MAX_READINGS)
        end = _HEADER.size + count * _READING.size
        _require(len(untrusted_reply) >= end)
        fields = tuple(_READING.iter_unpack(untrusted_reply[_HEADER.size : end]))
        _require(len({key for key, *_ in fields}) == count)  # a key is one way of writing its steps, and the only one
        readings = tuple(_reading(*field) for field in fields)
        readings = _with_values(readings, untrusted_reply[end:])
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


def _with_values(readings: tuple[HashedReading, ...], untrusted_values: bytes) -> tuple[HashedReading, ...]:
    """Return the readings with the PhotoDNA values that follow them: each at most once, in order."""
    values = dict(_PHOTODNA.iter_unpack(untrusted_values))
    _require(len(values) * _PHOTODNA.size == len(untrusted_values) and list(values) == sorted(values))
    _require(not values or max(values) < len(readings))
    return tuple(replace(one, photodna=values[n]) if n in values else one for n, one in enumerate(readings))


@lru_cache(maxsize=MAX_READINGS)
def _steps(key: bytes) -> ReadingSteps:
    source, index, alpha, unbordered, size, orientation, negative = _KEY.unpack(key)
    _require(index > 0)
    return ReadingSteps(
        Source(source),
        index,
        Alpha(alpha),
        range(MOST_BORDERS + 1)[unbordered],
        Size(size),
        Orientation(orientation),
        _BOOLEANS[negative],
    )


def _require(condition: bool) -> None:  # noqa: FBT001 - an assertion's shape
    if not condition:
        raise MalformedReplyError
