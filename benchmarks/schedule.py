"""Thirty days of churn: the schedule beside a fixed interval, over the same simulated sites.

    python -m benchmarks.schedule [--sites 2000] [--seed 1] [--json]

Published: half of all onion services live ten days or less, and of those found 29 % answer (arXiv 1811.01348).
Assumed by us: a tenth of the sites are listed on the first day and the others evenly over the month; a living site is
up for three days and then down for three hours on average, every tenth time for three days. A visit costs nothing here
but its count.

- coverage: of the sites that were up at any time after they were listed, the part that was reached at least once
- age: over all the time that sites were up, how long ago they were last reached (or listed), on average
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
from scanner.schedule import Pace, SiteState, after_visit

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=30)
DAY = timedelta(days=1)
HALF_LIFE_DAYS = 10.0
ANSWERING = 0.29
UP_DAYS = 3.0
DOWN_HOURS = 3.0
LONG_DOWN_HOURS = 72.0
LONG = 0.1
DEFAULTS = Schedule()
OURS = Pace(timedelta(minutes=DEFAULTS.retry_first_minutes), timedelta(hours=DEFAULTS.retry_most_hours))

Next = Callable[[SiteState, datetime, bool], SiteState]


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
    age_seconds_squared: float = 0.0

    def figures(self) -> dict[str, float]:
        """As they are printed."""
        return {
            "visits": self.visits,
            "coverage": round(self.reached / self.reachable, 4),
            "age_hours": round(self.age_seconds_squared / self.up_seconds / 3600, 2),
            "wasted": round(self.wasted / self.visits, 4),
        }


def sites(count: int, seed: int) -> list[Site]:
    """The same sites for the same seed."""
    chance = Random(seed)  # noqa: S311 - a simulation
    made = []
    for number in range(count):
        listed = START if number % 10 == 0 else START + chance.random() * (END - START)
        dead = listed if chance.random() > ANSWERING else listed + chance.expovariate(0.693 / HALF_LIFE_DAYS) * DAY
        made.append(Site(f"site {number}", listed, tuple(_spans(chance, listed, min(dead, END)))))
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
    states = {site.address: SiteState("a-list", site.address, site.listed) for site in world}
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
                tally.age_seconds_squared += (old**2 - young**2) / 2


def fixed(interval: timedelta) -> Next:
    """A visit every interval, whatever happened."""
    never = Pace(interval, interval)

    def following(site: SiteState, now: datetime, _answered: bool) -> SiteState:  # noqa: FBT001 - as Next has it
        return after_visit(site, now, interval, never, reached=True)

    return following


def ours(site: SiteState, now: datetime, answered: bool) -> SiteState:  # noqa: FBT001 - as Next has it
    """The scanner's own schedule, with its default settings and a review interval of a day."""
    return after_visit(site, now, DAY, OURS, reached=answered)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    world = sites(chosen.sites, chosen.seed)
    strategies = {
        "schedule": ours,
        "every 24 h": fixed(DAY),
        "every 12 h": fixed(DAY / 2),
        "every 48 h": fixed(2 * DAY),
    }
    figures = {name: simulate(world, following).figures() for name, following in strategies.items()}
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{'':12}{'visits':>9}{'coverage':>10}{'age':>10}{'wasted':>9}")
    for name, row in figures.items():
        print(f"{name:12}{row['visits']:9.0f}{row['coverage']:10.1%}{row['age_hours']:8.1f} h{row['wasted']:9.1%}")


if __name__ == "__main__":
    main()
