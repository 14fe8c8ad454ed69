"""Thirty days of churn: the schedule beside fixed intervals, over the same simulated sites.

    python -m benchmarks.schedule [--sites 2000] [--seed 1] [--json]

Published: half of all onion services live ten days or less, and of those found 29 % answer (arXiv 1811.01348).
Assumed by us: a tenth of the sites are listed on the first day and the others evenly over the month; a living site is
up for three days and then down for three hours on average, every tenth time for three days; one in ten of those that
answer begins a day late, or up to a week. A visit costs nothing here but its count.

The fixed interval that makes as many visits as the schedule is the fair one to compare with: it is looked for.

- coverage: of the sites that were up at any time after they were listed, the part that was reached at least once
- fresh: over all the time that sites were up, the part in which they had been reached within a review interval (a day)
- age: over the same time, how long ago they were last reached (or listed), on average
- back: how long after a site came back from an outage it was reached again, on average
- wasted: the part of the visits that reached nobody
"""

import argparse
import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from config.settings import Schedule
from scanner.schedule.policy import RetryPolicy, SiteHistory, VisitObservation, after_visit

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=30)
DAY = timedelta(days=1)
HALF_LIFE_DAYS = 10.0
ANSWERING = 0.29
UP_DAYS = 3.0
DOWN_HOURS = 3.0
LONG_DOWN_HOURS = 72.0
LONG = 0.1
LATE = 0.1
LATE_DAYS = 7.0
DEFAULTS = Schedule()
OURS = RetryPolicy(timedelta(minutes=DEFAULTS.retry_first_minutes), timedelta(hours=DEFAULTS.retry_most_hours))

Next = Callable[[SiteHistory, datetime, bool], SiteHistory]
SEARCH_STEPS = 24


@dataclass(frozen=True, slots=True)
class Site:
    """A simulated onion service: when it was listed, and the spans in which it was up, in order."""

    address: str
    listed: datetime
    up: tuple[tuple[datetime, datetime], ...]

    def answers(self, now: datetime) -> bool:
        """Whether it is up."""
        return any(start <= now < end for start, end in self.up)


@dataclass(slots=True)
class Tally:
    """What one strategy did."""

    visits: int = 0
    wasted: int = 0
    reached: int = 0
    reachable: int = 0
    up_seconds: float = 0.0
    fresh_seconds: float = 0.0
    age_seconds_squared: float = 0.0
    returns: int = 0
    return_seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """As they are printed."""
        return {
            "visits": self.visits,
            "coverage": round(self.reached / self.reachable, 4),
            "fresh": round(self.fresh_seconds / self.up_seconds, 4),
            "age_hours": round(self.age_seconds_squared / self.up_seconds / 3600, 2),
            "back_hours": round(self.return_seconds / max(self.returns, 1) / 3600, 2),
            "wasted": round(self.wasted / self.visits, 4),
        }


def sites(count: int, seed: int) -> list[Site]:
    """The same sites for the same seed."""
    chance = Random(seed)  # noqa: S311 - a simulation
    made = []
    for number in range(count):
        listed = START if number % 10 == 0 else START + chance.random() * (END - START)
        answers, late = chance.random() < ANSWERING, chance.random() < LATE
        born = listed + (chance.random() * LATE_DAYS * DAY if late else timedelta())
        dead = born + chance.expovariate(0.693 / HALF_LIFE_DAYS) * DAY if answers else born
        made.append(Site(f"site {number}", listed, tuple(_spans(chance, born, min(dead, END)))))
    return made


def _spans(chance: Random, now: datetime, dead: datetime) -> Iterator[tuple[datetime, datetime]]:
    while now < dead:
        down = now + chance.expovariate(1 / UP_DAYS) * DAY
        yield now, min(down, dead)
        hours = LONG_DOWN_HOURS if chance.random() < LONG else DOWN_HOURS
        now = down + timedelta(hours=chance.expovariate(1 / hours))


def simulate(world: list[Site], following: Next) -> Tally:
    """Visit every site whenever it is due, until the end."""
    tally, by_address = Tally(), {site.address: site for site in world}
    reached = {site.address: [site.listed] for site in world}
    queue = [(site.listed, site.address) for site in world]
    states = {site.address: SiteHistory("a-list", site.address, site.listed) for site in world}
    heapq.heapify(queue)
    while queue[0][0] < END:
        now, address = queue[0]
        answered = by_address[address].answers(now)
        tally.visits += 1
        tally.wasted += not answered
        if answered:
            reached[address].append(now)
        states[address] = following(states[address], now, answered)
        heapq.heapreplace(queue, (states[address].due, address))
    for site in world:
        _measure(site, reached[site.address], tally)
    return tally


def _measure(site: Site, reached: list[datetime], tally: Tally) -> None:
    tally.reachable += bool(site.up)
    tally.reached += len(reached) > 1
    for earlier, later in pairwise([*reached, END]):
        for start, end in site.up:
            first, last = max(start, earlier), min(end, later)
            if first < last:
                young, old = (first - earlier).total_seconds(), (last - earlier).total_seconds()
                tally.up_seconds += old - young
                tally.fresh_seconds += max(0.0, min(old, DAY.total_seconds()) - young)
                tally.age_seconds_squared += (old**2 - young**2) / 2
    for (_, down), (back, end) in pairwise(site.up):
        again = next((instant for instant in reached[1:] if instant >= back), END)
        tally.returns += down < END
        tally.return_seconds += (min(again, end) - back).total_seconds()


def fixed(interval: timedelta) -> Next:
    """A visit every interval, whatever happened."""
    never = RetryPolicy(interval, interval)

    def following(site: SiteHistory, now: datetime, _answered: bool) -> SiteHistory:  # noqa: FBT001 - as Next has it
        return after_visit(site, now, interval, never, VisitObservation(reached=True))

    return following


def as_often(world: list[Site], visits: int) -> timedelta:
    """The fixed interval that makes about so many visits."""
    short, long = timedelta(hours=1), 30 * DAY
    for _ in range(SEARCH_STEPS):
        middle = (short + long) / 2
        short, long = (middle, long) if simulate(world, fixed(middle)).visits > visits else (short, middle)
    return long


def ours(site: SiteHistory, now: datetime, answered: bool) -> SiteHistory:  # noqa: FBT001 - as Next has it
    """The scanner's own schedule, with its default settings and a review interval of a day; no closer review."""
    return after_visit(site, now, DAY, OURS, VisitObservation(reached=answered))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    world = sites(chosen.sites, chosen.seed)
    figures = {"schedule": simulate(world, ours).figures()}
    equal = as_often(world, int(figures["schedule"]["visits"]))
    hours = equal.total_seconds() / 3600
    strategies = {
        f"every {hours:.1f} h": fixed(equal),
        "every 12 h": fixed(DAY / 2),
        "every 24 h": fixed(DAY),
        "every 48 h": fixed(2 * DAY),
    }
    figures |= {name: simulate(world, following).figures() for name, following in strategies.items()}
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{'':14}{'visits':>9}{'coverage':>10}{'fresh':>9}{'age':>10}{'back':>10}{'wasted':>9}")
    for name, row in figures.items():
        ages = f"{row['age_hours']:8.1f} h{row['back_hours']:8.1f} h"
        print(f"{name:14}{row['visits']:9.0f}{row['coverage']:10.1%}{row['fresh']:9.1%}{ages}{row['wasted']:9.1%}")


if __name__ == "__main__":
    main()
