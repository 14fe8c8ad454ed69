"""The patience of a visit with a site that asks to wait: 429 or 503, with or without `Retry-After`.

- A short wait is waited within the visit, and the URL is fetched again; the site's rate is lowered.
- A long wait, or a site that asks again and again, puts the visit off: nothing more is fetched from the site, and it is
  due again once the wait is over. What was read is kept.
- A queue page of a site's flood protection, which says no more than to wait and refreshes itself, is waited for as a
  browser without scripts would.
- Bounds: the tries of one URL, one wait, all waits of a visit, the time a visit is put off, and how often in a row it
  is. Beyond them the answer stands as it is, and the visit goes on: a site cannot buy peace by asking for it.

Sources: RFC 6585, 4 (429); RFC 9110, 15.6.4 (503) and 10.2.3 (`Retry-After`).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final, TypeGuard

from scanner.exchange.port import Failed, Response
from scanner.exchange.validators import http_date

ASKING: Final = frozenset((429, 503))
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class PatiencePolicy:
    """The bounds of patience."""

    first_seconds: float = 5.0
    """The wait where the site names none; it doubles with each try."""
    wait_seconds_most: float = 120.0
    """The longest wait within a visit."""
    visit_seconds_most: float = 600.0
    """All waits of a visit together."""
    tries: int = 2
    """The repeats of one URL."""
    in_a_row: int = 3
    """URLs in a row that ask to wait, after which the whole site does."""
    put_off_seconds: float = 60.0
    """The shortest time for which a visit is put off; it doubles each time in a row."""
    put_off_seconds_most: float = 6 * 3_600.0
    put_offs: int = 3
    """The visits in a row that may be put off."""


PATIENCE: Final = PatiencePolicy()


def asks_to_wait(result: Response | Failed) -> TypeGuard[Response]:
    """Return True if a site asks to wait."""
    return isinstance(result, Response) and result.status in ASKING


def retry_after(untrusted: str, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` names, as a number or a date; None if it names none."""
    if _SECONDS.fullmatch(untrusted.strip()):
        return float(untrusted)
    date = http_date(untrusted.strip())
    return None if date is None else max(0.0, (date - now).total_seconds())


@dataclass(slots=True)
class Patience:
    """The patience of one visit with the site at `address`. Safe to call from several threads."""

    address: str
    policy: PatiencePolicy = PATIENCE
    put_offs_before: int = 0
    """The earlier visits in a row that were put off."""
    put_off_seconds: float = 0.0
    """The time for which the rest of the visit is put off; 0 while it is not."""
    _waited: float = 0.0
    _answers: int = 0
    """Answers of the site that did not ask to wait."""
    _in_a_row: int = 0
    _lock: Lock = field(default_factory=Lock)

    def seconds_to_retry(self, untrusted_retry_after: str, now: datetime, tries: int) -> float | None:
        """Return the seconds to wait before a URL is fetched again; None if that is beyond the bounds."""
        named = retry_after(untrusted_retry_after, now)
        seconds = self.policy.first_seconds * 2**tries if named is None else named
        with self._lock:
            if tries >= self.policy.tries or self._waited + seconds > self.policy.visit_seconds_most:
                return None
            return seconds if seconds <= self.policy.wait_seconds_most else None

    def queue_seconds(self, named: float | None, tries: int) -> float | None:
        """Return the seconds to wait before a queue page is fetched again; None if that is beyond the bounds."""
        seconds = self.policy.first_seconds * 2**tries if named is None else named
        within = seconds <= self.policy.wait_seconds_most and self._waited + seconds <= self.policy.visit_seconds_most
        return seconds if within else None

    def waited(self, seconds: float) -> None:
        """Count a wait of this visit."""
        with self._lock:
            self._waited += seconds

    def answered(self, address: str) -> None:
        """Count an answer that does not ask to wait."""
        if address == self.address:
            with self._lock:
                self._answers += 1
                self._in_a_row = 0

    def refused(self, address: str, untrusted_retry_after: str, now: datetime) -> float:
        """Count a URL that asked to wait to the end; return the seconds for which its site is not fetched from."""
        named = retry_after(untrusted_retry_after, now) or 0.0
        is_long = named > self.policy.wait_seconds_most
        if address != self.address:
            return min(named, self.policy.put_off_seconds_most) if is_long else 0.0
        with self._lock:
            self._in_a_row += 1
            whole_site = not self._answers or self._in_a_row >= self.policy.in_a_row
            if not (is_long or whole_site) or self.put_offs_before >= self.policy.put_offs:
                return 0.0
            least = self.policy.put_off_seconds * 2**self.put_offs_before
            self.put_off(min(max(named, least), self.policy.put_off_seconds_most))
            return self.put_off_seconds

    def put_off(self, seconds: float) -> None:
        """Put the rest of the visit off, for the longest of the waits."""
        self.put_off_seconds = max(self.put_off_seconds, seconds)
