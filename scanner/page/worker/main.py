"""The fork server of the page workers: isolate, import, warm up, then fork workers that confine themselves.

Only `matcher.worker.fork_server` starts it. Arguments: process id of the parent, limit of a page in bytes, limit of
memory in bytes. A request is one byte (1: second parser only), two bytes of length and the URL, two bytes of length and
the content type, then the page.
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
