"""Endless links: equal pages under different URLs, and pages without end. Pure functions of a URL.

Sites make endless links, by chance or on purpose: session ids, calendars, sortable tables, growing paths. Recognised
ones are bounded and counted with a reason, never dropped silently.

- `page_key` is equal for two URLs of one page: without session ids and cache busters, parameters sorted.
- `UrlShape` is a URL without its numbers and dates: pages of one shape are likely of one kind.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

SEGMENTS_MOST: Final = 24
PARAMETERS_MOST: Final = 24
TARGET_CHARACTERS_MOST: Final = 1_500
REPEATS_MOST: Final = 3
"""Limit for repeats of a segment in a path, and of a run of segments at its end."""


class Trap(StrEnum):
    """A reason for not following a link within the scope: a closed list, counted in the record of the visit."""

    REPEATING = "its path repeats itself"
    OVERLONG = "its path or query is longer than any page's"
    CALENDAR = "one more date of a calendar"
    PERMUTED = "one more order or filter of the same page"
    SHAPE = "one more page of a shape that has very many"
    FULL = "more links than a visit keeps"
    ROBOTS = "forbidden by robots.txt, which the mandate obeys"


_SESSION: Final = re.compile(
    r"(?:php|j|asp\.net_)sess(?:ion)?_?id|aspsessionid\w*|cfid|cftoken|oscsid|zenid|xtcsid", re.IGNORECASE
)
_MAYBE_SESSION: Final = re.compile(r"sid|sess(?:ion)?(?:_?id|_?key)?", re.IGNORECASE)
"""Names that hold a session id if the value looks random.

