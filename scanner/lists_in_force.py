"""The authority lists that count now, for permits, schedule and rates alike: read again whenever they may have changed.

A list whose window opens or ends changes what is in force without any file changing; so do files that were replaced.
A file that has not changed is never read twice.
For one thread; `permits` may be read from any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from config.faults import Fault
from config.settings import Authority
from reports.ledger import Ledger, SiteKey, Terms, Urgency
from scanner.audience import Audience
from scanner.authority.lists import Kept, Listing, Lists, load_lists
from scanner.authority.permit import ListPermits
from scanner.on_record import say_lists

_SLOWEST = 1
"""A request a minute: for an address that has just left the lists."""

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each file: differs when a file may differ."""


@dataclass(slots=True)
class ListsInForce:
    """Call `refresh` before each round."""

    directory: Path
    trusted: Sequence[Authority]
    ledger: Ledger
    audience: Audience
    permits: ListPermits = field(default_factory=ListPermits)
    listings: Mapping[SiteKey, Listing] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """What is wrong with the lists that are not in force."""
    _kept: Kept = field(default_factory=dict)
    _rates: Mapping[str, int] = field(default_factory=dict)
    _stamp: Stamp | None = None
    _windows: tuple[tuple[datetime, datetime], ...] = ()
    _read: datetime | None = None

    def refresh(self, now: datetime) -> bool:
        """Read the lists again if need be; whether what is in force has changed."""
        stamp = stamp_of(self.directory)
        if stamp == self._stamp and not self._crossed(now):
            return False
        say_lists(self.ledger, self.directory)
        lists = load_lists(self.directory, self.trusted, now, self._kept)
        untold = {one: fault for one in lists.in_force if (fault := self.audience.fault(one.mandate())) is not None}
        self._stamp, self._read, self.faults = stamp, now, (*lists.faults, *untold.values())
        self._windows = tuple((one.form.valid_from, one.form.valid_until) for one in lists.held)
        return self._take(replace(lists, in_force=tuple(one for one in lists.in_force if one not in untold)), now)

    def rate(self, address: str) -> float:
        """The highest rate that a list in force allows for an address, in requests a minute: the lowest of several."""
        return float(self._rates.get(address, _SLOWEST))

    def _crossed(self, now: datetime) -> bool:
        """Whether a list's window has opened or ended since the last reading."""
        read = self._read
        return read is None or any(read < edge <= now for window in self._windows for edge in window)

    def _take(self, lists: Lists, now: datetime) -> bool:
        listings = {SiteKey(one.authority_list.form.list_id, one.target.address): one for one in lists.listings()}
        if listings == self.listings:
            return False
        self.permits.replace(lists.in_force)
        self.ledger.set_sites(dict.fromkeys(listings, now), {key: terms_of(one) for key, one in listings.items()})
        self.listings, self._rates = listings, _rates(listings)
        return True


def terms_of(listing: Listing) -> Terms:
    """What the list says of when the site is visited."""
    target = listing.target
    return Terms(Urgency[target.urgency.upper()], timedelta(hours=target.review_interval_hours))


def _rates(listings: Mapping[SiteKey, Listing]) -> dict[str, int]:
    rates: dict[str, int] = {}
    for key, listing in listings.items():
        rate = listing.target.requests_per_minute
        rates[key.address] = min(rate, rates.get(key.address, rate))
    return rates


def stamp_of(directory: Path) -> Stamp:
    """The stamp of a folder's files; empty when there is no folder."""
    try:
        found = [(path.name, path.stat()) for path in sorted(directory.iterdir())]
    except FileNotFoundError:
        return ()
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)
