"""The authority lists in force, for permits, schedule and rates alike: read again whenever they may have changed.

- A list of 100,000 sites takes seconds to read. `refresh` waits for that; `follow`, for a tick, does not: a thread
  reads and verifies, and meanwhile the lists in force stay so; then it updates the schedule.
- Two changes take effect at once: a list whose window ends, and a list that was removed.
- A list whose window opens or ends changes what is in force without any file changing; so do files that were replaced,
  and a clock that is set back behind a window's edge. An unchanged file is never read twice.
- A clock that is set back was ahead when sites were visited: the schedule is limited to the longest allowed waits.

For one thread; `permits` may be read from any.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from config.faults import Fault
from config.settings import Authority
from reports.ledger.ledger import Ledger, SiteKey, Terms, Urgency
from reports.log.entry import Kind
from scanner.authority.list_store import SUFFIX, Kept, Listing, load_lists
from scanner.authority.permit import ListPermits
from scanner.authority.verify import AuthorityList
from scanner.background.folder_stamp import Stamp, names_in, stamp_of
from scanner.background.task import PATIENCE_SECONDS, BackgroundTask, short_switch_interval
from scanner.referrals.recipients import Recipients
from scanner.schedule.policy import RetryPolicy

_SLOWEST = 1
"""A request a minute: for an address that has just left the lists."""


@dataclass(frozen=True, slots=True)
class AuthorityListsSnapshot:
    """What the folder gave at one instant. `lists` are those in force."""

    stamp: Stamp
    when: datetime
    lists: tuple[AuthorityList, ...]
    listings: dict[SiteKey, Listing]
    rates: Mapping[str, int]
    """Requests a minute, by address."""
    client_keys: Mapping[str, str] = field(repr=False)
    """The keys of onion services that only authorised clients may reach, by address."""
    faults: tuple[Fault, ...]
    windows: tuple[tuple[datetime, datetime], ...]


_NOTHING = AuthorityListsSnapshot((("", 0, 0),), datetime.min.replace(tzinfo=UTC), (), {}, {}, {}, (), ())
"""Before the first reading; its stamp is that of no folder."""


@dataclass(slots=True)
class ListsInForce:
    """Call `refresh` before the first round and `follow` before each. `close` it before its ledger."""

    directory: Path
    trusted: Sequence[Authority]
    ledger: Ledger
    audience: Recipients
    pace: RetryPolicy
    permits: ListPermits
    _now: AuthorityListsSnapshot = _NOTHING
    _counted: tuple[AuthorityList, ...] = ()
    """Those of them that were not taken away since."""
    _kept: Kept = field(default_factory=dict)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="lists"))
    _coming: BackgroundTask[AuthorityListsSnapshot] = field(init=False)
    """The reading under way."""
    _setting: BackgroundTask[None] = field(init=False)
    """The schedule, while it is brought up to date."""
    _gone: list[AuthorityListsSnapshot] = field(default_factory=list)
    """What was in force before, to be let go of once nothing here names it."""
    _heard: datetime = _NOTHING.when
    """The clock's last time."""
    _set_back: bool = False
    """Whether it was set back, and the schedule is yet to follow."""

    def __post_init__(self) -> None:
        self._coming, self._setting = BackgroundTask(self._thread), BackgroundTask(self._thread)

    @property
    def listings(self) -> Mapping[SiteKey, Listing]:
        """The listed targets. `permits` knows whether their list still counts."""
        return self._now.listings

    @property
    def client_keys(self) -> Mapping[str, str]:
        """The keys of onion services that only authorised clients may reach, by address."""
        return self._now.client_keys

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the lists that are not in force."""
        return self._now.faults

    def refresh(self, now: datetime) -> bool:
        """Read the lists again if needed, and wait; return True if the lists in force changed."""
        changed = False
        while self._differs(stamp_of(self.directory), now) or self._coming.busy or self._setting.busy:
            changed |= self.follow(now, None)
        return changed

    def follow(self, now: datetime, patience_seconds: float | None = PATIENCE_SECONDS) -> bool:
        """Have the lists read again if need be, and put in force what was read; whether that has changed."""
        stamp = stamp_of(self.directory)
        patience = None if patience_seconds is None else 0.0
        self._set_back, self._heard = self._set_back or now < self._heard, now
        if not self._coming.busy and self._differs(stamp, now):
            self._coming.begin(partial(self._reading, stamp, now))
            patience = patience_seconds
        changed = not self._setting.busy and self._taken(now, patience)
        if self._setting.ready(patience):
            self._setting.result()
        if self._set_back and not self._setting.busy:
            self._set_schedule(now)
        self._withdraw(stamp)
        if self._gone:
            gone, self._gone = self._gone, []
            self._thread.submit(let_go, gone)
        return changed

    def rate(self, address: str) -> float:
        """Return an address's highest allowed rate, in requests a minute: the lowest of its lists'."""
        return float(self._now.rates.get(address, _SLOWEST))

    def close(self) -> None:
        """End the thread after its present reading."""
        self._thread.shutdown()

    def _differs(self, stamp: Stamp, now: datetime) -> bool:
        """Return True if a file changed, or a list's window opened or ended, since the last reading."""
        earlier, later = sorted((self._now.when, now))
        crossed = (earlier < edge <= later for window in self._now.windows for edge in window)
        return stamp != self._now.stamp or any(crossed)

    def _withdraw(self, stamp: Stamp) -> None:
        """Drop lists whose file is gone; they count again once it is back."""
        there = {name for name, _, _ in stamp}
        counted = tuple(entry_list for entry_list in self._now.lists if f"{entry_list.form.list_id}{SUFFIX}" in there)
        if counted != self._counted:
            self._counted = counted
            self.permits.replace(counted)

    def _taken(self, now: datetime, patience_seconds: float | None) -> bool:
        """Put in force what was read, if it was; whether it differs. The schedule follows."""
        if not self._coming.ready(patience_seconds):
            return False
        reading = self._coming.result()
        self._gone.append(self._now)
        changed = reading.lists != self._now.lists
        self._now = reading
        if changed:
            self._set_schedule(now)
        return changed

    def _set_schedule(self, now: datetime) -> None:
        self._set_back = False
        self._setting.begin(partial(self._set, self._now.listings, now))

    def _set(self, listings: Mapping[SiteKey, Listing], now: datetime) -> None:
        """Update the schedule, on the thread."""
        self.ledger.set_sites(
            dict.fromkeys(listings, now), {key: terms_of(one, self.pace) for key, one in listings.items()}
        )

    def _reading(self, stamp: Stamp, now: datetime) -> AuthorityListsSnapshot:
        """Read and verify, on the thread."""
        say_lists(self.ledger, self.directory)
        with _uncollected():
            lists = load_lists(self.directory, self.trusted, now, self._kept)
            untold = {
                item: fault for item in lists.in_force if (fault := self.audience.fault(item.mandate())) is not None
            }
            in_force = tuple(item for item in lists.in_force if item not in untold)
            listings = {_key(listing): listing for listing in replace(lists, in_force=in_force).listings()}
        return AuthorityListsSnapshot(
            stamp=stamp,
            when=now,
            lists=in_force,
            listings=listings,
            rates=_rates(listings),
            client_keys=_client_keys(listings),
            faults=(*lists.faults, *untold.values()),
            windows=tuple((item.form.valid_from, item.form.valid_until) for item in lists.held),
        )


