"""Validators: what a site says by which an answer may be asked for again, only if it has changed.

Only those are taken that stand for the bytes themselves: a strong ETag; a Last-Modified that lay at least a minute
before the answer (a file may change twice within one second). Whoever sends one back tells the site that it was here
before: when that is done is decided in `scanner.memory`.

Source: RFC 9110, sections 8.8 (validators) and 13.1 (conditional requests).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

NOT_MODIFIED: Final = 304
_STRONG_ETAG: Final = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_DATE_CHARACTERS: Final = 29
_STRONG_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Validators:
    """An ETag and a Last-Modified, each as it came, each empty where there was none that may be used."""

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
    """Those of one answer. Each sequence holds the header's values as they came, one for each line."""
    etag = etags[0].strip() if len(etags) == 1 else ""
    changed = last_modified[0].strip() if len(last_modified) == 1 else ""
    return Validators(
        etag if _STRONG_ETAG.fullmatch(etag) else "",
        changed if _is_strong(changed, dates[0].strip() if len(dates) == 1 else "") else "",
    )


def _is_strong(changed: str, answered: str) -> bool:
    """Whether no second change can hide within the second that a Last-Modified names."""
    before, after = _instant(changed), _instant(answered)
    return before is not None and after is not None and before + _STRONG_AFTER <= after


def _instant(untrusted_text: str) -> datetime | None:
    """An HTTP date in its one preferred form; None for any other."""
    if len(untrusted_text) != _DATE_CHARACTERS:
        return None
    try:
        instant = parsedate_to_datetime(untrusted_text).astimezone(UTC)
        return instant if format_datetime(instant, usegmt=True) == untrusted_text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
