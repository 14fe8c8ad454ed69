"""The composition root: settings become ports, and ports become a world that visits can be made in.

`opened` holds everything that must be closed again: the state directory's lock, the store, tor, the workers. What is
wrong is refused before anything is fetched, every fault at once where that is possible.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

from config.clock import Clock, utc_now
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from matcher.examiner import PictureExaminer
from matcher.judge import IndexJudge
from matcher.limits import Limits as PictureLimits
from matcher.verdict import Tier
from matcher.worker.hasher import WorkerHasher
from reports import files
from reports.ledger import Ledger
from reports.log import Kind
from reports.record import Policy, Sender
from scanner import hash_store
from scanner.fetch.onion import OnionFetcher
from scanner.keyring import hash_lists_identity, ledger_keys
from scanner.lists_in_force import ListsInForce, stamp_of
from scanner.pace import Paces
from scanner.page_worker import WorkerPageReader
from scanner.ports import Budget
from scanner.revision import tool_commit, tool_version
from scanner.tor import RunningTor, start_tor
from scanner.visit import Limits, World

Progress = Callable[[str, int], None]
"""Told of each phase of the start, and how many percent of it are done."""


@dataclass(slots=True)
class App:
    """A scanner that is ready to visit. `world` is replaced whole when hash lists change; visits keep the one they have."""

    settings: Settings
    layout: Layout
    run_id: str
    ledger: Ledger
    lists: ListsInForce
    tor: RunningTor
    world: World
    _hasher: WorkerHasher
    _identity: str = field(repr=False)
    _hash_lists_stamp: object = None

    def refresh(self) -> tuple[Fault, ...]:
        """Read lists again that may have changed; what is wrong with those that are not in force."""
        self.lists.refresh(self.world.clock())
        return self.lists.faults + self._refresh_hash_lists()

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


@contextmanager
def opened(settings: Settings, purpose: str, progress: Progress, clock: Clock = utc_now) -> Iterator[App | Refused]:
    """A scanner, for as long as the block lasts; or everything that keeps it from being one."""
    with ExitStack() as stack:
        yield _open(settings, purpose, progress, clock, stack)


def _open(settings: Settings, purpose: str, progress: Progress, clock: Clock, stack: ExitStack) -> App | Refused:
    layout = Layout.of(settings)
    ledger = open_ledger(settings, layout, purpose, clock, stack)
    if isinstance(ledger, Refused):
        return ledger
    identity = hash_lists_identity(layout)
    judge = identity if isinstance(identity, Refused) else _judge(layout, identity)
    if isinstance(identity, Refused) or isinstance(judge, Refused):
        return judge
    lists = ListsInForce(layout.lists, settings.authorities, ledger)
    lists.refresh(clock())
    if not lists.listings:
        return _no_list(lists)