def say_lists(ledger: Ledger, folder: Path) -> None:
    """Log the authority lists that have left this folder."""
    ledger.there_are(Kind.LIST_REMOVED, names_in(folder, SUFFIX))


def let_go(readings: list[AuthorityListsSnapshot]) -> None:
    """Release old lists one by one, on the thread: 100,000 targets freed at once hold every thread up for 90 ms."""
    pieces: list[object] = []
    with short_switch_interval:
        while readings:
            pieces += _pieces(readings.pop())
        while pieces:
            pieces.pop()


def _pieces(reading: AuthorityListsSnapshot) -> list[object]:
    """Return its targets first, so that they are freed last: after the lists, which name them all."""
    return [*(listing.target for listing in reading.listings.values()), *reading.listings.values(), *reading.listings]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: none is made here, and it would stop all threads, for longer than a tick may
    take, to look for them among the targets; now and, were they not set apart, ever again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _key(listing: Listing) -> SiteKey:
    return SiteKey(listing.authority_list.form.list_id, listing.target.address)


def terms_of(listing: Listing, pace: RetryPolicy) -> Terms:
    """Return when the site is visited."""
    target = listing.target
    review = timedelta(hours=target.review_interval_hours)
    return Terms(Urgency[target.urgency.upper()], review, pace.retry_most, pace.quarantine_most)


def _rates(listings: Mapping[SiteKey, Listing]) -> dict[str, int]:
    rates: dict[str, int] = {}
    for key, listing in listings.items():
        rate = listing.target.requests_per_minute
        rates[key.address] = min(rate, rates.get(key.address, rate))
    return rates


def _client_keys(listings: Mapping[SiteKey, Listing]) -> dict[str, str]:
    keyed = ((key.address, one.target.client_authorisation_key) for key, one in listings.items())
    return {address: key for address, key in keyed if key is not None}
