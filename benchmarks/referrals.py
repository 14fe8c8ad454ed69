"""Records and referrals: how many are made, sent, verified and read in a second, and how much memory that needs.

    python -m benchmarks.referrals FOLDER [--pages 2000] [--json]

FOLDER keeps the store and the outbox, for a look afterwards. A page has 20 pictures, two of them known. The store's own
speed is in benchmarks/log.py; here each page is two synchronous transactions, as it is there. `age` stands beside it:
the bare sealing of as many bytes, which no way of making a referral can beat.
"""

import argparse
import json
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import md5, sha1, sha256
from pathlib import Path
from time import perf_counter, process_time

from config.clock import utc_now
from config.faults import Refused
from config.settings import Recipient
from matcher.fingerprint import Digests, Fingerprint, Reading
from matcher.verdict import ListInForce, Match, Outcome, Tier, Verdict
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.crypto.seal import new_identity, seal
from reports.crypto.signing import ScannerKey
from reports.files import private_directory
from reports.formats.html.page import page as html_page
from reports.ledger.ledger import Addressed, Claim, Conclusion, FetchPurpose, Intent, Ledger, LedgerKeys, SiteKey
from reports.record.build import Policy, Sender, fetch_entries, page_record, sighting_keys
from reports.referral.assemble import assemble
from reports.sighting import Gating, LoggedFetch, Mandate, PageSeen, Place, Relation, Sighting, Visit
from scanner.referrals.dispatch import dispatch

ADDRESS = f"{'a' * 56}.onion"
PICTURES = 20
KNOWN = 2
NOW = utc_now()
POLICY = Policy((Tier.EXACT, Tier.NEAR_CONFIRMED, Tier.NEAR))
SENDER = Sender("Example", "desk@example", "0", "", sha256(b"").hexdigest())
LISTS = (ListInForce("example", "Example Issuer", "1", sha256(b"").hexdigest(), 1_000_000),)
MATCH = Match("example", "Example Issuer", "1", "entry", "sha256", Tier.EXACT, 0, 0, None, "bytes", 0, "1", "EXAMPLE")
MANDATE = Mandate(
    "Example", "1", "Act", "list", 1, sha256(b"").hexdigest(), "0" * 16, NOW, NOW + timedelta(days=9), None, ""
)
VISIT_ID = "00000000-0000-4000-8000-000000000001"
VISIT = Visit(VISIT_ID, ADDRESS, MANDATE, "all", "reported", NOW, test=True, gate=Gating.INSIDE_TOR)
IDENTITY, RECIPIENT = new_identity()
KEYS = LedgerKeys(ScannerKey.new(), bytes(32), (RECIPIENT,))
TO = Recipient(name="example", public_key=RECIPIENT)


def picture(page: int, number: int) -> Sighting:
    """Return an invented picture on a page; the first few are known."""
    name = f"{page}/{number}".encode()
    readings = tuple(Reading(f"reading-{n}", sha256(name).digest(), 90, sha256(name).digest()) for n in range(8))
    digests = Digests(md5(name).digest(), sha1(name).digest(), sha256(name).digest())  # noqa: S324 - as lists carry
    fingerprint = Fingerprint(digests, 50_000, "image/jpeg", 1024, 768, readings, None)
    verdict = Verdict(Outcome.MATCHED, (MATCH,)) if number < KNOWN else Verdict(Outcome.NO_MATCH)
    url = f"http://{ADDRESS}/{page}"
    place = Place(f"{url}/{number}.jpg", url, "img src", Relation.HOSTED_HERE)
    return Sighting(place, (), NOW, NOW, "image/jpeg", complete=True, fingerprint=fingerprint, verdict=verdict)


def seen(page: int) -> PageSeen:
    """Return a page of pictures."""
    pictures = tuple(picture(page, number) for number in range(PICTURES))
    digest = sha256(bytes(page)).hexdigest()
    url = f"http://{ADDRESS}/{page}"
    return PageSeen(url, (), 200, NOW, NOW, digest, "", complete=True, sightings=pictures, not_fetched=(), failed=())


