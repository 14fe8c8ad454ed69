"""Proven results: each is held until its worker has answered a known picture correctly.

A picture that takes over its worker can make it report every later picture as harmless. So no line of a report rests on
one worker alone: results wait in small batches for the proof (`matcher/worker/leased_hasher.py`), and the results of a
worker that fails are replaced by those of other workers for the same bytes.
"""

import time
from collections.abc import Iterator
from typing import Final

from scanner.local.examine import FileExaminer, Found
from scanner.local.read_file import UnreadFile
from scanner.local.walk import WalkEntry

HELD: Final = 64
HELD_SECONDS: Final = 2.0
"""Limit of the wait for the first result of a batch."""

Result = tuple[WalkEntry, Found | UnreadFile]


def proven(results: Iterator[Result[Found]], work: FileExaminer[Found]) -> Iterator[Result[Found]]:
    """Yield the results in order, once proven."""
    settled: dict[bytes, Found] = {}
    held: list[Result[Found]] = []
    since = 0.0
    for result in results:
        since = since if held else time.monotonic()
        held.append(result)
        if len(held) >= HELD or time.monotonic() - since > HELD_SECONDS:
            yield from _released(held, work, settled)
            held = []
    yield from _released(held, work, settled)


def _released(
    held: list[Result[Found]], work: FileExaminer[Found], settled: dict[bytes, Found]
) -> Iterator[Result[Found]]:
    """Prove the workers, and yield the results that count, for these files and for equal ones to come."""
    settled.update(work.prove())
    for entry, found in held:
        yield entry, found if isinstance(found, UnreadFile) else work.settled(found, settled)
