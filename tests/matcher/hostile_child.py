"""A child that does what hostile bytes might make a worker do: the first byte of the picture says what.

It claims every layer of confinement and has none, so that it can misbehave.
"""

import os
import signal
import sys
import time

from matcher.fingerprint import UndecidedReason
from matcher.hashed import HashedPicture
from matcher.limits import Limits
from matcher.media_types import MediaType
from matcher.worker import confinement
from matcher.worker.frames import serve, write_frame
from matcher.worker.layers import ALL
from matcher.worker.picture import answer
from matcher.worker.protocol import pack_reply

TAKEN_OVER: list[bool] = []


def misbehave(request: bytearray, limits: Limits) -> bytes:
    """`K` dies, `X` exits, `H` hangs, `L` lies about a length, `G` answers nonsense, `T` is taken over.

    Anything else is answered honestly.
    """
    if TAKEN_OVER:
        return pack_reply(HashedPicture(MediaType.PNG, 1, 1, (), UndecidedReason.TOO_FLAT))
    match bytes(request[:1]):
        case b"T":
            TAKEN_OVER.append(True)
        case b"K":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"X":
            os._exit(0)
        case b"H":
            time.sleep(3600)
        case b"L":
            os.write(1, b"\xff\xff\xff\xff")
        case b"G":
            return b"\xff" * 16
    return answer(request, limits)


if __name__ == "__main__":
    parent, *bounds = map(int, sys.argv[1:])
    confinement.isolate(parent)
    write_frame(bytes([ALL]))
    serve(lambda request: misbehave(request, Limits(*bounds)), 2**20)
