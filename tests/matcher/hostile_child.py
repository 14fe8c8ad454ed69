"""A child that does what hostile bytes might make a worker do: the first byte of the picture says what."""

import os
import signal
import sys
import time

from matcher.limits import Limits
from matcher.worker import confinement
from matcher.worker.frames import serve, write_frame
from matcher.worker.picture import answer


def misbehave(request: bytearray, limits: Limits) -> bytes:
    """`K` dies, `X` exits, `H` hangs, `L` lies, `G` answers nonsense; anything else is answered honestly."""
    match bytes(request[:1]):
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
    write_frame(b"\0")
    serve(lambda request: misbehave(request, Limits(*bounds)), 2**20)
