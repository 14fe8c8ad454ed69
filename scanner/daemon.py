"""The daemon: apscheduler ticks, and each tick does what is due. The only importer of apscheduler.

A tick reads changed lists again, looks whether our own tor is well, starts due visits where there is room, and now and
then lays what is new in the outbox as referrals, the rest of an earlier run first. What is due lives in the ledger: a
daemon that was killed goes on from there. It remembers nothing of its own.
"""

from datetime import UTC, datetime, timedelta
from threading import Event

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from config.faults import Fault
from reports.log import Kind
from scanner.app import App
from scanner.destruction import destroy_due
from scanner.dispatch import dispatch, last_referral
from scanner.logs import Events
from scanner.rounds import Rounds

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)

GRACE_SECONDS = 20.0
"""How long visits under way may take to end after SIGTERM before their connections are closed."""


class Daemon:
    """Runs until `stop` is set, or until a tick fails in a way that nothing here may hide."""

    def __init__(self, app: App, events: Events, stop: Event) -> None:
        self._app = app
        self._events = events
        self._stop = stop
        self._over = Event()
        self._error: BaseException | None = None
        self._known_faults: frozenset[Fault] = frozenset()
        self._well = True
        self._referred = {one.first_key: last_referral(app.ledger, one) or _NEVER for one in app.settings.recipients}
        self._rounds = Rounds(app.world, app.run_id, app.settings.schedule.sites_in_parallel, stop, events.visit_ended)

    def run(self) -> None:
        """Tick until told to stop. Raises what a tick raised."""
        scheduler = self._scheduler()
        self._app.ledger.note(Kind.RUN_STARTED, {"run": self._app.run_id})
        scheduler.start()
        try:
            while not self._stop.is_set() and not self._over.is_set():
                self._stop.wait(0.5)
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            self._rounds.close(GRACE_SECONDS)
            self._tell_of_holds()
        if self._error is not None:
            raise self._error
        self._app.ledger.note(Kind.RUN_ENDED, {"run": self._app.run_id})

    def tick(self) -> None:
        """One tick; never two at once."""
        for fault in self._new_faults():
            self._events.fault(fault)
        self._rounds.world = self._app.world
        self._rounds.wait(0)
        self._tell_of_holds()
        if self._tor_is_well():
            self._rounds.start_due(self._app.lists.listings)
        self._refer()

    def _tell_of_holds(self) -> None:
        for held in self._app.flood.told():
            self._events.entry_held(held)

    def _tor_is_well(self) -> bool:
        """Whether a failure would be a site's own; a change is logged once."""
        health = self._app.tor.health()
        if self._well and not health.healthy:
            self._events.tor_unhealthy(health)
        if health.healthy and not self._well:
            self._events.tor_well_again()
        self._well = health.healthy
        return self._well

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
