"""Referrals of a running daemon, made in the background: a thousand records take 0.2 s of CPU, and there may be many.

Records that must be destroyed by now are destroyed first, so that none of them goes out. For the tick's thread.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from config.settings import Recipient
from reports.ledger.ledger import Destroyed, Ledger
from scanner.background.task import PATIENCE_SECONDS, BackgroundTask
from scanner.daemon.events import Events
from scanner.referrals.destruction import destroy_due
from scanner.referrals.dispatch import WrittenReferral, dispatch, last_referral
from scanner.visit.services import VisitServices


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one turn."""

    destroyed: Sequence[Destroyed]
    made: Sequence[WrittenReferral]


class ReferralJob:
    """Refers new records to each recipient whose last referral is old enough. `close` it before its ledger."""

    def __init__(
        self, world: VisitServices, recipients: Sequence[Recipient], interval: timedelta, outbox: Path
    ) -> None:
        self._world, self._recipients, self._interval, self._outbox = world, recipients, interval, outbox
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="referrals")
        self._turn: BackgroundTask[Done] = BackgroundTask(self._thread)
        self.next_due = {recipient.first_key: self._first_due(recipient) for recipient in recipients}
        """By a monotonic clock."""

    def follow(self, events: Events, *, destroys: bool) -> None:
        """Start what is due, and report results. Raise the job's error.

        `destroys`: whether the clock is trusted for irreversible destruction.
        """
        patience = 0.0
        if not self._turn.busy:
            due = self._due()
            self._turn.begin(partial(_done, self._world.ledger, due, self._outbox, destroys=destroys))
            patience = PATIENCE_SECONDS if due else 0.0
        self.tell(events, patience)

    def tell(self, events: Events, patience_seconds: float | None) -> None:
        """Report results within this time (None: wait for them)."""
        if self._turn.ready(patience_seconds):
            done = self._turn.result()
            for destroyed in done.destroyed:
                events.records_destroyed(destroyed)
            for made in done.made:
                events.referral_written(made.recipient, made.referral_id, made.records)

    def close(self) -> None:
        """Finish the job under way, and end the thread."""
        self._thread.shutdown()

    def _first_due(self, recipient: Recipient) -> float:
        """Return one interval after the last referral, at most one interval from now, whatever the clock said then."""
        last = last_referral(self._world.ledger, recipient)
        wait = last + self._interval - self._world.clock() if last is not None else timedelta()
        return self._world.seconds() + min(wait, self._interval).total_seconds()

    def _due(self) -> tuple[Recipient, ...]:
        now = self._world.seconds()
        due = tuple(recipient for recipient in self._recipients if self.next_due[recipient.first_key] <= now)
        self.next_due |= {item.first_key: now + self._interval.total_seconds() for item in due}
        return due


def _done(ledger: Ledger, due: Sequence[Recipient], outbox: Path, *, destroys: bool) -> Done:
    """Run on the thread."""
    return Done(destroy_due(ledger, outbox) if destroys else (), dispatch(ledger, due, outbox))
