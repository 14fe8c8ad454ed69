"""The composition root: settings become ports, and ports become a world that visits can be made in.

`opened` holds everything that must be closed again: the state directory's lock, the store, tor, the workers. What is
wrong is refused before anything is fetched, every fault at once where that is possible.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil
from secrets import token_bytes
from uuid import uuid4

from matcher.examiner import PictureExaminer

from config.clock import Clock, utc_now
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from matcher.judge import IndexJudge
from matcher.limits import Limits as PictureLimits
from matcher.verdict import Tier
from matcher.worker.hasher import WorkerHasher
from reports import files
from reports.ledger import Ledger
from reports.record import Policy, Sender
from scanner import hash_store, schedule
from scanner.fetch.onion import OnionFetcher
from scanner.keyring import hash_lists_identity, ledger_keys
from scanner.lists_in_force import ListsInForce, Stamp, stamp_of
from scanner.pace import Paces
from scanner.page_worker import WorkerPageReader
from scanner.ports import Budget
from scanner.revision import tool_commit, tool_version
from scanner.tor_of import TorInUse, tor_of
from scanner.visit import Limits, World

Starting = Callable[[str, int], None]
"""Told of each phase of the start, and how many percent of it are done."""


@dataclass(slots=True)
class App:
    """A scanner that is ready to visit. `world` is replaced whole when hash lists change; a visit keeps its own."""

    settings: Settings
    layout: Layout
    run_id: str
    ledger: Ledger
    lists: ListsInForce
    tor: TorInUse
    world: World
    _hasher: WorkerHasher
    _identity: str = field(repr=False)
    _hash_lists_stamp: Stamp

    def refresh(self) -> tuple[Fault, ...]:
        """Read lists again that may have changed; what is wrong with those that are not in force."""
        if self.lists.refresh(self.world.clock()):
            self.authorise()
        return self.lists.faults + self._refresh_hash_lists()

    def authorise(self) -> None:
        """Give tor, in memory, the keys of onion services that only authorised clients may reach."""
        for key, listing in self.lists.listings.items():
            if listing.target.client_authorisation_key is not None:
                self.tor.authorise(key.address, listing.target.client_authorisation_key)

    def _refresh_hash_lists(self) -> tuple[Fault, ...]:
        stamp = stamp_of(self.layout.hash_lists)
        if stamp == self._hash_lists_stamp:
            return ()
        judge = _judge(self.layout, self._identity)
        if isinstance(judge, Refused):
            return judge.faults
        self._hash_lists_stamp = stamp
        self.world = replace(self.world, examiner=PictureExaminer(self._hasher, judge))
        return ()


class Lacking(StrEnum):
    """What a scanner that cannot start lacks: each is an exit code of its own."""

    CONFIGURATION = "configuration"
    STATE = "the state directory"
    STORE = "the store"
    TOR = "tor"


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why there is no scanner."""

    lacking: Lacking
    refused: Refused


@contextmanager
def opened(settings: Settings, purpose: str, starting: Starting, clock: Clock = utc_now) -> Iterator[App | NotReady]:
    """A scanner, for as long as the block lasts; or what keeps it from being one."""
    with ExitStack() as stack:
        yield _open(settings, purpose, starting, clock, stack)


