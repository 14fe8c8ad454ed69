"""What a register of many entries costs to change, to keep and to start again.

    python -m benchmarks.index_change [--quick] [--sizes 100000,1000000,10000000] [--json]

Entries carry an id, SHA-256 and PDQ (codes skewed as those of real pictures are). Wall-clock seconds; memory is what
the process holds with the list and its index in force, beyond what the interpreter needs.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import codes as made
from config.faults import Refused
from matcher.fingerprint import Digests, Fingerprint, Reading
from matcher.hash_lists import stored
from matcher.hash_lists.columns import Columns, id_key
from matcher.hash_lists.entry import HASH_BYTES, Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.texts import EMPTY, Texts, narrowed
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome

SIZES = (100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (100_000,)
CHANGED = 10_000
_ID_LENGTH = 10

Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    """Seconds, and bytes an entry, for one register."""

    entries: int
    start_s: float
    """To index a list that is in memory."""
    restart_s: float
    """The same with a snapshot at hand."""
    load_s: float
    """To make the list out of its stored bytes."""
    additions_s: float
    """Until 10,000 additions are in force."""
    withdrawals_s: float
    """Until 10,000 withdrawals are in force."""
    bytes_per_entry: float
    gigabytes: float
    stored_bytes_per_entry: float
    snapshot_bytes_per_entry: float


def hash_list(count: int, first: int = 0) -> HashList:
    """Return a list of this many invented entries."""
    chance = np.random.default_rng(first)
    ids = [f"{number:0{_ID_LENGTH}d}" for number in range(first, first + count)]
    none = {name: np.zeros((0, size), np.uint8) for name, size in HASH_BYTES.items()}
    given = {
        "sha256": chance.integers(0, 256, (count, 32), dtype=np.uint8),
        "pdq": made.skewed(count, seed=first).view(np.uint8).reshape(-1, 32),
    }
    present = sum(1 << list(HASH_BYTES).index(name) for name in given)
    columns = Columns(
        hashes=none | given,
        present=np.full(count, present, np.uint8),
        ids=Texts(
            np.frombuffer("".join(ids).encode(), np.uint8), narrowed(np.arange(0, count * _ID_LENGTH + 1, _ID_LENGTH))
        ),
        id_keys=np.array([id_key(one) for one in ids], np.uint64),
        category=np.zeros(count, np.uint8),
        categories=("A",),
        attributes=EMPTY,
    )
    return HashList(ListHeader("made-up", "A benchmark", "1", "scheme", "00" * 32), columns)


def measured(count: int) -> Row:
    """Return every figure for an index of this many entries. Exit if a change lacks its effect."""
    before = _private_bytes()
    whole = stored.dump(hash_list(count))
    load_s, one = timed(lambda: sure(stored.load(whole)))
    start_s, judge = timed(lambda: IndexJudge([one]))
    gc.collect()
    held = _private_bytes() - before
    snapshot = judge.snapshot()
    added, gone = hash_list(CHANGED, first=count), HashList.of(one.header, [])
    additions_s, judge = timed(lambda: judge.and_then([added]))
    expect(judge, added.entries[7], Outcome.MATCHED)
    gone = replace(gone, withdrawn=tuple(f"{number:0{_ID_LENGTH}d}" for number in range(CHANGED)))
    withdrawals_s, judge = timed(lambda: judge.and_then([gone]))
    expect(judge, one.entries[7], Outcome.NO_MATCH)
    del judge
    restart_s, judge = timed(lambda: IndexJudge([one], snapshot))
    expect(judge, one.entries[7], Outcome.MATCHED)
    sizes = held / count, held / 1e9, len(whole) / count, len(snapshot) / count
    return Row(count, start_s, restart_s, load_s, additions_s, withdrawals_s, *sizes)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the seconds it took, and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def sure(loaded: HashList | Refused) -> HashList:
    """Return a loaded list."""
    if isinstance(loaded, Refused):
        sys.exit(str(loaded))
    return loaded


def expect(judge: IndexJudge, entry: Entry, outcome: Outcome) -> None:
    """Exit unless a picture that looks like this entry is judged so."""
    reading = Reading("plain", entry.pdq or b"", 100, bytes(32))
    picture = Fingerprint(Digests(bytes(16), bytes(20), bytes(32)), 1, "image/png", 1, 1, (reading,), None)
    if judge.judge(picture).outcome is not outcome:
        sys.exit(f"an entry is not {outcome}")


def _private_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


def show(rows: list[Row]) -> None:
    """Return the rows as a table."""
    heads = (
        "entries",
        "start s",
        "restart s",
        "load s",
        "10k more s",
        "10k fewer s",
        "bytes",
        "GB",
        "stored",
        "snapshot",
    )
    table = Table(*heads, box=None)
    for one in rows:
        seconds = (one.start_s, one.restart_s, one.load_s, one.additions_s, one.withdrawals_s)
        sizes = (f"{one.bytes_per_entry:.0f}", f"{one.gigabytes:.2f}")
        kept = (f"{one.stored_bytes_per_entry:.0f}", f"{one.snapshot_bytes_per_entry:.0f}")
        table.add_row(f"{one.entries:,}", *(f"{value:.2f}" for value in seconds), *sizes, *kept)
    Console(width=130).print(table)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 entries only")
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    asked = parser.parse_args()
    rows = [measured(count) for count in (QUICK_SIZES if asked.quick else asked.sizes)]
    if asked.json:
        print(json.dumps([asdict(one) for one in rows], indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
