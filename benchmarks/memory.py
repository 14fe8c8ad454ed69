"""Memory of the scanner's own process over 10,000 pages: `python -m benchmarks.memory [--pages 10000] [--json]`.

Real visits, crawl, permits, records, log and store over simulated sites of 100 pages, a picture on each; ten sites at
once. What a private network adds (tor, workers, which end with their site) is in
`benchmarks.pages --long`. Resident memory is read after each thousandth page, when no visit is under way.
"""

import argparse
import contextlib
import io
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.tick import memory_mib
from reports.ledger.ledger import SiteKey
from scanner.rehearsal.workspace import clear, fresh_ground
from tests.authority.making import a_target, address
from tests.operator.desk import Desk, SimulatedScanner
from tests.simulators.onions import Reply, page_of, picture

SITE_PAGES = 100
AT_ONCE = 10
"""Sites of one round: a thousand pages."""


def replies(number: int) -> dict[str, Reply]:
    """Return a site whose pages link each other, each with its own picture."""
    home = f"http://{address(number)}"
    links = [f"{home}/{page}" for page in range(1, SITE_PAGES)]
    pages = {f"{home}/{page or ''}": page_of(links, [f"{home}/{page}.png"]) for page in range(SITE_PAGES)}
    return pages | {f"{home}/{page}.png": picture(f"new-{number}-{page}") for page in range(SITE_PAGES)}


def scanned(scanner: SimulatedScanner, numbers: range) -> int:
    """Visit these sites to their end; how many pages were read."""
    scanner.onions.replies = {url: reply for number in numbers for url, reply in replies(number).items()}
    keys = [SiteKey("examples", address(number)) for number in numbers]
    daemon = scanner.daemon()
    scanner.ledger.make_due(keys, scanner.world.clock())
    sites = {site: scanner.lists.listings[site.key] for site in scanner.ledger.sites() if site.key in set(keys)}
    daemon._rounds.start_all(sites)  # noqa: SLF001 - the visits alone, without the rest of a tick
    while daemon._rounds.wait(1):  # noqa: SLF001
        pass
    daemon._rounds.close(10)  # noqa: SLF001
    scanner.onions.asked.clear()
    scanner.onions.forgotten.clear()
    scanner.onions.robots.clear()
    return daemon.tallies.pages


def figures(pages: int, folder: Path) -> Iterator[dict[str, float]]:
    """One row for each thousand pages."""
    sites = pages // SITE_PAGES
    with contextlib.redirect_stdout(io.StringIO()):
        desk = Desk(folder, sites=1)
        scope = {"depth": 9, "pages": SITE_PAGES}
        desk.list_sites([a_target(number, requests_per_minute=6_000, scope=scope) for number in range(1, sites + 1)])
        scanner = desk.scanner()
        limits = replace(scanner.world.limits, pages=SITE_PAGES, pictures=SITE_PAGES, bytes=2**30)
        scanner.world = replace(scanner.world, limits=limits)
    began, read = time.process_time(), 0
    for first in range(1, sites + 1, AT_ONCE):
        with contextlib.redirect_stdout(io.StringIO()):
            read += scanned(scanner, range(first, min(first + AT_ONCE, sites + 1)))
        yield {"pages": read, "memory_mib": round(memory_mib()), "cpu_s": round(time.process_time() - began, 1)}
    scanner.lists.close()
    scanner.ledger.close()


def main() -> int:
    """Print a line for each thousand pages. Exit status 1 when a page was not read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    chosen = parser.parse_args()
    ground, rows = fresh_ground(), []
    ground.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        for row in figures(chosen.pages, ground):
            rows.append(row)
            if not chosen.json:
                print("  ".join(f"{key} {value:g}" for key, value in row.items()), flush=True)
    finally:
        clear(ground)
    if chosen.json:
        print(json.dumps(rows, indent=2))
    return 0 if rows and rows[-1]["pages"] == chosen.pages else 1


if __name__ == "__main__":
    sys.exit(main())
