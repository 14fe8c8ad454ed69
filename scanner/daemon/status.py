"""The present status: the daemon's last heartbeat and the store's counts, for `sightline status`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.ledger.ledger import ControlState, QueueLane, ScheduledSite
from reports.store.overview import ListedState, Overview, Throughput
from scanner.daemon.heartbeat import Heartbeat

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Status:
    """The present status. `said` is None without a heartbeat of this version; `said_at` is its time."""

    now: datetime
    control: ControlState
    said: Heartbeat | None
    said_at: datetime | None
    states: Mapping[tuple[ListedState, str], int]
    queue: Mapping[QueueLane, int]
    under_way: tuple[str, ...]
    next_due: datetime | None
    hour: Throughput
    day: Throughput
    quarantined: tuple[ScheduledSite, ...]
    paused: tuple[ScheduledSite, ...]

    @property
    def lively(self) -> bool:
        """Whether a daemon may be taken to run."""
        return self.said is not None and self.said_at is not None and self.said.lively(self.said_at, self.now)

    @property
    def tor_is_well(self) -> bool:
        """Whether the daemon's tor was well when it last spoke."""
        return self.said is not None and self.said.tor is not None and self.said.tor.healthy

    def by_state(self) -> Counter[ListedState]:
        """Return how many sites are in each state."""
        counts: Counter[ListedState] = Counter()
        for (state, _), sites in self.states.items():
            counts[state] += sites
        return counts


def status_now(overview: Overview, now: datetime) -> Status:
    """Gather it."""
    published, states = overview.published(), overview.states()
    special = {state for state, _ in states} & {ListedState.QUARANTINED, ListedState.PAUSED}
    return Status(
        now=now,
        control=overview.control(),
        said=None if published is None else Heartbeat.from_bytes(published.body),
        said_at=None if published is None else published.at,
        states=states,
        queue=overview.queue(now),
        under_way=overview.under_way(),
        next_due=overview.next_due(),
        hour=overview.throughput(now - HOUR, now),
        day=overview.throughput(now - DAY, now),
        quarantined=overview.set_aside(ListedState.QUARANTINED) if ListedState.QUARANTINED in special else (),
        paused=overview.set_aside(ListedState.PAUSED) if ListedState.PAUSED in special else (),
    )
