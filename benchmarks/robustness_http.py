"""A hostile HTTP server through a simulated tor: how each answer ends, after how many seconds, with how much memory.

The aim: each ends by its deadline and one second, with at most 64 MB more memory than before it, as the cause that the
table expects. Bombs unpack to 1 GiB, gzip in gzip to 10 GiB. The table is that of the tests (`tests/fetch/hostile.py`,
where bombs are smaller); each exchange runs in a process of its own, whose peak of memory the kernel tells.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from threading import Event
from typing import Final

from tests.fetch.hostile import WHOLE, Case, cases
from tests.fetch.measured import Victim
from tests.fetch.permits import OTHER, SITE
from tests.simulators.socks import SocksServer

EXTRA_MOST: Final = 64 * 10**6
MEGABYTE: Final = 10**6


@dataclass(frozen=True)
class Row:
    """One case: what was to come of it and what came, in seconds and megabytes."""

    case: str
    expected: str
    ended: str
    seconds: float
    deadline: float
    extra_mb: float
    received_mb: float
    off_list: int
    """Connections that were asked of tor to hosts that are not listed."""

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        in_time = self.seconds < self.deadline + 1
        return in_time and self.extra_mb * MEGABYTE < EXTRA_MOST and self.ended == self.expected and not self.off_list


def rows() -> Iterator[Row]:
    """Run every case, one after the other."""
    hurry = Event()
    with SocksServer() as server:
        with Victim(server.address) as victim:
            for name, case in cases(hurry, WHOLE).items():
                yield measured(name, case, server, victim)
        hurry.set()


def measured(name: str, case: Case, server: SocksServer, victim: Victim) -> Row:
    """One case."""
    server.asked.clear()
    server.services[SITE] = case.script
    found = victim.fetch(case.budget)
    return Row(
        case=name,
        expected=case.expected or "an answer",
        ended=found.cause or "an answer",
        seconds=round(found.seconds, 2),
        deadline=case.budget.seconds,
        extra_mb=round(found.extra_bytes / MEGABYTE, 1),
        received_mb=round(found.received_bytes / MEGABYTE, 2),
        off_list=sum(asked.host not in {SITE, OTHER} for asked in server.asked),
    )


def shown(row: Row) -> str:
    """One line of the table."""
    figures = f"{row.seconds:7.2f} {row.deadline:6.1f} {row.extra_mb:7.1f} {row.received_mb:7.2f}"
    return f"{row.case:48}{figures}  {row.ended}{'' if row.holds else '  << NOT AS IT SHOULD BE'}"


def main() -> int:
    """Print the table; 1 when a case does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    found: list[Row] = []
    if not as_json:
        print(
            f"{'case':48}seconds  until   extra  came in  ended as\n{'':48}             s      MB       MB", flush=True
        )
    for row in rows():
        found.append(row)
        if not as_json:
            print(shown(row), flush=True)
    held = sum(row.holds for row in found)
    if as_json:
        print(json.dumps({"cases": [asdict(row) for row in found], "held": held}, indent=2))
    else:
        most = max(found, key=lambda row: row.extra_mb)
        print(f"{held} of {len(found)} hold; most memory: {most.extra_mb} MB ({most.case})")
    return held != len(found)


if __name__ == "__main__":
    sys.exit(main())