def _open(settings: Settings, purpose: str, starting: Starting, clock: Clock, stack: ExitStack) -> App | NotReady:
    layout, run_id = Layout.of(settings), str(uuid4())
    ledger = _held_ledger(settings, layout, purpose, clock, stack)
    if isinstance(ledger, NotReady):
        return ledger
    identity = hash_lists_identity(layout)
    if isinstance(identity, Refused):
        return NotReady(Lacking.CONFIGURATION, identity)
    judge = _judge(layout, identity)
    if isinstance(judge, Refused):
        return NotReady(Lacking.CONFIGURATION, judge)
    lists = ListsInForce(layout.lists, settings.authorities, ledger)
    lists.refresh(clock())
    if not lists.listings:
        return NotReady(Lacking.CONFIGURATION, _no_list(lists))
    ledger.release_abandoned(run_id)
    tor = tor_of(settings, layout, lists.permits, clock, starting)
    if isinstance(tor, Refused):
        return NotReady(Lacking.TOR, tor)
    stack.callback(tor.stop)
    hasher = WorkerHasher(settings.matcher.workers, _picture_limits(settings))
    stack.callback(hasher.close)
    reader = WorkerPageReader(settings.matcher.workers)
    stack.callback(reader.close)
    world = World(
        permits=lists.permits,
        paces=Paces(lists.rate),
        fetcher=OnionFetcher(tor, token_bytes(32), settings.fetch.user_agent, clock),
        reader=reader,
        examiner=PictureExaminer(hasher, judge),
        ledger=ledger,
        tor=tor,
        clock=clock,
        limits=_limits(settings),
        sender=_sender(settings),
        policy=Policy(tuple(Tier(tier) for tier in settings.matcher.referred_tiers)),
        retry=schedule.Pace(
            timedelta(minutes=settings.schedule.retry_first_minutes),
            timedelta(hours=settings.schedule.retry_most_hours),
        ),
        test=settings.report.test,
    )
    app = App(settings, layout, run_id, ledger, lists, tor, world, hasher, identity, stamp_of(layout.hash_lists))
    app.authorise()
    return app


def _held_ledger(settings: Settings, layout: Layout, purpose: str, clock: Clock, stack: ExitStack) -> Ledger | NotReady:
    """The ledger, under the lock of the state directory: one scanner at a time."""
    refused = files.private_directory(layout.directory)
    if refused is not None:
        return NotReady(Lacking.CONFIGURATION, refused)
    lock = files.hold_state(layout.directory, purpose)
    if isinstance(lock, Refused):
        return NotReady(Lacking.STATE, lock)
    stack.callback(lock.release)
    files.sweep_unfinished(layout.directory)
    keys = ledger_keys(settings, layout)
    if isinstance(keys, Refused):
        return NotReady(Lacking.CONFIGURATION, keys)
    ledger = Ledger.open(settings.state.store_url or layout.store, keys, clock)
    if isinstance(ledger, Refused):
        return NotReady(Lacking.STORE, ledger)
    stack.callback(ledger.close)
    return ledger


def _judge(layout: Layout, identity: str) -> IndexJudge | Refused:
    lists = hash_store.load_all(layout, identity)
    if isinstance(lists, Refused):
        return lists
    if not lists:
        cause = "there is none, and every picture would end as `no match`"
        return Refused((Fault("hash lists", cause, "Import one with `sightline hashes import`."),))
    return IndexJudge(lists)


def _no_list(lists: ListsInForce) -> Refused:
    fault = Fault("authority lists", "none is in force, so nothing may be visited", "`sightline targets import` one.")
    return Refused((*lists.faults, fault))


def _picture_limits(settings: Settings) -> PictureLimits:
    matcher = settings.matcher
    return PictureLimits(
        max_picture_bytes=settings.fetch.picture_bytes_max,
        max_pixels=matcher.picture_pixels_max,
        max_frames=matcher.frames_max,
        max_scans=matcher.scans_max,
        seconds_per_picture=ceil(matcher.seconds_per_picture),
        worker_memory_bytes=matcher.worker_memory_bytes,
    )


def _limits(settings: Settings) -> Limits:
    fetch = settings.fetch
    return Limits(
        seconds=fetch.seconds_per_visit_max,
        pages=fetch.pages_per_visit_max,
        pictures=fetch.pictures_per_visit_max,
        pictures_at_once=settings.schedule.pictures_in_parallel,
        redirects=fetch.redirects_max,
        page=Budget(fetch.seconds_per_exchange, fetch.page_bytes_max),
        picture=Budget(fetch.seconds_per_exchange, fetch.picture_bytes_max),
    )


def _sender(settings: Settings) -> Sender:
    return Sender(
        organisation=settings.organisation.name,
        contact=settings.organisation.contact,
        tool_version=tool_version(),
        tool_commit=tool_commit(),
        configuration_sha256=settings.sha256(),
    )