def timed(work: Callable[[], int]) -> dict[str, float]:
    """Seconds, units in a second, and the peak memory of the process so far in MiB."""
    start, started = perf_counter(), process_time()
    units = work()
    seconds, cpu = perf_counter() - start, process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "units": units,
        "per_second": units / seconds,
        "cpu_ms_each": cpu * 1000 / units,
        "peak_mib": peak,
    }


def record_pages(ledger: Ledger, claim: Claim, pages: int) -> int:
    """Build, sign, seal and store a record for each page."""
    for number in range(pages):
        page = fetched(ledger, claim, seen(number))
        keys = sighting_keys(page, POLICY)
        record = page_record(VISIT, page, LISTS, ledger.novelty(RECIPIENT, keys), SENDER, POLICY)
        ledger.conclude(claim, ended(page), (Addressed(RECIPIENT, record, keys, entries=fetch_entries(page)),))
    return pages


def fetched(ledger: Ledger, claim: Claim, page: PageSeen) -> PageSeen:
    """Return the page and its pictures with their logged fetches."""
    (own,) = logged(ledger, claim, [page.url], FetchPurpose.PAGE)
    of = logged(ledger, claim, [one.place.url for one in page.sightings], FetchPurpose.PICTURE)
    sightings = tuple(replace(one, fetches=(fetch,)) for one, fetch in zip(page.sightings, of, strict=True))
    return replace(page, fetches=(own,), sightings=sightings)


def logged(ledger: Ledger, claim: Claim, urls: list[str], purpose: FetchPurpose) -> list[LoggedFetch]:
    """Fetches that are about to be made."""
    leaves = ledger.intend(claim, [Intent(url, purpose, ADDRESS) for url in urls])
    pairs = zip(urls, leaves, strict=True)
    return [LoggedFetch(url, purpose.value, leaf, ledger.opening(leaf)) for url, leaf in pairs]


def ended(page: PageSeen) -> list[Conclusion]:
    """Return how they ended."""
    return [Conclusion(leaf, "answered", 200, 50_000, NOW, NOW) for leaf in fetch_entries(page)]


def opened(paths: list[Path]) -> Iterator[VerifiedReferral]:
    """One file after the other, every check made."""
    for path in paths:
        one = open_bundle(path.read_bytes(), IDENTITY, KEYS.signing.public)
        if isinstance(one, Refused):
            sys.exit(str(one))
        yield one


def measure(folder: Path, pages: int) -> dict[str, dict[str, float]]:
    """Measure every phase, in the order of a record."""
    ledger = Ledger.open(folder / "store.sqlite3", KEYS, utc_now)
    if isinstance(ledger, Refused):
        sys.exit(str(ledger))
    ledger.set_sites({SiteKey("list", ADDRESS): NOW})
    claim = ledger.claim(SiteKey("list", ADDRESS), "run", VISIT.visit_id)
    if claim is None:
        sys.exit("the store of an earlier run is there: name an empty folder")
    outbox = folder / "outbox"
    private_directory(outbox)
    figures = {"record": timed(lambda: record_pages(ledger, claim, pages))}
    figures["dispatch"] = timed(lambda: sum(made.records for made in dispatch(ledger, [TO], outbox)))
    paths = sorted(outbox.iterdir())
    figures["verify"] = timed(lambda: sum(len(one.records) for one in opened(paths)))
    first = next(opened(paths))
    figures["assemble and page"] = timed(lambda: len(html_page(assemble([first], "0"))) and len(first.records))
    sizes = [path.stat().st_size for path in paths]
    figures["age alone"] = timed(lambda: sum(len(seal(bytes(size // 2), [RECIPIENT])) > 0 for size in sizes) and pages)
    ledger.close()
    return {name: {**one, "files": len(paths), "bytes": sum(sizes)} for name, one in figures.items()}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    refused = private_directory(arguments.folder)
    if refused is not None:
        sys.exit(str(refused))
    figures = measure(arguments.folder, arguments.pages)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, one in figures.items():
        speed = f"{one['per_second']:10,.0f} records/s{one['cpu_ms_each']:8,.1f} ms of CPU each"
        print(f"{name:<20}{one['seconds']:9.2f} s{speed}{one['peak_mib']:10,.0f} MiB peak")
    print(f"{figures['verify']['files']:.0f} files, {figures['verify']['bytes'] / 2**20:,.1f} MiB")


if __name__ == "__main__":
    main()
