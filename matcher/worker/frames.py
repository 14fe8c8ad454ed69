"""Frames on a pipe, as the child sees them: four bytes of length (little-endian), then that many bytes."""

import os
from collections.abc import Callable

LENGTH_BYTES = 4
_IN, _OUT = 0, 1


def serve(answer: Callable[[bytearray], bytes], max_request_bytes: int) -> None:
    """Answer each request frame on descriptor 0 by a reply frame on descriptor 1, until the parent closes the pipe."""
    while (header := _read(LENGTH_BYTES)) is not None:
        length = int.from_bytes(header, "little")
        if length > max_request_bytes:
            return
        request = _read(length)
        if request is None:
            return
        write_frame(answer(request))


def write_frame(reply: bytes) -> None:
    """Send one reply frame. Blocks until the parent has taken it."""
    rest = memoryview(len(reply).to_bytes(LENGTH_BYTES, "little") + reply)
    while rest:
        rest = rest[os.write(_OUT, rest) :]


def _read(length: int) -> bytearray | None:
    """Exactly `length` bytes, or None at the end of the pipe."""
    buffer = bytearray(length)
    rest = memoryview(buffer)
    while rest:
        count = os.readv(_IN, [rest])
        if count == 0:
            return None
        rest = rest[count:]
    return buffer
