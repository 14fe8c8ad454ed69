"""A page worker whose first parser never ends: for the test of what the parent does then."""

import signal

from matcher.worker.frames import serve, write_frame
from matcher.worker.layers import ALL
from scanner.page.answer import answer


def slow(request: bytearray) -> bytes:
    while request[0] == 0:
        signal.pause()
    return answer(request)


if __name__ == "__main__":
    write_frame(bytes([ALL]))  # it says that it is confined: what is under test is its slowness
    serve(slow, 2**20)
