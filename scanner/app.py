"""The composition root: settings become ports, and ports become the services that visits need.

`opened` holds everything that must be closed again: the state directory's lock, the store, tor, the workers. Problems
are refused before anything is fetched, all at once where possible.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil
from secrets import token_bytes
from typing import TypeVar
from uuid import uuid4

from config.clock import Clock, Reckoning, utc_now
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from config.version import tool_commit, tool_version
from matcher.limits import ExaminationLimits as PictureLimits
from matcher.matching.examiner import PictureExaminer, ScaledDecodeTrust
from matcher.matching.judge import IndexJudge
from matcher.verdict import Examiner
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import layers_of
from reports import files
from reports.ledger.ledger import Ledger
from reports.record.build import Sender
from scanner import startup_log as on_record
from scanner.authority.active_lists import ListsInForce
from scanner.authority.permit import ListPermits
from scanner.background.task import PATIENCE_SECONDS
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget
from scanner.fetch.rate_limit import RateLimiters
from scanner.hash_lists.active_lists import HashListsInForce
from scanner.hash_lists.noisy_entries import NoisyEntryHold, Unwatched
from scanner.hash_lists.rejudge import JudgingAgain, Rejudging
from scanner.keys.keyring import hash_lists_identity, ledger_keys
from scanner.liveness.check import LivenessCheck
from scanner.liveness.factory import LookingInUse, looking_of
from scanner.page.port import PageReader
from scanner.page.worker.reader import WorkerPageReader
from scanner.referrals.recipients import audience_of
from scanner.schedule import policy as schedule
from scanner.tor.control import ANSWER_SECONDS
from scanner.tor.factory import TorInUse, tor_of
from scanner.visit.services import VisitLimits, VisitServices
from scanner.visit.site_memory import Conditional, RevisitPolicy

T = TypeVar("T")

Starting = Callable[[str, int], None]
"""Callback with each phase of the start and its percentage."""


@dataclass(slots=True)
class App:
    """A scanner that is ready to visit. `world` is replaced whole when hash lists change; a visit keeps its own."""

    settings: Settings
    layout: Layout
    run_id: str
    ledger: Ledger
    lists: ListsInForce
    tor: TorInUse
    world: VisitServices
    _hasher: WorkerHasher
    flood: NoisyEntryHold
    hash_lists: HashListsInForce
    _looking: LookingInUse
    _judging_again: JudgingAgain

    def refresh(self) -> tuple[Fault, ...]:
        """Read changed lists again; return what is wrong with those that are not in force."""
        if self.lists.follow(self.world.clock()):
            self.authorise(PATIENCE_SECONDS)
        faults = self.lists.faults + self.refresh_hash_lists(PATIENCE_SECONDS)
        if self.world.keeps_fingerprints:
            self._judging_again.go_on(self.rejudging())
        return faults

    def refused_streams(self) -> dict[str, int]:
        """Return the number of streams that all gates refused, the second tor's included, by reason."""
        refused = Counter(self.tor.refused_streams())
        refused.update(self._looking.refused_streams())
        return dict(refused)

    def rejudging(self) -> Rejudging:
        """Return a pass over kept fingerprints, by the lists in force now."""
        world = self.world
        return Rejudging(self.ledger, self.hash_lists.judge, world.recipients, world.sender, world.clock, world.test)

    def authorise(self, patience_seconds: float) -> None:
        """Give tor, in memory, the keys of onion services that only authorised clients may reach.

        A tor that takes longer receives them all the same.
        """
        for address, key in self.lists.client_keys.items():
            self.tor.authorise(address, key, patience_seconds)

    def refresh_hash_lists(self, patience_seconds: float | None = None) -> tuple[Fault, ...]:
        """Put changes in force once they are read; return what prevents that. Without patience, wait for them."""
        if self.hash_lists.follow(patience_seconds):
            self.flood.settle(self.hash_lists.judge.reviewed())
            examiner = _examiner(self.settings, self._hasher, self.hash_lists.judge)
            self.world = replace(self.world, examiner=examiner)
        return self.hash_lists.faults

    @property
    def withdrawing(self) -> bool:
        """True if entries may have been withdrawn or put on hold that the judge does not know yet."""
        return self.hash_lists.withdrawing


