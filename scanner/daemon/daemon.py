"""The daemon: apscheduler ticks, and each tick does what is due. The only importer of apscheduler.

A tick starts reading changed lists in the background and puts in force those that were read; follows the operator's
mode; checks tor's health; stores a heartbeat for `sightline status`; now and then has referrals written in the
background, unfinished ones of an earlier run first; and starts due visits while there is room. What is due lives in the
ledger: a killed daemon resumes from there and remembers nothing itself.

apscheduler follows the system clock, which may be set: ticks continue, and the change is logged.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from typing import Final, Protocol

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from config.clock import TOLERANCE, Reckoning, utc_now
from config.faults import Fault
from config.layout import Layout
from config.settings import Settings
from reports.ledger.ledger import Ledger, Mode, SiteKey
from reports.log.entry import Kind
from reports.sighting import VisitEnd
from scanner.authority.active_lists import ListsInForce
from scanner.daemon.counters import Counters
from scanner.daemon.events import Events
from scanner.daemon.heartbeat import snapshot
from scanner.daemon.referral_job import ReferralJob
from scanner.daemon.visit_pool import VisitPool
from scanner.hash_lists.noisy_entries import Held
from scanner.tor.port import Tors
from scanner.visit.services import VisitServices

SET_BY: Final = timedelta(seconds=1)
"""A smaller difference is no change of the clock."""

GRACE_SECONDS = 20.0
"""How long visits under way may take to end after SIGTERM before their connections are closed."""

PUBLISHED_EVERY_SECONDS = 2.0
"""However quick the ticks are."""
TOLD_TO_STOP = "told to stop"
DRAINED = "drained"
FAILED = "a fault of its own"


class Holds(Protocol):
    """What holds entries of hash lists that hit on very many sites."""

    def told(self) -> tuple[Held, ...]:
        """Return the entries held since the last call."""
        ...


class Scanner(Protocol):
    """What a daemon drives: `scanner.app.App`."""

    @property
    def settings(self) -> Settings:
        """The configuration."""
        ...

    @property
    def layout(self) -> Layout:
        """Where the outbox is."""
        ...

    @property
    def run_id(self) -> str:
        """This run's name in the ledger."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The schedule and the log."""
        ...

    @property
    def lists(self) -> ListsInForce:
        """What may be visited."""
        ...

    @property
    def flood(self) -> Holds:
        """Entries that were held."""
        ...

    @property
    def tor(self) -> Tors:
        """Whose health decides whether anything is started."""
        ...

    @property
    def world(self) -> VisitServices:
        """What visits are made in."""
        ...

    @property
    def withdrawing(self) -> bool:
        """Whether no visit shall begin, since entries of hash lists were taken back that are still in force."""
        ...

    def refused_streams(self) -> Mapping[str, int]:
        """Return the number of streams that the tors' gates refused, by reason."""
        ...

    def refresh(self) -> tuple[Fault, ...]:
        """Read changed lists again; return what is wrong with those that are not in force."""
        ...


class Beat(BaseTrigger):  # type: ignore[misc] # apscheduler has no types
    """Again when so much has passed. What a clock that is set ahead leaps over is not made up for, nor even counted."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return when the next tick is due; `now` is the scheduler's."""
        return now + self.interval


