"""One hostile answer after the other, each fetched in a process of its own, whose peak of memory the kernel tells.

A child is started once and loads what a scanner loads; for each case it forks, so that every exchange starts from the
same memory. Extra memory is the peak of the resident set after the exchange, less what was resident before it: what C
libraries take counts too.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from scanner.exchange.failure import FailureCause
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Response
from scanner.exchange.route import FixedRoute
from scanner.fetch.visit_fetches import ChainLimits
from tests.authority.making import NOW
from tests.fetch.permits import permit_for
from tests.fetch.unlogged import UnloggedFetches, fetch

_ROOT: Final = Path(__file__).parents[2]
_REDIRECTS_MOST: Final = 5


@dataclass(frozen=True)
class Measured:
    """How one chain of exchanges ended (None: with an answer), and what it took."""

    cause: FailureCause | None
    seconds: float
    extra_bytes: int
    received_bytes: int
    said: str
    """All that the process wrote, to either stream, beside this."""


class Victim:
    """The process that fetches. Use as a context manager."""

    def __init__(self, socks: tuple[str, int]) -> None:
        self._command = [sys.executable, "-m", "tests.fetch.measured", socks[0], str(socks[1])]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def fetch(self, budget: Budget) -> Measured:
        """Fetch the site's start page, wherever it leads."""
        ask, answers = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answers is not None
        print(json.dumps([budget.seconds, budget.untrusted_bytes]), file=ask, flush=True)
        said = ""
        while not (line := answers.readline()).startswith('{"cause"'):
            assert line, said
            said += line
        told: dict[str, Any] = json.loads(line)
        cause = told.pop("cause")
        return Measured(None if cause is None else FailureCause(cause), said=said, **told)


def _fetch(socks: tuple[str, int], budget: Budget) -> dict[str, Any]:
    fetcher = OnionFetcher(FixedRoute(*socks), bytes(32), "Mozilla/5.0 (test)")
    log, limits = UnloggedFetches(), ChainLimits(_REDIRECTS_MOST, budget, budget)
    before, begun = _resident("VmRSS"), time.monotonic()
    result = fetch(fetcher, permit_for(), limits, log, lambda: NOW, time.monotonic).result
    seconds = time.monotonic() - begun
    return {
        "cause": None if isinstance(result, Response) else result.cause.value,
        "seconds": seconds,
        "extra_bytes": max(0, _resident("VmHWM") - before),
        "received_bytes": sum(head.received_bytes for head in log.heads),
    }


def _resident(name: str) -> int:
    """The resident set now (VmRSS) or at its peak (VmHWM), in bytes. Source: proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024


def main() -> None:
    """Fork for each budget that comes in, and wait."""
    socks = sys.argv[1], int(sys.argv[2])
    for line in sys.stdin:
        seconds, most = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdout.write(json.dumps(_fetch(socks, Budget(seconds, most))) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