class Lacking(StrEnum):
    """What a scanner that cannot start lacks: each has its own exit code."""

    CONFIGURATION = "configuration"
    STATE = "the state directory"
    STORE = "the store"
    TOR = "tor"


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why there is no scanner."""

    lacking: Lacking
    refused: Refused


class _MissingError(Exception):
    """Carries what is lacking to `opened`, and no farther."""

    def __init__(self, lacking: Lacking, refused: Refused) -> None:
        super().__init__(lacking)
        self.why = NotReady(lacking, refused)


@contextmanager
def opened(settings: Settings, purpose: str, starting: Starting, clock: Clock = utc_now) -> Iterator[App | NotReady]:
    """Hold a running scanner while the block lasts; or return what prevents it."""
    with ExitStack() as stack:
        try:
            ready: App | NotReady = _open(settings, purpose, starting, clock, stack)
        except _MissingError as missing:
            ready = missing.why
        yield ready


def _open(settings: Settings, purpose: str, starting: Starting, clock: Clock, stack: ExitStack) -> App:
    """Open from the disk to the network: problems with keys, store or lists are reported before tor starts."""
    layout, run_id = Layout.of(settings), str(uuid4())
    ledger = _held_ledger(settings, layout, purpose, clock, stack)
    identity = _sure(hash_lists_identity(layout), Lacking.CONFIGURATION)
    hash_lists = _sure(HashListsInForce.opened(layout, identity, ledger), Lacking.CONFIGURATION)
    stack.callback(hash_lists.close)
    again = JudgingAgain()
    stack.callback(again.close)
    flood = _flood(settings, layout, identity, ledger, hash_lists.judge)
    permits = ListPermits((), Reckoning(clock))
    lists = ListsInForce(layout.lists, settings.authorities, ledger, audience_of(settings), _pace(settings), permits)
    stack.callback(lists.close)
    _sure(_some(lists, clock), Lacking.CONFIGURATION)
    ledger.release_abandoned(run_id)
    if not settings.matcher.keep_fingerprints:
        ledger.forget_fingerprints()
    accepted = layers_of(settings.host.confinement_without)
    hasher = WorkerHasher(settings.matcher.workers, _picture_limits(settings), accepted=accepted)
    stack.callback(hasher.close)
    reader = WorkerPageReader(settings.matcher.workers, accepted=accepted)
    stack.callback(reader.close)
    if faults := dict.fromkeys((*hasher.check(), *reader.check())):  # a layer that both lack is told once
        raise _MissingError(Lacking.CONFIGURATION, Refused(tuple(faults)))
    tor = tor_of(settings, layout, lists.permits, clock, starting)
    if isinstance(tor, Refused):
        raise _MissingError(Lacking.TOR, tor)
    stack.callback(tor.stop)
    looking = looking_of(settings, layout, lists.permits, clock, tor)
    stack.callback(looking.stop)
    workers = (_examiner(settings, hasher, hash_lists.judge), reader)
    world = _world(settings, lists, ledger, (tor, looking.looking), workers, clock)
    world = replace(world, confinement_absent=hasher.absent(), hits=flood)
    app = App(settings, layout, run_id, ledger, lists, tor, world, hasher, flood, hash_lists, looking, again)
    app.authorise(ANSWER_SECONDS)
    return app


def _sure(value: T | Refused, lacking: Lacking) -> T:
    if isinstance(value, Refused):
        raise _MissingError(lacking, value)
    return value


def _held_ledger(settings: Settings, layout: Layout, purpose: str, clock: Clock, stack: ExitStack) -> Ledger:
    """Hold the ledger under the state directory's lock: one scanner at a time."""
    _sure(files.private_directory(layout.directory) or layout, Lacking.CONFIGURATION)
    if (fault := files.unwritable(layout.outbox)) is not None:
        raise _MissingError(Lacking.CONFIGURATION, Refused((fault,)))
    lock = _sure(files.hold_state(layout.directory, purpose), Lacking.STATE)
    stack.callback(lock.release)
    files.sweep_unfinished(layout.directory)
    keys = _sure(ledger_keys(settings, layout), Lacking.CONFIGURATION)
    ledger = _sure(Ledger.open(layout.store, keys, clock), Lacking.STORE)
    stack.callback(ledger.close)
    on_record.say(ledger, settings, layout)
    return ledger


