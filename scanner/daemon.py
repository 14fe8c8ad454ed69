"""The daemon: apscheduler ticks, and each tick does what is due. The only importer of apscheduler.

A tick has changed lists read, outside of itself, and puts in force what was read; looks what the operator asked for and
whether our own tor is well; says a word for `sightline status`; now and then lays what is new in the outbox as
referrals, the rest of an earlier run first; and starts due visits where there is room. What is due lives in the
ledger: a daemon that was killed goes on from there. It remembers nothing of its own.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from typing import Protocol

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from config.faults import Fault
from config.layout import Layout
from config.settings import Settings
from reports.ledger import Ledger, Mode, SiteKey
from reports.log import Kind
from reports.sighting import VisitEnd
from scanner.destruction import destroy_due
from scanner.dispatch import dispatch, last_referral
from scanner.flood_hold import Held
from scanner.lists_in_force import ListsInForce
from scanner.logs import Events
from scanner.ports import Tors
from scanner.rounds import Rounds
from scanner.snapshot import snapshot
from scanner.tallies import Tallies
from scanner.world import World

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)

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
        """What was held since the last call."""
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
        """What is due, and what was done."""
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
    def world(self) -> World:
        """What visits are made in."""
        ...

    @property
    def withdrawing(self) -> bool:
        """Whether no visit shall begin, since entries of hash lists were taken back that are still in force."""
        ...

    def refresh(self) -> tuple[Fault, ...]:
        """Let lists be read again that may have changed; what is wrong with those that are not in force."""
        ...


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
        self._referred = {one.first_key: last_referral(app.ledger, one) or _NEVER for one in app.settings.recipients}
        self._rounds = Rounds(app.world, app.run_id, app.settings.schedule.sites_in_parallel, stop, self._visit_ended)
        self._started = app.world.clock()
        self._published = 0.0
        self._mode: Mode | None = None
        self.tallies = Tallies()
        self.ended = ""
        """Why it ended; empty while it runs."""

    def run(self) -> None:
        """Tick until told to stop, or drained. Raises what a tick raised."""
        scheduler = self._scheduler()
        started = {"run": self._app.run_id, "configuration": self._app.settings.sha256()}
        self._app.ledger.note(Kind.RUN_STARTED, started)
        if self._app.ledger.control().mode is Mode.DRAINING:
            self._app.ledger.ask(Mode.RUNNING, "a drain ends with the run that it was meant for")
        scheduler.start()
        try:
            while not self._stop.is_set() and not self._over.is_set():
                self._stop.wait(0.5)
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            self._rounds.close(GRACE_SECONDS)
            self._tell_of_holds()
        self.ended = FAILED if self._error is not None else self.ended or TOLD_TO_STOP
        self._publish()
        if self._error is not None:
            raise self._error
        if self.ended == DRAINED:
            self._app.ledger.ask(Mode.RUNNING, DRAINED)
        self._app.ledger.note(Kind.RUN_ENDED, {"run": self._app.run_id})

    def tick(self) -> None:
        """One tick; never two at once."""
        began = monotonic()
        for fault in self._new_faults():
            self._events.fault(fault)
        self._rounds.world = self._app.world
        self._rounds.wait(0)
        self._tell_of_holds()
        self._watch_tor()
        self._tell_of_refused_streams()
        mode = self._asked_for()
        if began - self._published >= PUBLISHED_EVERY_SECONDS:
            self._publish()  # before visits are started, whose first writes it would wait for
        self._refer()
        if mode is Mode.RUNNING and not self._app.withdrawing:  # last, for visits and this tick wait for one another
            self._rounds.start_due(self._app.lists.listings, self._app.tor.well_now())
        self.tallies.ticked(monotonic() - began, self._rounds.under_way())
        if mode is Mode.DRAINING and not self.tallies.under_way:
            self.ended = DRAINED
            self._over.set()

    def _asked_for(self) -> Mode:
        """What the operator asked for; a change is logged once."""
        control = self._app.ledger.control()
        if control.mode is not (self._mode or Mode.RUNNING):
            self._events.mode(control.mode.value, control.reason)
        self._mode = control.mode
        return control.mode

    def _publish(self) -> None:
        """A word for whoever looks from outside."""
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

    def _watch_tor(self) -> None:
        """A change of our own tors' health is logged once."""
        health = self.tallies.tor = self._app.tor.lately()
        if self._well and not health.healthy:
            self._events.tor_unhealthy(health)
        if health.healthy and not self._well:
            self._events.tor_well_again()
        self._well = health.healthy

    def _tell_of_refused_streams(self) -> None:
        refused = self._app.tor.refused_streams()
        for why, streams in (Counter(refused) - Counter(self.tallies.refused_streams)).items():
            self._events.streams_refused(why, streams)
        self.tallies.refused_streams = refused

    def _new_faults(self) -> frozenset[Fault]:
        before, self._known_faults = self._known_faults, frozenset(self._app.refresh())
        return self._known_faults - before

    def _refer(self) -> None:
        """Refer what is new to each recipient whose last referral is old enough."""
        app, now = self._app, self._app.world.clock()
        interval = timedelta(minutes=app.settings.report.referral_minutes)
        due = [one for one in app.settings.recipients if self._referred.get(one.first_key, _NEVER) + interval <= now]
        for recipient in due:
            self._referred[recipient.first_key] = now
        for destroyed in destroy_due(app.ledger, app.layout.outbox):
            self._events.records_destroyed(destroyed)
        for made in dispatch(app.ledger, due, app.layout.outbox):
            self._events.referral_written(made.recipient, made.referral_id, made.records)

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        # A tick that was late or overtaken is made up for by the next one: coalesced, and never dropped for lateness.
        scheduler.add_job(
            self.tick,
            "interval",
            seconds=self._app.settings.schedule.tick_seconds,
            next_run_time=self._app.world.clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        return scheduler

    def _failed(self, event: JobExecutionEvent) -> None:
        """A tick that raises ends the daemon: nothing of what it raises is expected, and none of it may be silent."""
        self._error = event.exception
        self._over.set()
