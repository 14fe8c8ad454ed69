"""A scanner's bench for tests: a real ledger in a folder of the test, keys made for it, and a clock that tests move."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import finalize

from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import (
    RETENTION,
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
from reports.ledger.retention import RetentionKeys
from reports.log.audit import AuditReport
from reports.log.checkpoint import Checkpoint, open_checkpoint
from reports.log.entry import Kind, LogEntry
from reports.store.engine import Store
from reports.store.reading import audit_store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
IDENTITY, RECIPIENT = new_identity()
KEYS = LedgerKeys(ScannerKey.new(), b"token key of the tests, 32 bytes", (RECIPIENT,))
RECORD = b'{"a":"record"}'


def address(number: int) -> str:
    """A made-up onion address (its checksum does not hold)."""
    return f"{number:a>56}.onion"


def site(number: int, list_id: str = "list-1") -> SiteKey:
    return SiteKey(list_id, address(number))


def picture(number: int, path: str = "/a.jpg", standing: str = "unknown") -> SightingKey:
    return SightingKey(number.to_bytes(32, "big"), f"http://{address(1)}{path}", standing)


@dataclass
class Bench:
    """A ledger and the clock it runs by."""

    folder: Path
    keys: LedgerKeys = KEYS
    now: datetime = NOON
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = self.opened()

    @property
    def path(self) -> Path:
        return self.folder / "store.sqlite3"

    def clock(self) -> datetime:
        return self.now

    def opened(self) -> Ledger:
        ledger = Ledger.open(self.path, self.keys, self.clock)
        assert isinstance(ledger, Ledger), str(ledger)
        finalize(self, ledger.close)
        return ledger

    def over(self, store: Store) -> Ledger:
        """A ledger of the bench's keys over a store that a test has opened its own way."""
        return Ledger(store, self.keys, RetentionKeys(self.folder / RETENTION), self.clock)

    def claim(self, number: int = 1, run: str = "run-1", visit: str = "visit-1") -> Claim:
        self.ledger.set_sites({known.key: self.now for known in self.ledger.sites()} | {site(number): self.now})
        claim = self.ledger.claim(site(number), run, visit)
        assert claim is not None
        return claim

    def told(self, *pictures: SightingKey, record: bytes = RECORD) -> tuple[Addressed, ...]:
        """A record to each recipient."""
        return tuple(Addressed(recipient, record, pictures) for recipient in self.keys.recipients)

    def page(self, claim: Claim, pictures: Iterable[SightingKey] = (), record: bytes = RECORD) -> str:
        """One page with its intent, its end and its record."""
        leaves = self.intend(claim)
        (kept,) = self.ledger.conclude(
            claim, [self.ended(leaf) for leaf in leaves], self.told(*pictures, record=record)
        )
        return kept

    def intend(self, claim: Claim, fetches: int = 1) -> tuple[int, ...]:
        place = claim.key.address
        return self.ledger.intend(
            claim, [Intent(f"http://{place}/page-{n}", FetchPurpose.PAGE, place) for n in range(fetches)]
        )

    def ended(self, leaf: int) -> Conclusion:
        return Conclusion(leaf, "answered", 200, 5120, self.now, self.now + timedelta(seconds=2))

    def end(self, claim: Claim, *, failed: bool = False) -> str:
        return self.ledger.end_visit(claim, "visited", self.now + A_DAY, failed=failed, addressed=self.told())[0]

    def visit(self, number: int = 1, visit: str = "visit-1", pages: int = 1) -> None:
        """One whole visit."""
        claim = self.claim(number, visit=visit)
        for page in range(pages):
            self.page(claim, [picture(page)])
        self.end(claim)

    def checkpoint(self) -> Checkpoint:
        checkpoint = open_checkpoint(self.ledger.checkpoint(), (self.keys.signing.public,))
        assert isinstance(checkpoint, Checkpoint)
        return checkpoint

    def entries(self) -> list[LogEntry]:
        return [LogEntry.from_bytes(self.ledger.leaf(index)) for index in range(self.checkpoint().size)]

    def kinds(self) -> list[Kind]:
        return [entry.kind for entry in self.entries()]

    def audit(self, earlier: Checkpoint | None = None) -> AuditReport:
        report = audit_store(self.path, (self.keys.signing.public,), earlier)
        assert isinstance(report, AuditReport), str(report)
        return report
