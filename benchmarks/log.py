"""The log's figures: steps and entries written in a second, and how long an audit takes.

    python -m benchmarks.log FOLDER [--pages 500] [--entries 1000000]

FOLDER lies on the disk to be measured and keeps the stores, for a look afterwards. A page is what a visit writes for
one: two transactions, each on the disk (fsync) before it returns. The audit is of a log of `--entries`, written in
large steps.
"""

import argparse
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from config.clock import utc_now
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.files import private_directory
from reports.ledger.ledger import (
    Addressed,
    Claim,
    Conclusion,
    FetchPurpose,
    Intent,
    Ledger,
    LedgerKeys,
    SightingKey,
    SiteKey,
)
from reports.log.audit import AuditReport
from reports.log.merkle import leaf_hash, verify_inclusion
from reports.store.reading import audit_store

ADDRESS = f"{'a' * 56}.onion"
PICTURES = 12
"""On one page."""
STEP = 2000
"""Fetches in one large step."""
_, RECIPIENT = new_identity()
KEYS = LedgerKeys(ScannerKey.new(), bytes(32), (RECIPIENT,))


@contextmanager
def timed(what: str, count: int, unit: str) -> Iterator[None]:
    """Print how long the block takes, and how many a second."""
    start = perf_counter()
    yield
    seconds = perf_counter() - start
    print(f"{what:<34}{seconds:9.2f} s {count / seconds:12,.0f} {unit}/s")


def claimed(ledger: Ledger) -> Claim:
    """Return the run's only visit."""
    ledger.set_sites({SiteKey("list", ADDRESS): utc_now()})
    claim = ledger.claim(SiteKey("list", ADDRESS), "run", "visit")
    if claim is None:
        sys.exit("the store of an earlier run is there: name an empty folder")
    return claim


def fetches(ledger: Ledger, claim: Claim, count: int) -> list[Conclusion]:
    """Intend fetches, and have their ends ready."""
    intents = [Intent(f"http://{ADDRESS}/{n}", FetchPurpose.PICTURE, ADDRESS) for n in range(count)]
    now = utc_now()
    return [Conclusion(leaf, "answered", 200, 50_000, now, now) for leaf in ledger.intend(claim, intents)]


def write_pages(ledger: Ledger, claim: Claim, pages: int) -> None:
    """Pages as a visit writes them."""
    record = bytes(20_000)
    for page in range(pages):
        pictures = [SightingKey(bytes([n]) * 32, f"http://{ADDRESS}/{page}/{n}") for n in range(PICTURES)]
        ended = fetches(ledger, claim, 1 + PICTURES)
        ledger.novelty(RECIPIENT, pictures)
        ledger.conclude(claim, ended, (Addressed(RECIPIENT, record, tuple(pictures)),))


def write_entries(ledger: Ledger, claim: Claim, entries: int) -> None:
    """Write a long log, quickly."""
    for _ in range(0, entries, 2 * STEP):
        ledger.conclude(claim, fetches(ledger, claim, STEP))


def prove(ledger: Ledger, size: int, root: bytes, proofs: int) -> None:
    """Proofs of entries all over the log."""
    for index in range(0, size, max(1, size // proofs)):
        proof = ledger.inclusion_proof(index, size)
        if not verify_inclusion(leaf_hash(ledger.leaf(index)), index, size, proof, root):
            sys.exit("a proof does not hold")


def with_ledger(path: Path, work: Callable[[Ledger, Claim], None]) -> None:
    """Do the work in a new store."""
    ledger = Ledger.open(path, KEYS, utc_now)
    if not isinstance(ledger, Ledger):
        sys.exit(str(ledger))
    work(ledger, claimed(ledger))
    ledger.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--entries", type=int, default=1_000_000)
    chosen = parser.parse_args()
    refused = private_directory(chosen.folder)
    if refused is not None:
        sys.exit(str(refused))
    small, large = chosen.folder / "pages.sqlite3", chosen.folder / "entries.sqlite3"
    with timed(f"{chosen.pages:,} pages of {PICTURES} pictures", chosen.pages, "pages"):
        with_ledger(small, lambda ledger, claim: write_pages(ledger, claim, chosen.pages))
    with timed(f"{chosen.entries:,} entries, large steps", chosen.entries, "entries"):
        with_ledger(large, lambda ledger, claim: write_entries(ledger, claim, chosen.entries))
    with timed("audit of these", chosen.entries, "entries"):
        report = audit_store(large, (KEYS.signing.public,))
    if not isinstance(report, AuditReport) or not report.holds:
        sys.exit("the audit failed")
    ledger = Ledger.open(large, KEYS, utc_now)
    if isinstance(ledger, Ledger):
        with timed("1,000 inclusion proofs", 1000, "proofs"):
            prove(ledger, report.size, bytes.fromhex(report.root), 1000)
    size = large.stat().st_size / report.size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{report.size:,} entries take {size:.0f} bytes each on the disk; peak memory of all of this {peak:.0f} MiB")


if __name__ == "__main__":
    main()
