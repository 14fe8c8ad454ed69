"""Links that lead in circles: which of them are one and the same page, and which have no end. Pure functions of a URL.

Sites make links without end, by chance or on purpose: session ids, calendars, tables that may be sorted in every way,
paths that grow by themselves. What is recognised is bounded and counted with its reason, never passed over in silence.

- `page_key` is what makes two URLs the same page: without session ids and cache busters, parameters in one order.
- `UrlShape` is what a URL looks like without its numbers and dates: pages of one shape are likely of one kind.
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
"""How often one segment may stand in a path, and a row of segments be repeated at its end."""


class Trap(StrEnum):
    """Why a link within the scope was not followed. A closed list, counted in the visit's record."""

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
"""They count where the value looks drawn by lot. Other names that may hold a session id (`hash`, `key`, `s`, `token`)
as often name a page: two pages taken for one would be missed, and nobody told; the shape bounds them instead."""
_BUSTER: Final = re.compile(r"utm_\w+|no_?cache|cache_?buster", re.IGNORECASE)
_MAYBE_BUSTER: Final = re.compile(r"_|rand(?:om)?|cb", re.IGNORECASE)
_CLOCK_OR_DIE: Final = re.compile(r"[0-9.]{9,}")
_LOT: Final = r"(?=(?:[A-Za-z]*[0-9]+[A-Za-z]){3})[A-Za-z0-9,_-]{20,}"
"""No word, number or date: digits and letters take turns."""
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
"""Parameters that order or filter a page, by name and value: `view=list` does, `view=holiday` is another page."""
_ORDER: Final = re.compile(f"(?:{'|'.join(f'(?:{name})=(?:{value})' for name, value in _ORDERS)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UrlShape:
    """What a URL looks like. `general` is without numbers and dates; `unordered` the page without its order or filter.

    `dated` says that dates are what tells its pages apart; `order` is the order and filter that it asks for.
    """

    general: str
    dated: bool
    unordered: str
    order: str


def page_key(url: str) -> str:
    """The same for two URLs of one page: session ids and cache busters gone, parameters sorted. `url` is normal."""
    parts = urlsplit(url)
    path = _IN_PATH.sub("", parts.path) or "/"
    return f"{parts.netloc}{path}?{'&'.join(sorted(_lasting(parts.query)))}"


def shape(url: str) -> UrlShape:
    """The shape of a normal URL."""
    parts = urlsplit(url)
    path = _IN_PATH.sub("", parts.path) or "/"
    pairs = sorted(pair.partition("=") for pair in _lasting(parts.query))
    general, dated = _general_path(path)
    of_dates = [name for name, _, value in pairs if _DATE_NAMES.fullmatch(name) and _DATE_VALUE.fullmatch(value)]
    said = [f"{name}={value}" for name, _, value in pairs]
    order = [one for one in said if _ORDER.fullmatch(one)]
    others = [one for one in said if not _ORDER.fullmatch(one)]
    names = "&".join(name for name, _, _ in pairs)
    return UrlShape(
        general=f"{parts.netloc}{general}?{names}",
        dated=dated or bool(of_dates),
        unordered=f"{parts.netloc}{path}?{'&'.join(others)}",
        order="&".join(order),
    )


def folder(url: str) -> str:
    """The first folder of a normal URL's path, in one case; empty for what lies in none."""
    first, slash, _ = urlsplit(url).path.lstrip("/").partition("/")
    return first.lower() if slash else ""


def malformed(url: str) -> Trap | None:
    """What is wrong with the URL by itself: a path that repeats itself, or is longer than any page's."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    too_long = len(parts.path) + len(parts.query) > TARGET_CHARACTERS_MOST
    if too_long or len(segments) > SEGMENTS_MOST or parts.query.count("&") >= PARAMETERS_MOST:
        return Trap.OVERLONG
    often = any(segments.count(segment) > REPEATS_MOST for segment in set(segments))
    return Trap.REPEATING if often or _ends_in_a_row(segments) else None


def _ends_in_a_row(segments: list[str]) -> bool:
    """Whether the last segments are the same row three times over."""
    for size in range(2, len(segments) // REPEATS_MOST + 1):
        rows = [segments[len(segments) - size * (n + 1) : len(segments) - size * n] for n in range(REPEATS_MOST)]
        if rows[0] == rows[1] == rows[2]:
            return True
    return False


def _lasting(query: str) -> list[str]:
    """The parameters that are part of what is asked for."""
    return [pair for pair in query.split("&") if pair and not _passing(*pair.partition("=")[::2])]


def _passing(name: str, value: str) -> bool:
    if _SESSION.fullmatch(name) or _BUSTER.fullmatch(name):
        return True
    by_name = (_MAYBE_SESSION, _BY_LOT), (_MAYBE_BUSTER, _CLOCK_OR_DIE)
    return any(names.fullmatch(name) and values.fullmatch(value) for names, values in by_name)


def _general_path(path: str) -> tuple[str, bool]:
    """The path without numbers, and whether dates stand in it."""
    general: list[str] = []
    dated, after_year = False, False
    for segment in path.split("/"):
        is_part = after_year and _SHORT_NUMBER.fullmatch(segment) is not None
        dated |= is_part or _DATE.fullmatch(segment) is not None
        after_year = _YEAR.fullmatch(segment) is not None or is_part
        general.append("H" if _HEX.fullmatch(segment) else _NUMBER.sub("N", segment))
    return "/".join(general), dated
