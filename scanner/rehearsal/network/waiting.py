"""Waiting for another process: always bounded, and always with the name of the awaited thing."""

import time
from collections.abc import Callable

from config.faults import Fault


class NetworkFailed(Exception):  # noqa: N818 - it tells what happened
    """The private network did not start, or a part of it died. `fault` says which and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def until(reached: Callable[[], bool], seconds: float, what: str, every: float = 0.05) -> None:
    """Return when `reached()` is true; raise NetworkFailed when `seconds` have passed first."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise NetworkFailed(out_of_time(what, seconds))
        time.sleep(every)


def out_of_time(what: str, seconds: float) -> Fault:
    """Return the Fault of a wait that timed out."""
    cause = f"not reached within {seconds:g} seconds"
    return Fault(what, cause, "Try again on a quieter machine; with --keep the logs of each tor stay for reading")
