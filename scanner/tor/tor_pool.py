"""Several tors of our own, because one tor is single-threaded: a hash of its address assigns each site to one of them.

Each has its own data directory (its guards last), gate and health. When one dies or hangs it is restarted, and only
its sites wait.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from config.clock import Clock, utc_now
from config.faults import Refused
from reports.sighting import Gating
from scanner.tor.control import ANSWER_SECONDS, Progress
from scanner.tor.own_tor import OwnTor, RunningTor, start_tor
from scanner.tor.port import TorHealth


class TorPool:
    """One or more tors with one face. Thread-safe."""

    def __init__(self, tors: Sequence[RunningTor]) -> None:
        self.tors = tuple(tors)

    @property
    def gate(self) -> Gating:
        """As `RunningTor.gate`: all were started alike."""
        return self.tors[0].gate

    def of(self, address: str) -> RunningTor:
        """Return the tor that serves this site, fixed while the number of tors is."""
        return self.tors[number_of(address, len(self.tors))]

    def recent_health(self) -> TorHealth:
        """Return the latest health of the first unhealthy tor, else of the first."""
        healths = [tor.recent_health() for tor in self.tors]
        return next((health for health in healths if not health.healthy), healths[0])

    def refused_streams(self) -> dict[str, int]:
        """Return the number of streams that all gates refused, by reason."""
        refused: Counter[str] = Counter()
        for tor in self.tors:
            refused.update(tor.refused_streams())
        return dict(refused)

    def healthy_now(self) -> Callable[[str], bool]:
        """Return a function that says at once whether an address's tor is healthy, by its latest answer."""
        well = [tor.recent_health().healthy for tor in self.tors]
        return lambda address: well[number_of(address, len(well))]

    @property
    def keys(self) -> dict[str, bytes]:
        """The clients' keys that they were given, by service."""
        return {service: key for tor in self.tors for service, key in tor.keys.items()}

    def authorise(self, address: str, key: str, patience_seconds: float = ANSWER_SECONDS) -> bool:
        """Give every tor the clients' keys, as `RunningTor.authorise` does."""
        return self.of(address).authorise(address, key, patience_seconds)

    def stop(self) -> None:
        """End them all. Idempotent."""
        with ThreadPoolExecutor(len(self.tors)) as threads:
            list(threads.map(RunningTor.stop, self.tors))


def number_of(address: str, tors: int) -> int:
    """Return which of `count` tors serves a site, from 0: evenly spread and stable."""
    return int.from_bytes(sha256(address.encode("ascii")).digest()[:8]) % tors


def start_tors(
    own: OwnTor, directories: Sequence[Path], progress: Progress, clock: Clock = utc_now
) -> TorPool | Refused:
    """Start one tor in each of these directories in parallel; if one does not start, end them all."""
    slowest = _Slowest(progress, len(directories))

    def start(number: int) -> RunningTor | Refused:
        one = replace(own, data_directory=directories[number])
        return start_tor(one, lambda words, percent: slowest.tell(number, words, percent), clock)

    with ThreadPoolExecutor(len(directories)) as threads:
        started = list(threads.map(start, range(len(directories))))
    tors = [item for item in started if isinstance(item, RunningTor)]
    faults = tuple(dict.fromkeys(fault for item in started if isinstance(item, Refused) for fault in item.faults))
    if not faults:
        return TorPool(tors)
    for tor in tors:
        tor.stop()
    return Refused(faults)


class _Slowest:
    """Reports the progress of the slowest start."""

    def __init__(self, progress: Progress, starts: int) -> None:
        self._progress = progress
        self._percents = [0] * starts

    def tell(self, number: int, words: str, percent: int) -> None:
        """Record the progress of one start."""
        self._percents[number] = percent
        if percent == min(self._percents):
            self._progress(words, percent)
