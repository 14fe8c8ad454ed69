"""A page worker whose first parser never ends: for the test of what the parent does then."""

import signal

from matcher.worker.frames import serve, write_frame
from scanner.page.answer import answer


def slow(request: bytearray) -> bytes:
    while request[0] == 0:
        signal.pause()
    return answer(request)


if __name__ == "__main__":
    write_frame(b"\0")
    serve(slow, 2**20)