Other names (`hash`, `key`, `s`, `token`) as often name a page. Two pages taken for one would be a silent miss, so the
shape bounds them instead."""
_BUSTER: Final = re.compile(r"utm_\w+|no_?cache|cache_?buster", re.IGNORECASE)
_MAYBE_BUSTER: Final = re.compile(r"_|rand(?:om)?|cb", re.IGNORECASE)
_CLOCK_OR_DIE: Final = re.compile(r"[0-9.]{9,}")
_LOT: Final = r"(?=(?:[A-Za-z]*[0-9]+[A-Za-z]){3})[A-Za-z0-9,_-]{20,}"
"""A random value: digits and letters alternate, unlike in words, numbers and dates."""
_BY_LOT: Final = re.compile(_LOT)
_IN_PATH: Final = re.compile(
    rf";(?:jsessionid|phpsessid)=[^/;]*|;sid={_LOT}|/\((?:[A-Z]\([A-Za-z0-9_-]{{24,}}\))+\)"
    rf"|/(?:sid|sess(?:ion)?(?:id)?)[/=-]{_LOT}(?=/|\Z)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(?:19|20|21)[0-9]{2}(?:[-_.]?[0-9]{2}){1,2}|[0-9]{1,2}[-_.][0-9]{1,2}[-_.][0-9]{4}")
_YEAR: Final = re.compile(r"[0-9]{4}")
_SHORT_NUMBER: Final = re.compile(r"[0-9]{1,2}")
_NUMBER: Final = re.compile(r"[0-9]+")
_HEX: Final = re.compile(r"(?=.*[0-9])[0-9A-Fa-f-]{16,}")
_DATE_NAMES: Final = re.compile(
    r"(?:cal(?:endar)?_?)?(?:year|month|day|date|week|yyyy|yr|mon|mm|dd)(?:_?num)?|cal(?:endar)?|(?:start|end)_?date",
    re.IGNORECASE,
)
_DATE_VALUE: Final = re.compile(r"[0-9]{1,4}(?:[-_./][0-9]{1,4}){0,2}")
_ORDERS: Final = (
    (r"(?:sort|order)(?:_?by|_?dir|_?field)?|asc|desc|filter\w*(?:\[.*)?|facet\w*(?:\[.*)?", r".*"),
    (r"dir|direction", r"asc(?:ending)?|desc(?:ending)?|up|down|[ad01]"),
    (r"s[dkt]", r"[a-z]|[0-9]{1,3}"),
    (r"view|display|style|layout", r"grid|list|table|tiles?|cards?|thumb(?:nail)?s?|compact|full|mosaic|[0-9]"),
    (r"limit|per_?page|page_?size", r"[0-9]{1,4}|all"),
)
"""Parameters that order or filter a page, by name and value: `view=list` does; `view=holiday` is another page."""
_ORDER: Final = re.compile(f"(?:{'|'.join(f'(?:{name})=(?:{value})' for name, value in _ORDERS)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UrlShape:
    """The shape of a URL. `general` lacks numbers and dates; `unordered` lacks order and filter.

    `dated` is True if pages of this shape differ by dates; `order` is the requested order and filter.
    """

    general: str
    dated: bool
    unordered: str
    order: str


def page_key(url: str) -> str:
    """Return the key of a page: a normal URL without session ids and cache busters, parameters sorted."""
    parts = urlsplit(url)
    path = _IN_PATH.sub("", parts.path) or "/"
    return f"{parts.netloc}{path}?{'&'.join(sorted(_lasting(parts.query)))}"


def shape(url: str) -> UrlShape:
    """Return the shape of a normal URL."""
    parts = urlsplit(url)
    path = _IN_PATH.sub("", parts.path) or "/"
    pairs = sorted(pair.partition("=") for pair in _lasting(parts.query))
    general, dated = _general_path(path)
    of_dates = [name for name, _, value in pairs if _DATE_NAMES.fullmatch(name) and _DATE_VALUE.fullmatch(value)]
    parameters = [f"{name}={value}" for name, _, value in pairs]
    order = [parameter for parameter in parameters if _ORDER.fullmatch(parameter)]
    others = [parameter for parameter in parameters if not _ORDER.fullmatch(parameter)]
    names = "&".join(name for name, _, _ in pairs)
    return UrlShape(
        general=f"{parts.netloc}{general}?{names}",
        dated=dated or bool(of_dates),
        unordered=f"{parts.netloc}{path}?{'&'.join(others)}",
        order="&".join(order),
    )


def folder(url: str) -> str:
    """Return the first folder in the path of a normal URL, in lower case; empty if there is none."""
    first, slash, _ = urlsplit(url).path.lstrip("/").partition("/")
    return first.lower() if slash else ""


def malformed(url: str) -> Trap | None:
    """Return the fault of a URL by itself: a repeating path, or one that is too long."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    too_long = len(parts.path) + len(parts.query) > TARGET_CHARACTERS_MOST
    if too_long or len(segments) > SEGMENTS_MOST or parts.query.count("&") >= PARAMETERS_MOST:
        return Trap.OVERLONG
    often = any(segments.count(segment) > REPEATS_MOST for segment in set(segments))
    return Trap.REPEATING if often or _ends_in_a_row(segments) else None


def _ends_in_a_row(segments: list[str]) -> bool:
    """Return True if the path ends in the same run of segments three times."""
    for size in range(2, len(segments) // REPEATS_MOST + 1):
        rows = [segments[len(segments) - size * (n + 1) : len(segments) - size * n] for n in range(REPEATS_MOST)]
        if rows[0] == rows[1] == rows[2]:
            return True
    return False


def _lasting(query: str) -> list[str]:
    """Return the parameters that select a page."""
    return [pair for pair in query.split("&") if pair and not _passing(*pair.partition("=")[::2])]


def _passing(name: str, value: str) -> bool:
    if _SESSION.fullmatch(name) or _BUSTER.fullmatch(name):
        return True
    by_name = (_MAYBE_SESSION, _BY_LOT), (_MAYBE_BUSTER, _CLOCK_OR_DIE)
    return any(names.fullmatch(name) and values.fullmatch(value) for names, values in by_name)


def _general_path(path: str) -> tuple[str, bool]:
    """Return the path without numbers, and True if it holds dates."""
    general: list[str] = []
    dated, after_year = False, False
    for segment in path.split("/"):
        is_part = after_year and _SHORT_NUMBER.fullmatch(segment) is not None
        dated |= is_part or _DATE.fullmatch(segment) is not None
        after_year = _YEAR.fullmatch(segment) is not None or is_part
        general.append("H" if _HEX.fullmatch(segment) else _NUMBER.sub("N", segment))
    return "/".join(general), dated
