"""The page worker's process: isolate, import and warm up, confine, then read page after page.

Started by `matcher.worker.process` and by nothing else. Its arguments: the parent's process id, the most bytes of a
page, and the most bytes of memory. A request is one byte (1: second parser alone), two bytes of length and the URL, two
bytes of length and the content type, then the page.
"""

import logging
import os
import sys

from matcher.worker import confinement
from matcher.worker.frames import serve, write_frame

REQUEST_HEAD_BYTES = 1 + 2 + 2 + 2 * 65_535


def main() -> None:
    """Serve until the parent closes the pipe."""
    parent, max_page_bytes, memory_bytes = map(int, sys.argv[1:])
    layers = confinement.isolate(parent)
    logging.disable()

    from scanner.page.answer import answer, warm_up  # noqa: PLC0415 - nothing heavy before the process is isolated

    warm_up()
    layers |= confinement.confine(memory_bytes)
    write_frame(bytes([layers]))
    serve(answer, REQUEST_HEAD_BYTES + max_page_bytes)
    os._exit(0)


if __name__ == "__main__":
    main()
