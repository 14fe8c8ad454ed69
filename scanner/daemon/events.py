"""Structured logs: the scanner's activity, in events with named fields.

Never a URL below a listed address, never bytes or text from a site, never on which site anything matched: this module
defines the events, each with its closed set of fields, and nothing else logs. Libraries are silenced.
"""

import logging
import sys
from datetime import timedelta
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from config.clock import rfc3339
from config.faults import Fault
from config.settings import Log
from config.text import readable
from reports.ledger.ledger import Destroyed, SiteKey
from reports.sighting import VisitEnd
from scanner.hash_lists.noisy_entries import Held
from scanner.tor.port import TorHealth

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(settings: Log, stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error), plain on a terminal and as JSON lines otherwise, from the level on."""
    goal = stream or sys.stderr
    logging.getLogger().addHandler(logging.NullHandler())
    logging.disable(logging.CRITICAL)
    plain = settings.form == "plain" or (settings.form == "auto" and goal.isatty())
    rendered: list[Processor] = (
        [_spelt_out, structlog.dev.ConsoleRenderer(colors=goal.isatty())]
        if plain
        else [structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(goal),
        cache_logger_on_first_use=False,
    )


def _spelt_out(_: object, __: str, event: EventDict) -> EventDict:
    """Spell out control characters: a Fault's text may quote names from a file."""
    return {name: readable(value) if isinstance(value, str) else value for name, value in event.items()}


class Events:
    """Everything that is ever logged."""

    def __init__(self) -> None:
        self._log = structlog.get_logger()

    def run_started(self, run_id: str, sites: int, hash_lists: int, tor_version: str) -> None:
        """Log that the scanner is ready."""
        self._log.info("run started", run=run_id, sites=sites, hash_lists=hash_lists, tor=tor_version)

    def fault(self, fault: Fault) -> None:
        """Log a Fault that a person must fix, while the scanner continues."""
        self._log.warning("fault", where=fault.where, cause=fault.cause, fix=fault.fix)

    def clock_set(self, by: timedelta) -> None:
        """Log that the clock was set, ahead or (negative) back: the log's own times leap or go back from here on."""
        self._log.warning("clock was set", by_seconds=round(by.total_seconds()))

    def tor_unhealthy(self, health: TorHealth) -> None:
        """Our own tor is not well: nothing is claimed until it is."""
        self._log.warning("tor is not well", running=health.running, bootstrapped=health.bootstrapped)

    def tor_well_again(self) -> None:
        """Our own tor has come back."""
        self._log.info("tor is well again")

    def streams_refused(self, why: str, streams: int) -> None:
        """Log that tor's gate closed streams of another process of this machine."""
        self._log.warning("tor refused streams", why=why, streams=streams)

    def mode(self, mode: str, reason: str) -> None:
        """Log that the operator paused, resumed or drains the scanner."""
        self._log.info("mode", mode=mode, reason=reason)

    def visit_ended(self, key: SiteKey, end: VisitEnd) -> None:
        """Log the end of one visit."""
        self._log.info(
            "visit ended",
            list=key.list_id,
            address=key.address,
            outcome=end.outcome,
            pages_read=end.pages_read,
            pages_failed=end.pages_failed,
            pages_left=end.pages_left,
        )

    def entry_held(self, held: Held) -> None:
        """Log that an entry was put on hold for hitting on many sites; `sightline hashes status` names it."""
        if held.fault is not None:
            self.fault(held.fault)
            return
        fix = "review it (`sightline hashes status`), then `sightline hashes hold --release`, or withdraw it"
        self._log.warning("entry held", list=held.entry[0], more_sites_than=held.more_sites_than, fix=fix)

    def referral_written(self, recipient: str, referral_id: str, records: int) -> None:
        """Log that a referral file was written to the outbox."""
        self._log.info("referral written", recipient=recipient, referral=referral_id, records=records)

    def records_destroyed(self, gone: Destroyed) -> None:
        """Log that records reached their destruction date."""
        self._log.info(
            "records destroyed", destroy_by=rfc3339(gone.destroy_by), records=gone.records, unsent=gone.unsent
        )

    def run_ended(self, run_id: str, why: str) -> None:
        """Log that the scanner stops."""
        self._log.info("run ended", run=run_id, why=why)
