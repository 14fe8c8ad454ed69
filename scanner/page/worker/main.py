"""The page workers' fork server: isolate, import and warm up, then fork workers that confine themselves and read pages.

Started by `matcher.worker.fork_server` and by nothing else. Its arguments: the parent's process id, the most bytes of a
page, and the most bytes of memory. A request is one byte (1: second parser alone), two bytes of length and the URL, two
bytes of length and the content type, then the page.
"""

import logging
import sys

from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers

REQUEST_HEAD_BYTES = 1 + 2 + 2 + 2 * 65_535


def main() -> None:
    """Fork until the parent closes the socket."""
    parent, max_page_bytes, memory_bytes = map(int, sys.argv[1:])
    confinement.isolate(parent)
    logging.disable()

    from scanner.page.worker.answer import answer, warm_up  # noqa: PLC0415 - nothing heavy before the process is isolated

    warm_up()
    confinement.filter_kills()
    fork_workers(
        WorkerTask(
            confine=lambda server: confinement.isolate(server) | confinement.confine(memory_bytes),
            answer=answer,
            max_request_bytes=REQUEST_HEAD_BYTES + max_page_bytes,
        )
    )


if __name__ == "__main__":
    main()
