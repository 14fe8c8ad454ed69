"""Validators: values of a response by which a later request can ask whether it has changed.

Only values that stand for the bytes themselves are taken: a strong ETag, or a Last-Modified at least a minute before
the response (a file may change twice within one second). Sending one back tells the site that it was visited before;
`scanner.visit.site_memory` decides when to do that.

Source: RFC 9110, sections 8.8 (validators) and 13.1 (conditional requests).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

NOT_MODIFIED: Final = 304
_STRONG_ETAG: Final = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE: Final = re.compile(
    f"({'|'.join(_WEEKDAYS)}), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) "
    "([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_STRONG_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Validators:
    """An unchanged ETag and Last-Modified of a response, each empty if there is none that may be used."""

    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> Mapping[str, str]:
        """What asks for the same again, in the order in which Tor Browser sends it on a reload."""
        named = {"If-Modified-Since": self.last_modified, "If-None-Match": self.etag}
        return {name: value for name, value in named.items() if value}


NO_VALIDATORS: Final = Validators()


def validators(etags: Sequence[str], last_modified: Sequence[str], dates: Sequence[str]) -> Validators:
    """Return the validators of one response. Each sequence holds the header's raw values, one for each line."""
    etag = etags[0].strip() if len(etags) == 1 else ""
    changed = last_modified[0].strip() if len(last_modified) == 1 else ""
    return Validators(
        etag if _STRONG_ETAG.fullmatch(etag) else "",
        changed if _is_strong(changed, dates[0].strip() if len(dates) == 1 else "") else "",
    )


def _is_strong(changed: str, answered: str) -> bool:
    """Return True if no second change can hide within the second that a Last-Modified names."""
    before, after = http_date(changed), http_date(answered)
    return before is not None and after is not None and before + _STRONG_AFTER <= after


def http_date(untrusted_text: str) -> datetime | None:
    """Parse an HTTP date in its preferred form (RFC 9110, section 5.6.7); return None for any other."""
    read = _DATE.fullmatch(untrusted_text)
    if read is None:
        return None
    weekday, day, month, year, hour, minute, second = read.groups()
    try:
        date = (int(year), _MONTHS.index(month) + 1, int(day))
        instant = datetime(*date, int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return instant if _WEEKDAYS[instant.weekday()] == weekday else None