def _world(
    settings: Settings,
    lists: ListsInForce,
    ledger: Ledger,
    network: tuple[TorInUse, LivenessCheck],
    workers: tuple[Examiner, PageReader],
    clock: Clock,
) -> VisitServices:
    (tor, looking), (examiner, reader) = network, workers
    return VisitServices(
        permits=lists.permits,
        rate_limits=RateLimiters(lists.rate),
        fetcher=OnionFetcher(tor, token_bytes(32), settings.fetch.user_agent, clock),
        reader=reader,
        examiner=examiner,
        ledger=ledger,
        hits=Unwatched(),
        tor=tor,
        liveness=looking,
        clock=clock,
        limits=_limits(settings),
        sender=sender_of(settings),
        recipients=lists.audience,
        retry=lists.pace,
        revisit=RevisitPolicy(
            Conditional(settings.fetch.conditional),
            timedelta(days=settings.fetch.full_visit_days),
            timedelta(days=settings.fetch.remembered_days),
        ),
        test=settings.report.test,
        keeps_fingerprints=settings.matcher.keep_fingerprints,
    )


def _pace(settings: Settings) -> schedule.RetryPolicy:
    times = settings.schedule
    return schedule.RetryPolicy(timedelta(minutes=times.retry_first_minutes), timedelta(hours=times.retry_most_hours))


def _some(lists: ListsInForce, clock: Clock) -> ListsInForce | Refused:
    """Return the lists; refuse if none is in force."""
    lists.refresh(clock())
    if lists.listings:
        return lists
    fault = Fault("authority lists", "none is in force, so nothing may be visited", "`sightline targets import` one.")
    return Refused((*lists.faults, fault))


def _examiner(settings: Settings, hasher: WorkerHasher, judge: IndexJudge) -> PictureExaminer:
    """Return the examiner; where fingerprints are kept, only full-scale decodes, which later lists can match."""
    return PictureExaminer(hasher, judge, trust=ScaledDecodeTrust(holds=not settings.matcher.keep_fingerprints))


def _flood(settings: Settings, layout: Layout, identity: str, ledger: Ledger, judge: IndexJudge) -> NoisyEntryHold:
    token_key = _sure(files.read_secret(layout.token_key), Lacking.CONFIGURATION)
    flood = NoisyEntryHold(layout, identity, ledger, settings.matcher.hold_beyond_sites, token_key)
    flood.settle(judge.reviewed())
    return flood


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


def _limits(settings: Settings) -> VisitLimits:
    fetch = settings.fetch
    return VisitLimits(
        seconds=fetch.seconds_per_visit_max,
        pages=fetch.pages_per_visit_max,
        pictures=fetch.pictures_per_visit_max,
        bytes=fetch.bytes_per_visit_max,
        cookies=fetch.cookies,
        pictures_at_once=settings.schedule.pictures_in_parallel,
        redirects=fetch.redirects_max,
        page=Budget(fetch.seconds_per_exchange, fetch.page_bytes_max),
        picture=Budget(fetch.seconds_per_exchange, fetch.picture_bytes_max),
    )


def sender_of(settings: Settings) -> Sender:
    """Return the sender of records and referrals, and its programs."""
    return Sender(
        organisation=settings.organisation.name,
        contact=settings.organisation.contact,
        tool_version=tool_version(),
        tool_commit=tool_commit(),
        configuration_sha256=settings.sha256(),
    )
