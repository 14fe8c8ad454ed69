"""Which sites are visited, and how many at once: the loop around the main path.

A round takes due sites from the ledger, claims them, and visits each on its own thread. Once `stop` is set nothing new
is claimed; visits under way end after their exchange and are sealed. For one thread.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from uuid import uuid4

from reports.ledger.ledger import Claim, ScheduledSite, SiteKey
from reports.sighting import VisitEnd
from scanner.authority.list_store import Listing
from scanner.schedule.policy import UNKNOWN_WAIT, choose
from scanner.visit.services import VisitServices
from scanner.visit.visit import visit_site

_LOOK_AHEAD = 8
"""How many times as many due sites are looked at as there is room for: some may wait for their tor."""
Listener = Callable[[SiteKey, VisitEnd], None]
"""Called with each visit that ended, on the visit's own thread."""


@dataclass(slots=True)
class VisitPool:
    """Visits under way. `run_id` names this run in the ledger; at most `at_once` sites are visited in parallel."""

    world: VisitServices
    run_id: str
    at_once: int
    stop: Event
    ended: Listener
    _threads: ThreadPoolExecutor = field(init=False)
    _under_way: dict[Future[None], SiteKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="visit")

    def room(self) -> int:
        """Return how many more visits may start now."""
        self._forget_done()
        return 0 if self.stop.is_set() else self.at_once - len(self._under_way)

    def start_due(self, listings: Mapping[SiteKey, Listing], well: Callable[[str], bool]) -> int:
        """Start as many due visits as there is room for; return their number.

        Sites with an ill tor wait for it and hold up no others: if there are too many, they stand back for a minute.
        Sites of a list that ended or was removed wait until the schedule follows.
        """
        room, now = self.room(), self.world.clock()
        most = room * _LOOK_AHEAD
        due = self.world.ledger.due(now, most) if room > 0 else ()
        known = ((site, listings[site.key]) for site in due if site.key in listings)
        counted = {site: one for site, one in known if self.world.permits.count(one.authority_list, now)}
        ready = {site for site in counted if well(site.key.address)}
        chosen = choose(ready, room)
        if len(chosen) < room and len(due) >= most:
            self.world.ledger.put_off((site.key for site in counted if site not in ready), now + UNKNOWN_WAIT)
        return sum(self.start_all({site: counted[site] for site in chosen})) if chosen else 0

    def start_all(self, visits: Mapping[ScheduledSite, Listing]) -> list[bool]:
        """Claim these in one transaction, so that first contacts overlap; which of them were free, and are visited."""
        claims, all_there = (
            self.world.ledger.claim_all({site.key: str(uuid4()) for site in visits}, self.run_id),
            Event(),
        )
        try:
            for (site, listing), claim in zip(visits.items(), claims, strict=True):
                if claim is not None:
                    self._under_way[self._threads.submit(self._visit, listing, site, claim, all_there)] = site.key
        finally:
            all_there.set()
        return [claim is not None for claim in claims]

    def under_way(self) -> int:
        """Return how many visits have not ended."""
        self._forget_done()
        return len(self._under_way)

    def wait(self, seconds: float) -> bool:
        """Wait until a visit ends, at most this long; return False if none is under way."""
        if not self._under_way:
            return False
        wait(self._under_way, seconds, return_when=FIRST_COMPLETED)
        self._forget_done()
        return bool(self._under_way)

    def close(self, seconds_of_grace: float) -> None:
        """Let visits end (sooner once `stop` is set), and cut their connections after the grace."""
        _, late = wait(self._under_way, seconds_of_grace)
        for visit in late:
            self.world.fetcher.forget(self._under_way[visit].address)
        self._threads.shutdown()
        self._forget_done()

    def _visit(self, listing: Listing, site: ScheduledSite, claim: Claim, all_there: Event) -> None:
        """Visit once all that start together have their threads: the first would keep the tick from starting the
        others.
        """
        all_there.wait()
        self.ended(claim.key, visit_site(listing, site, claim, self.world, self.stop))

    def _forget_done(self) -> None:
        """Forget visits that ended; raise the error of one that failed, on the scanner's own thread."""
        for visit in [item for item in self._under_way if item.done()]:
            del self._under_way[visit]
            visit.result()
