"""Arrays as bytes and back: a header in JSON, then each array as it lies in memory.

    magic, 16 bytes | length of the header, 8 bytes | header (JSON, UTF-8) | arrays, each at a multiple of 8 bytes

Integers are unsigned and little-endian. Reading copies nothing: the arrays are views of the bytes. Nothing is
unpickled, and nothing is trusted: whoever reads must still check what the values point at.

Of ten million entries there are gigabytes, and a scanner goes on meanwhile: what is long is copied by numpy, which lets
other threads run; into memory that is given back without stopping them.
"""

import json
from collections.abc import Mapping
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC_BYTES = 16

Arrays = dict[str, NDArray[np.unsignedinteger[Any]]]

_UNSIGNED = ("<u1", "<u2", "<u4", "<u8")
_ALIGNED = 8


def pack(magic: bytes, described: Mapping[str, object], arrays: Arrays) -> memoryview:
    """The bytes of these arrays (one dimension each), and of a JSON object that describes them."""
    shapes = {name: (f"<u{array.itemsize}", array.size) for name, array in arrays.items()}
    header = json.dumps({**described, "arrays": shapes}, ensure_ascii=False).encode()
    pieces = [np.frombuffer(magic + len(header).to_bytes(8, "little") + header, np.uint8)]
    pieces += [
        np.ascontiguousarray(array).astype(shapes[name][0], copy=False).reshape(-1).view(np.uint8)
        for name, array in arrays.items()
    ]
    room = mmap(-1, sum(_aligned(len(piece)) for piece in pieces), flags=MAP_PRIVATE | MAP_ANONYMOUS)
    packed = np.frombuffer(room, np.uint8)
    start = 0
    for piece in pieces:
        packed[start : start + len(piece)] = piece
        start += _aligned(len(piece))
    return packed.data.toreadonly()


def unpack(magic: bytes, data: bytes | memoryview) -> tuple[dict[str, Any], Arrays]:
    """What `pack` was given. Raises ValueError, KeyError, TypeError or RecursionError for any other bytes."""
    view = memoryview(data).toreadonly()
    start = MAGIC_BYTES + 8
    if view[:MAGIC_BYTES] != magic:
        raise ValueError
    end = start + int.from_bytes(view[MAGIC_BYTES:start], "little")
    described = json.loads(bytes(view[start:end]))
    return described, _arrays(view, _aligned(end), described["arrays"])


def _arrays(view: memoryview, start: int, shapes: dict[str, tuple[str, int]]) -> Arrays:
    """Each array by name. Raises ValueError unless they fill the rest of the bytes."""
    arrays = {}
    for name, (kind, count) in shapes.items():
        if kind not in _UNSIGNED:
            raise ValueError
        end = start + np.dtype(kind).itemsize * count
        arrays[name] = np.frombuffer(view[start:end], dtype=kind)
        start = _aligned(end)
    if start != len(view):
        raise ValueError
    return arrays


def _aligned(place: int) -> int:
    return -(-place // _ALIGNED) * _ALIGNED
