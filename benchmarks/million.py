"""A million findings: made, listed, handed over; verified, opened and written out on the recipient's side.

Does memory stay constant, and speed?

    python -m benchmarks.million FOLDER [--findings 1000000] [--phases made,listed] [--json]

Twice, in FOLDER: a tenth of the findings, then all of them. Each phase is a process of its own, whose peak memory is
told by the kernel. A page has 200 pictures, all known, each with a fetch of its own: that many findings stand in one
record. `age` stands beside it: the bare sealing of as many bytes as were handed over. `opened` holds every file at
once; `written` goes on to the referral's JSON, held against its schema, every byte of it but kept nowhere. `--phases`
names those to measure; each rests on what the earlier ones left.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks.referrals import (
    ADDRESS,
    IDENTITY,
    KEYS,
    LISTS,
    POLICY,
    RECIPIENT,
    SENDER,
    TO,
    VISIT,
    ended,
    fetched,
    picture,
    seen,
)
from config.clock import utc_now
from config.faults import Refused
from reports.bundle.checks import CheckState
from reports.bundle.completeness import Portion, completeness
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.crypto.seal import seal
from reports.files import private_directory
from reports.formats import pieces_of
from reports.ledger.ledger import Addressed, Ledger, SiteKey
from reports.record.build import fetch_entries, page_record, sighting_keys
from reports.referral.assemble import assemble
from reports.referral.model import Referral
from scanner.cli.commands.open_referral import departure_of
from scanner.referrals.dispatch import dispatch

PICTURES = 200


def opened(folder: Path) -> Ledger:
    """Return the ledger of one size."""
    ledger = Ledger.open(folder / "store.sqlite3", KEYS, utc_now)
    if isinstance(ledger, Refused):
        sys.exit(str(ledger))
    return ledger


def made(folder: Path, pages: int) -> None:
    """Write a record for each page, every picture of it known, as a visit does."""
    ledger = opened(folder)
    ledger.set_sites({SiteKey("list", ADDRESS): VISIT.started})
    claim = ledger.claim(SiteKey("list", ADDRESS), "run", VISIT.visit_id)
    if claim is None:
        sys.exit("the store of an earlier run is there: name an empty folder")
    known = picture(0, 0).verdict
    for number in range(pages):
        pictures = tuple(replace(picture(number, n), verdict=known) for n in range(PICTURES))
        page = fetched(ledger, claim, replace(seen(number), sightings=pictures))
        keys = sighting_keys(page, POLICY)
        record = page_record(VISIT, page, LISTS, ledger.novelty(RECIPIENT, keys), SENDER, POLICY)
        ledger.conclude(claim, ended(page), (Addressed(RECIPIENT, record, keys, entries=fetch_entries(page)),))
    ledger.close()


def listed(folder: Path, pages: int) -> None:
    """Count the waiting records, as `sightline reports list` does."""
    ledger = opened(folder)
    if ledger.how_many_wait().get(RECIPIENT, 0) != pages:
        sys.exit("not every record waits")
    ledger.close()


def handed_over(folder: Path, pages: int) -> None:
    """Write every record into referral files."""
    ledger, outbox = opened(folder), folder / "outbox"
    private_directory(outbox)
    if sum(one.records for one in dispatch(ledger, [TO], outbox)) != pages:
        sys.exit("not every record was handed over")
    ledger.close()


def age_alone(folder: Path, _pages: int) -> None:
    """Seal as many bytes as were handed over, and discard them."""
    for size in (path.stat().st_size for path in (folder / "outbox").iterdir()):
        seal(bytes(size // 2), [RECIPIENT])


def files(folder: Path) -> Iterator[VerifiedReferral]:
    """Verify every referral file with every check."""
    for path in sorted((folder / "outbox").iterdir()):
        one = open_bundle(path.read_bytes(), IDENTITY, KEYS.signing.public)
        if isinstance(one, Refused):
            sys.exit(str(one))
        yield one


def verified(folder: Path, pages: int) -> None:
    """Verify each file by itself, as `sightline verify` does."""
    portions = [Portion.of(one.manifest, one.records) for one in files(folder)]
    if any(result.state is CheckState.FAILS for result in completeness(portions)):
        sys.exit("the files do not fit together")
    if sum(len(portion.manifest.records) for portion in portions) != pages:
        sys.exit("not every record was verified")


def assembled(folder: Path, pages: int) -> Referral:
    """Assemble all files, as `sightline reports open` does."""
    referral = assemble(list(files(folder)), "0")
    if len(referral.images) != pages * PICTURES:
        sys.exit("not every finding is there")
    return referral


def opened_together(folder: Path, pages: int) -> None:
    """Show the most urgent, as the terminal does."""
    if not assembled(folder, pages).images[:20]:
        sys.exit("there is no finding")


def written(folder: Path, pages: int) -> None:
    """Write the referral's JSON, as `reports open --out` does."""
    referral = assembled(folder, pages)
    if departure_of(referral) or not sum(map(len, pieces_of("json", referral))):
        sys.exit("the referral is not in its form")


PHASES: dict[str, Callable[[Path, int], None]] = {
    "made": made,
    "listed": listed,
    "handed over": handed_over,
    "age alone": age_alone,
    "verified": verified,
    "opened": opened_together,
    "written": written,
}


def measured(work: Callable[[Path, int], None], folder: Path, pages: int) -> dict[str, float]:
    """Seconds and peak MiB of one phase in a process of its own."""
    start = perf_counter()
    child = os.fork()
    if child == 0:
        work(folder, pages)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{work.__name__} failed")
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": perf_counter() - start, "cpu_seconds": cpu, "peak_mib": usage.ru_maxrss / 1024}


def main() -> None:
    """Measure both sizes and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--phases", default=",".join(PHASES))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    wanted = [name for name in PHASES if name in arguments.phases.split(",")]
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for findings in (arguments.findings // 10, arguments.findings):
        folder = arguments.folder / str(findings)
        refused = private_directory(folder)
        if refused is not None:
            sys.exit(str(refused))
        for name in wanted:
            one = measured(PHASES[name], folder, findings // PICTURES)
            figures.setdefault(str(findings), {})[name] = one
            if not arguments.json:
                print(line(findings, name, one), flush=True)
    if arguments.json:
        print(json.dumps(figures, indent=2))


def line(findings: int, name: str, one: dict[str, float]) -> str:
    """One phase, as it is told as soon as it has ended."""
    each = one["cpu_seconds"] / findings * 1e6
    seconds = f"{one['seconds']:9.1f} s{one['cpu_seconds']:9.1f} s of CPU"
    return f"{findings:>10,} {name:<12}{seconds}{each:9.1f} us a finding{one['peak_mib']:8.0f} MiB peak"


if __name__ == "__main__":
    main()
