"""The log's story: visits are claimed, fetch, seal and end. Checks that each entry can follow those before it.

A visit is open from `visit claimed` to `visit ended` or `visit released`, one at a time for each address. A fetch is
intended, and ends once, within one open visit. Only a release may leave fetches without an outcome: it explains them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.log.entry import Kind, LogEntry


@dataclass(slots=True)
class OpenVisit:
    """A visit that has not ended: its address and the leaves of the fetches that have no end yet."""

    address: str
    waiting: set[int] = field(default_factory=set)


class LogReplay:
    """Follows a log entry by entry. Memory grows with the visits that are open at one time."""

    def __init__(self) -> None:
        self._visits: dict[str, OpenVisit] = {}
        self._addresses: set[str] = set()

    def tell(self, entry: LogEntry) -> list[str]:
        """Take the next entry; return what is wrong with it here. Raise ValueError if it lacks a detail of its kind."""
        if (entry.index == 0) != (entry.kind is Kind.LOG_STARTED):
            return ["a log starts once, with its first entry"]
        step = STEPS.get(entry.kind)
        return step(self, entry) if step else []

    def still_open(self) -> tuple[int, int]:
        """Return the numbers of open visits and of their fetches without an outcome."""
        return len(self._visits), sum(len(visit.waiting) for visit in self._visits.values())

    def claimed(self, entry: LogEntry) -> list[str]:
        """Open a visit; its address must be free."""
        name, address = entry.text("visit"), entry.text("address")
        taken = name in self._visits or address in self._addresses
        self._visits[name] = OpenVisit(address)
        self._addresses.add(address)
        return ["an address is claimed that another visit holds"] if taken else []

    def intended(self, entry: LogEntry) -> list[str]:
        """Record the intent of a fetch, under an open visit."""
        visit = self._visits.get(entry.text("visit"))
        if visit is None:
            return ["a fetch is intended outside of any open visit"]
        visit.waiting.add(entry.index)
        return []

    def concluded(self, entry: LogEntry) -> list[str]:
        """Record the outcome of a fetch that was intended in the same visit and is still open."""
        visit = self._visits.get(entry.text("visit"))
        if visit is None or entry.number("intent") not in visit.waiting:
            return ["a fetch ends that was not intended in this visit, or has ended before"]
        visit.waiting.remove(entry.number("intent"))
        return []

    def sealed(self, entry: LogEntry) -> list[str]:
        """Record a sealed record, under an open visit; an amendment belongs to none."""
        visit = entry.text("visit")
        return [] if not visit or visit in self._visits else ["a record is sealed outside of any open visit"]

    def ended(self, entry: LogEntry) -> list[str]:
        """End a visit; all of its fetches must have ended."""
        visit = self._close(entry.text("visit"))
        if visit is None:
            return ["a visit ends that is not open"]
        return [f"its visit ended while {len(visit.waiting)} fetches had no end"] if visit.waiting else []

    def released(self, entry: LogEntry) -> list[str]:
        """Release a visit; its fetches may stay open."""
        return [] if self._close(entry.text("visit")) else ["a visit is released that is not open"]

    def _close(self, name: str) -> OpenVisit | None:
        visit = self._visits.pop(name, None)
        if visit is not None:
            self._addresses.discard(visit.address)
        return visit


STEPS: Final[Mapping[Kind, Callable[[LogReplay, LogEntry], list[str]]]] = {
    Kind.VISIT_CLAIMED: LogReplay.claimed,
    Kind.FETCH_INTENDED: LogReplay.intended,
    Kind.FETCH_ENDED: LogReplay.concluded,
    Kind.RECORD_SEALED: LogReplay.sealed,
    Kind.VISIT_ENDED: LogReplay.ended,
    Kind.VISIT_RELEASED: LogReplay.released,
}
