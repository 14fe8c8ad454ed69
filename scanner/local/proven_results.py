"""Results that count: each is held back until the workers have been proven after it.

A picture that has taken its worker over can have it call all later ones harmless. So no line of a report is written on
a worker's word alone: results wait in small batches for the proof (`matcher/worker/leased_hasher.py`), and what a worker that
failed it had said is replaced by what others say of the same bytes.
"""

import time
from collections.abc import Iterator
from typing import Final

from scanner.local.examine import FileExaminer, Found
from scanner.local.read_file import UnreadFile
from scanner.local.walk import WalkEntry

HELD: Final = 64
HELD_SECONDS: Final = 2.0
"""How long the first of a batch waits while others come."""

Result = tuple[WalkEntry, Found | UnreadFile]


def proven(results: Iterator[Result[Found]], work: FileExaminer[Found]) -> Iterator[Result[Found]]:
    """The results in their order."""
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
    """Prove the workers, and give what counts. What they had said of files that are still to come counts then."""
    settled.update(work.prove())
    for entry, found in held:
        counts = found if isinstance(found, UnreadFile) else settled.get(work.sha256(found), found)
        yield entry, counts
