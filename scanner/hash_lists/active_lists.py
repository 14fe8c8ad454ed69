"""The hash lists that judge now: read again, beside the ticks, whenever they may have changed.

- A million entries take seconds to open and to index. Until they are in force those before them judge, and the records
  say so. A visit keeps the judge that it began with: no page is judged by two editions.
- Changes to lists in force, by which entries are taken back or put on hold, come before any new edition. While some are
  at rest that are not in force (`withdrawing`), no visit shall begin.
- What cannot be read is named, and what was in force stays so. It is read again once the folder has changed.
- Nothing is remembered but in memory: whoever starts next reads what is at rest.

For one thread.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists import photodna
from matcher.matching.judge import IndexJudge
from reports.ledger.ledger import Ledger
from reports.log.entry import Kind
from scanner.background.folder_stamp import Stamp, names_in, stamp_of
from scanner.background.task import PATIENCE_SECONDS, BackgroundTask
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.index_cache import keeping_judge_of


@dataclass(frozen=True, slots=True)
class HashListsSnapshot:
    """What the folder gave at one instant. `stamp` is that of another instant where not all of it is in force."""

    stamp: Stamp
    loaded: hash_store.Loaded
    judge: IndexJudge
    faults: tuple[Fault, ...] = ()
    """What keeps the newest from being in force."""


@dataclass(slots=True)
class HashListsInForce:
    """Call `follow` before each round. `close` it before its ledger."""

    layout: Layout
    identity: str = field(repr=False)
    ledger: Ledger
    _now: HashListsSnapshot
    withdrawing: bool = False
    """Whether changes to a list are at rest that are not in force yet."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="hash lists"))
    _coming: BackgroundTask[HashListsSnapshot] = field(init=False)

    def __post_init__(self) -> None:
        self._coming = BackgroundTask(self._thread)

    @classmethod
    def opened(cls, layout: Layout, identity: str, ledger: Ledger) -> "HashListsInForce | Refused":
        """Those at rest, read; refused where one cannot be, or where there is none."""
        now = _read(layout, identity, stamp_of(layout.hash_lists))
        return now if isinstance(now, Refused) else cls(layout, identity, ledger, now)

    @property
    def judge(self) -> IndexJudge:
        """By those in force."""
        return self._now.judge

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps those at rest from being in force."""
        return self._now.faults

    def follow(self, patience_seconds: float | None = PATIENCE_SECONDS) -> bool:
        """Have them read again if need be, and put in force what was read; whether that has changed.

        Waits as long as the reading takes where no patience is given.
        """
        judge, stamp, later = self._now.judge, stamp_of(self.layout.hash_lists), None if patience_seconds is None else 0
        self._taken(later)
        while self._begun(stamp) and self._taken(patience_seconds):
            patience_seconds = later  # the changes are in force: what is left is a new edition
        self.withdrawing = self._coming.busy and any(self._is_later(name) for name, _, _ in stamp)
        return judge is not self._now.judge

    def close(self) -> None:
        """End the thread, once it has read what it reads."""
        self._thread.shutdown()

    def _is_later(self, name: str) -> bool:
        return hash_store.is_change(name) and name not in self._now.loaded.changes

    def _begun(self, stamp: Stamp) -> bool:
        """Whether a reading was begun just now."""
        if self._coming.busy or stamp == self._now.stamp:
            return False
        self._coming.begin(partial(self._after, self._now, stamp))
        return True

    def _taken(self, patience_seconds: float | None) -> bool:
        """Put in force what was read, if it was; whether anything came of it."""
        if not self._coming.ready(patience_seconds):
            return False
        before, self._now = self._now, self._coming.result()
        return before is not self._now

    def _after(self, before: HashListsSnapshot, stamp: Stamp) -> HashListsSnapshot:
        """In the thread: what is in force after what was; the same where a file went while it was read."""
        say_hash_lists(self.ledger, self.layout.hash_lists)
        try:
            read = self._changed(before, stamp) or _read(self.layout, self.identity, stamp)
        except FileNotFoundError:
            return before
        return replace(before, stamp=stamp, faults=read.faults) if isinstance(read, Refused) else read

    def _changed(self, before: HashListsSnapshot, stamp: Stamp) -> HashListsSnapshot | Refused | None:
        """With the changes to lists in force, nothing else indexed anew; None where there is only a new edition."""
        changes = hash_store.later(self.layout, self.identity, before.loaded)
        if changes is None or isinstance(changes, Refused):
            return changes
        judge = before.judge.and_then(changes.lists) if changes.lists else before.judge
        if hash_store.stamps(self.layout) == changes.stamps:
            return HashListsSnapshot(stamp, changes, judge)
        return replace(before, loaded=changes, judge=judge)


def say_hash_lists(ledger: Ledger, folder: Path) -> None:
    """Log the hash lists that have left this folder."""
    ledger.there_are(Kind.HASH_LIST_REMOVED, names_in(folder, hash_store.SUFFIX))


def _read(layout: Layout, identity: str, stamp: Stamp) -> HashListsSnapshot | Refused:
    """All that is at rest, and the judge of it."""
    loaded = hash_store.load(layout, identity)
    if isinstance(loaded, Refused):
        return loaded
    if not loaded.lists:
        cause = "there is none, and every picture would end as `no match`"
        return Refused((Fault("hash lists", cause, "Import one with `sightline hashes import`."),))
    licensed = photodna.plug_in()
    if isinstance(licensed, Refused):
        return licensed
    return HashListsSnapshot(stamp, loaded, keeping_judge_of(layout, identity, loaded.lists, licensed))