class Daemon:
    """Runs until `stop` is set, until it is drained, or until a tick fails in a way that nothing here may hide."""

    def __init__(self, app: Scanner, events: Events, stop: Event) -> None:
        self._app = app
        self._events = events
        self._stop = stop
        self._over = Event()
        self._error: BaseException | None = None
        self._known_faults: frozenset[Fault] = frozenset()
        self._well = True
        self._reckoning, self._told_of = Reckoning(app.world.clock), timedelta()
        self._rounds = VisitPool(
            app.world, app.run_id, app.settings.schedule.sites_in_parallel, stop, self._visit_ended
        )
        interval = timedelta(minutes=app.settings.report.referral_minutes)
        self._referring = ReferralJob(app.world, app.settings.recipients, interval, app.layout.outbox)
        self._started = app.world.clock()
        self._published = 0.0
        self._mode: Mode | None = None
        self.tallies = Counters()
        self.ended = ""
        """Why it ended; empty while it runs."""

    def run(self) -> None:
        """Tick until stopped or drained. Raise what a tick raised."""
        scheduler, beat = self._scheduler()
        started = {"run": self._app.run_id, "configuration": self._app.settings.sha256()}
        self._app.ledger.note(Kind.RUN_STARTED, started)
        if self._app.ledger.control().mode is Mode.DRAINING:
            self._app.ledger.ask(Mode.RUNNING, "a drain ends with the run that it was meant for")
        scheduler.start()
        try:
            while not self._stop.is_set() and not self._over.is_set():
                self._stop.wait(0.5)
                _keep_near(beat)
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            self._rounds.close(GRACE_SECONDS)
            self._referring.close()
            self._tell_of_holds()
        self._tell_of_the_last_referrals()
        self.ended = FAILED if self._error is not None else self.ended or TOLD_TO_STOP
        self._publish()
        if self._error is not None:
            raise self._error
        if self.ended == DRAINED:
            self._app.ledger.ask(Mode.RUNNING, DRAINED)
        self._app.ledger.note(Kind.RUN_ENDED, {"run": self._app.run_id})

    def tick(self) -> None:
        """Run one tick; never two at once."""
        began = monotonic()
        for fault in self._new_faults():
            self._events.fault(fault)
        self._rounds.world = self._app.world
        self._rounds.wait(0)
        self._tell_of_holds()
        self._watch_clock()
        self._watch_tor()
        self._tell_of_refused_streams()
        mode = self._asked_for()
        if began - self._published >= PUBLISHED_EVERY_SECONDS:
            self._publish()  # before visits are started, whose first writes it would wait for
        self._referring.follow(self._events, destroys=not self._leapt_ahead())
        if mode is Mode.RUNNING and not self._app.withdrawing:  # last, for visits and this tick wait for one another
            self._rounds.start_due(self._app.lists.listings, self._app.tor.healthy_now())
        self.tallies.ticked(monotonic() - began, self._rounds.under_way())
        if mode is Mode.DRAINING and not self.tallies.under_way:
            self.ended = DRAINED
            self._over.set()

    def _asked_for(self) -> Mode:
        """Return the operator's mode; log a change once."""
        control = self._app.ledger.control()
        if control.mode is not (self._mode or Mode.RUNNING):
            self._events.mode(control.mode.value, control.reason)
        self._mode = control.mode
        return control.mode

    def _publish(self) -> None:
        """Store a heartbeat."""
        self._published = monotonic()
        times = self._app.settings.schedule
        limits = (times.tick_seconds, times.sites_in_parallel)
        said = snapshot(self._app.run_id, self._started, limits, self.tallies, self._known_faults, self.ended)
        self._app.ledger.publish(said.to_bytes())

    def _visit_ended(self, key: SiteKey, end: VisitEnd) -> None:
        self.tallies.visit_ended(end)
        self._events.visit_ended(key, end)

    def _tell_of_holds(self) -> None:
        for held in self._app.flood.told():
            self._events.entry_held(held)

    def _tell_of_the_last_referrals(self) -> None:
        """Report the referrals that were being made at the end; an error of theirs is one of a tick."""
        try:
            self._referring.tell(self._events, None)
        except Exception as error:  # noqa: BLE001 - raised by `run`
            self._error = self._error or error

    def _watch_clock(self) -> None:
        """Log once that the clock was set: the times of later entries go back or leap from here on."""
        set_by = self._reckoning.set_by()
        if abs(set_by - self._told_of) >= SET_BY:
            self._events.clock_set(set_by - self._told_of)
            self._told_of = set_by

    def _leapt_ahead(self) -> bool:
        """Return True if the clock is farther ahead than tor's consensus allows: destruction is irreversible."""
        offset = self.tallies.tor.clock.offset_seconds if self.tallies.tor is not None else None
        return self._told_of > TOLERANCE and offset is not None and offset > TOLERANCE.total_seconds()

    def _watch_tor(self) -> None:
        """Log a change of our own tors' health once."""
        health = self.tallies.tor = self._app.tor.recent_health()
        if self._well and not health.healthy:
            self._events.tor_unhealthy(health)
        if health.healthy and not self._well:
            self._events.tor_well_again()
        self._well = health.healthy

    def _tell_of_refused_streams(self) -> None:
        refused = self._app.refused_streams()
        for why, streams in (Counter(refused) - Counter(self.tallies.refused_streams)).items():
            self._events.streams_refused(why, streams)
        self.tallies.refused_streams = refused

    def _new_faults(self) -> frozenset[Fault]:
        before, self._known_faults = self._known_faults, frozenset(self._app.refresh())
        return self._known_faults - before

    def _scheduler(self) -> tuple[BackgroundScheduler, Job]:
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        # A tick that was late or overtaken is made up for by the next one: coalesced, and never dropped for lateness.
        beat = scheduler.add_job(
            self.tick,
            Beat(timedelta(seconds=self._app.settings.schedule.tick_seconds)),
            next_run_time=self._app.world.clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        return scheduler, beat

    def _failed(self, event: JobExecutionEvent) -> None:
        """End the daemon: an error in a tick is unexpected and must not be silent."""
        self._error = event.exception
        self._over.set()


def _keep_near(beat: Job) -> None:
    """Return now for a tick planned more than one interval ahead: the clock was set back since."""
    now = utc_now()
    if beat.next_run_time is not None and beat.next_run_time > now + beat.trigger.interval:
        beat.modify(next_run_time=now)
