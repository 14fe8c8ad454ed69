"""The scene of a visit: simulated sites, a real signed list and ledger, and the recipient who opens the records."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4
from weakref import finalize

from config.faults import Refused
from matcher.verdict import Tier
from reports.crypto.seal import new_identity, recipient_of, unseal
from reports.crypto.signing import RECORD, ScannerKey, check
from reports.ledger.ledger import Ledger, LedgerKeys, SiteKey
from reports.record.build import Policy, Sender
from reports.sighting import VisitEnd
from scanner.authority.list_store import Listing
from scanner.authority.permit import ListPermits
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget
from scanner.fetch.patience import PatiencePolicy
from scanner.fetch.rate_limit import RateLimiters
from scanner.hash_lists.noisy_entries import HitCounter, Unwatched
from scanner.liveness.check import LivenessCheck, SecondTorSource
from scanner.referrals.recipients import RecipientRule, Recipients
from scanner.schedule import policy as schedule
from scanner.visit.services import VisitLimits, VisitServices
from scanner.visit.visit import visit_site
from tests.authority.making import NOW, a_target, address, verified
from tests.simulators.onions import (
    MovedClock,
    Reply,
    SimulatedExaminer,
    SimulatedOnions,
    SimulatedReader,
    SimulatedTor,
)

HOME = f"http://{address(1)}"
OTHER = f"http://{address(2)}"
UNLISTED = f"http://{address(9)}"
LIMITS = VisitLimits(
    seconds=3_600,
    pages=50,
    pictures=50,
    pictures_at_once=2,
    bytes=1_000_000,
    cookies=True,
    redirects=3,
    page=Budget(30, 100_000),
    picture=Budget(30, 100_000),
    patience=PatiencePolicy(first_seconds=0.001, wait_seconds_most=0.5),
)


def scope(**changes: object) -> dict[str, Any]:
    return a_target(1, requests_per_minute=6_000, **changes)


@dataclass
class Scene:
    """Two listed sites, with replies by URL."""

    folder: Path
    replies: Mapping[str, Reply | FailureCause]
    target: Mapping[str, Any] = field(default_factory=scope)
    limits: VisitLimits = LIMITS
    second: SecondTorSource | None = None
    lot: float = 1.0
    signing: ScannerKey = field(default_factory=ScannerKey.new)
    identity: str = field(default_factory=lambda: new_identity()[0])

    def __post_init__(self) -> None:
        self.clock = MovedClock(NOW)
        self.seconds = lambda: self.clock().timestamp()
        self.stop = Event()
        self.recipient = recipient_of(self.identity)
        self.keys = LedgerKeys(self.signing, bytes(32), (self.recipient,))
        self.list = verified(targets=[self.target, a_target(2, requests_per_minute=6_000)])
        self.onions = SimulatedOnions(self.replies, self.clock)
        self.examiner = SimulatedExaminer()
        self.tor = SimulatedTor()
        self.hits: HitCounter = Unwatched()
        self.key = SiteKey("examples", address(1))
        self.ledger = self.opened()
        self.ledger.set_sites({self.key: NOW, SiteKey("examples", address(2)): NOW})

    def opened(self) -> Ledger:
        ledger = Ledger.open(self.folder / "store.sqlite3", self.keys, self.clock)
        assert not isinstance(ledger, Refused), ledger
        finalize(self, ledger.close)
        return ledger

    def services(self) -> VisitServices:
        return VisitServices(
            permits=ListPermits([self.list], None),
            rate_limits=RateLimiters(lambda _address: 1_000_000.0),
            fetcher=self.onions,
            reader=SimulatedReader(),
            examiner=self.examiner,
            ledger=self.ledger,
            hits=self.hits,
            tor=self.tor,
            liveness=LivenessCheck(None, self.second, Budget(30, 1_000)),
            clock=self.clock,
            limits=self.limits,
            sender=Sender("Example Hotline", "desk", "0.1.0", "", "0" * 64),
            recipients=Recipients((RecipientRule(self.recipient, Policy((Tier.EXACT,))),)),
            retry=schedule.RetryPolicy(timedelta(minutes=10), timedelta(hours=10)),
            test=True,
            seconds=self.seconds,
            draw=lambda: self.lot,
        )

    def visit(self, services: VisitServices | None = None) -> VisitEnd:
        """Claim and visit the first site, with these services or the scene's own."""
        site = next(site for site in self.ledger.sites() if site.key == self.key)
        claim = self.ledger.claim(self.key, "run", str(uuid4()))
        target = self.list.target(address(1))
        assert claim is not None
        assert target is not None
        return visit_site(Listing(self.list, target), site, claim, services or self.services(), self.stop)

    def records(self) -> list[dict[str, Any]]:
        """Return every sealed record, opened with the recipient's identity, oldest first."""
        opened = [unseal(stored.sealed, self.identity) for stored in self.ledger.undelivered(self.recipient)]
        checked = [check(one, RECORD, (self.keys.signing.public,)) for one in opened if not isinstance(one, Refused)]
        assert len(checked) == len(opened)
        return [json.loads(one[0]) for one in checked if not isinstance(one, Refused)]

    def pages(self) -> list[dict[str, Any]]:
        return [record for record in self.records() if record["kind"] == "page"]
