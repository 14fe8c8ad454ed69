"""A child that does what hostile bytes might make a worker do: the first byte of the picture says what.

It claims every layer of confinement and has none, so that it can misbehave.
"""

import ctypes
import os
import signal
import struct
import sys
import time
from collections.abc import Callable

from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.picture.hashed import HashedPicture
from matcher.picture.media_types import MediaType
from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers
from matcher.worker.frames import write_frame
from matcher.worker.layers import ALL, Layer
from matcher.worker.picture import answer
from matcher.worker.protocol import pack_reply
from matcher.worker.samples import SAMPLES

TAKEN_OVER: list[bool] = []


def _silent_after(sent: bytes) -> None:
    os.write(1, sent)
    time.sleep(3600)


def _answered_by_itself(limits: ExaminationLimits, then_idle_seconds: int = 0) -> None:
    write_frame(answer(bytearray(SAMPLES[4] + b"\1"), limits))
    time.sleep(then_idle_seconds)


def _without_readings(count: int) -> bytes:
    """A header with so many readings, and none behind it."""
    return struct.pack("<BBBBIIH", 1, 1, 0, 0, 9, 9, count)


def _with_quality(quality: int) -> bytes:
    """An honest answer, but for the quality of its first reading."""
    honest = bytearray(answer(bytearray(SAMPLES[0] + b"\1"), ExaminationLimits()))
    honest[14 + 8 + 32] = quality
    return bytes(honest)


ORDERS: dict[bytes, Callable[[], object]] = {
    b"T": lambda: TAKEN_OVER.append(True),
    b"K": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"X": lambda: os._exit(0),
    b"S": lambda: ctypes.string_at(0),  # a jump into nowhere
    b"C": lambda: os.kill(os.getpid(), signal.SIGSYS),  # as the filter kills
    b"H": lambda: time.sleep(3600),
    b"P": lambda: _silent_after(b"\x10\0\0\0half"),
    b"W": lambda: _answered_by_itself(ExaminationLimits()),  # one reply of its own, and the one that was asked for
    b"R": lambda: _answered_by_itself(ExaminationLimits(), 3600),  # and it reads no further request
    b"L": lambda: os.write(1, b"\xff\xff\xff\xff"),  # a length beyond everything
    b"G": lambda: b"\xff" * 16,
    b"M": lambda: _without_readings(65_535),
    b"N": lambda: _without_readings(0),
    b"Q": lambda: _with_quality(255),
}


def misbehave(request: bytearray, limits: ExaminationLimits) -> bytes:
    """Follow the order that the first byte gives; what is none is answered honestly."""
    if TAKEN_OVER:
        return pack_reply(HashedPicture(MediaType.PNG, 1, 1, (), UndecidedReason.TOO_FLAT))
    reply = ORDERS.get(bytes(request[:1]), lambda: None)()
    return reply if isinstance(reply, bytes) else answer(request, limits)


def confined(server: int) -> Layer:
    confinement.isolate(server)
    return ALL


if __name__ == "__main__":
    parent, *bounds = map(int, sys.argv[1:])
    confinement.isolate(parent)
    fork_workers(WorkerTask(confined, lambda request: misbehave(request, ExaminationLimits(*bounds)), 2**20))
