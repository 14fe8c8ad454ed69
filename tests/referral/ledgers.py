"""Real ledgers for tests: a store in a folder of the test, keys made for it, and a clock that the test moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from weakref import finalize

from config.settings import Recipient
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import Addressed, Claim, Conclusion, FetchPurpose, Intent, Ledger, LedgerKeys, SiteKey
from reports.record.build import fetch_entries, page_record, sighting_keys, visit_record
from reports.sighting import LoggedFetch, PageSeen, Visit
from scanner.referrals.dispatch import WrittenReferral, dispatch
from tests.referral.examples import ADDRESS, LISTS, NOON, POLICY, SENDER, visit, visit_end


@dataclass
class Desk:
    """A ledger with its keys, and the one recipient's identity."""

    directory: Path
    key: ScannerKey = field(default_factory=ScannerKey.new)
    now: datetime = NOON
    visits: int = 0
    store: str = "store.sqlite3"

    def __post_init__(self) -> None:
        self.identity, self.recipient = new_identity()
        self.keys = LedgerKeys(self.key, bytes(32), (self.recipient,))
        self.ledger = self.opened()

    def opened(self) -> Ledger:
        ledger = Ledger.open(self.directory / self.store, self.keys, self.clock)
        assert isinstance(ledger, Ledger), str(ledger)
        finalize(self, ledger.close)
        return ledger

    def clock(self) -> datetime:
        return self.now

    def visit(self, *pages: PageSeen, address: str = ADDRESS, ends: bool = True) -> Visit:
        """One visit with these pages, recorded as the scanner records it."""
        self.visits += 1
        made = visit(self.visits, address, self.now)
        claim = self.claim(made)
        for seen in pages:
            page, fetched = self.fetched(claim, seen)
            keys = sighting_keys(page, POLICY)
            novelty = self.ledger.novelty(self.recipient, keys)
            record = page_record(made, page, LISTS, novelty, SENDER, POLICY)
            to = Addressed(self.recipient, record, keys, made.mandate.destroy_by, fetch_entries(page))
            self.ledger.conclude(claim, fetched, (to,))
        if ends:
            read = sum(not page.cause for page in pages)
            end = visit_end(read, len(pages) - read, self.now + timedelta(minutes=3))
            record = visit_record(made, end, LISTS, SENDER, POLICY)
            next_due = self.now + timedelta(days=1)
            self.ledger.end_visit(
                claim,
                end.outcome,
                next_due,
                failed=False,
                addressed=(Addressed(self.recipient, record, destroy_by=made.mandate.destroy_by),),
            )
        return made

    def fetched(self, claim: Claim, page: PageSeen) -> tuple[PageSeen, list[Conclusion]]:
        """The page and its pictures with their fetches, which are on the log, and how they ended."""
        urls = list(dict.fromkeys([*(hop.url for hop in page.redirects), page.url]))
        purposes = [FetchPurpose.PAGE, *[FetchPurpose.REDIRECT] * (len(urls) - 1)]
        own = self.intended(claim, list(zip(urls, purposes, strict=True)))
        places = [*(one.place for one in page.sightings), *(one.place for one in page.failed)]
        came = list(dict.fromkeys(place.url for place in places if place.url))
        of = dict(zip(came, self.intended(claim, [(url, FetchPurpose.PICTURE) for url in came]), strict=True))
        when = {one.place.url: (one.fetched_from, one.fetched_until) for one in page.sightings}
        ended = [_ended(one, page.fetched_from, page.fetched_until, page.status) for one in own]
        ended += [_ended(one, *when.get(url, (page.fetched_from, page.fetched_until))) for url, one in of.items()]
        seen = replace(
            page,
            fetches=own,
            sightings=tuple(replace(one, fetches=_of(of, one.place.url)) for one in page.sightings),
            failed=tuple(replace(one, fetches=_of(of, one.place.url)) for one in page.failed),
        )
        return seen, ended

    def intended(self, claim: Claim, wanted: list[tuple[str, FetchPurpose]]) -> tuple[LoggedFetch, ...]:
        leaves = self.ledger.intend(claim, [Intent(url, purpose, claim.key.address) for url, purpose in wanted])
        return tuple(
            LoggedFetch(url, purpose.value, leaf, self.ledger.opening(leaf))
            for (url, purpose), leaf in zip(wanted, leaves, strict=True)
        )

    def dispatched(self) -> tuple[WrittenReferral, ...]:
        """What is new, as files in this folder's outbox."""
        outbox = self.directory / "outbox"
        outbox.mkdir(exist_ok=True)
        return dispatch(self.ledger, [self.unit()], outbox)

    def unit(self) -> Recipient:
        """The recipient as the configuration has it."""
        first, now = self.recipient, self.keys.key_now(self.recipient)
        earlier = (first,) if now != first else ()
        return Recipient(
            name="Example Unit",
            organisation="Example Police",
            public_key=now,
            earlier_keys=earlier,
            case_number="7/26",
        )

    def change_key(self) -> None:
        """The recipient has a new key, and keeps the old one for what was sealed to it."""
        identity, recipient = new_identity()
        self.ledger.close()
        self.identity += f"\n{identity}"
        self.keys = replace(self.keys, keys_now={self.recipient: recipient})
        self.ledger = self.opened()

    def claim(self, made: Visit) -> Claim:
        key = SiteKey(made.mandate.list_id, made.address)
        self.ledger.set_sites({site.key: self.now for site in self.ledger.sites()} | {key: self.now})
        claim = self.ledger.claim(key, "run", made.visit_id)
        assert claim is not None
        return claim


def _of(fetches: Mapping[str, LoggedFetch], url: str) -> tuple[LoggedFetch, ...]:
    return (fetches[url],) if url else ()


def _ended(fetch: LoggedFetch, started: datetime, ended: datetime, status: int = 200) -> Conclusion:
    return Conclusion(fetch.leaf_index, "answered", status, 0, started, ended)
