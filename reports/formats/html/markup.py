"""HTML that can only be read: tags from a closed list, everything else escaped.

There is no way here to write a link, a picture, a script, a form, a frame or an event handler. Text is cleaned of
hidden characters (`reports.safe_text`) and escaped unless this module made it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from reports.safe_text import unlinked

TEXT: Final = ("code", "em", "h1", "h2", "h3", "p", "small", "span", "strong")
BLOCKS: Final = ("article", "details", "div", "header", "main", "nav", "section", "summary")
LISTS: Final = ("dd", "dl", "dt", "li", "ol", "ul")
TABLES: Final = ("caption", "table", "tbody", "td", "th", "thead", "tr")
TAGS: Final = frozenset({*TEXT, *BLOCKS, *LISTS, *TABLES})
ATTRIBUTES: Final = frozenset({"class", "scope", "open", "lang", "id", "role", "aria-label", "tabindex"})
TEXT_MAX: Final = 20_000
OFTEN: Final = 1_024
"""Texts and tags that are held ready."""


class Html(str):
    """Text that `tag` made. Nothing else may be put into a page without being escaped."""

    __slots__ = ()


Child = Html | str | int | None


def tag(name: str, *children: Child | Iterable[Html], **attributes: str) -> Html:
    """Build one element. An attribute `class_` is written `class`; `aria_label` is `aria-label`.

    Raise ValueError for a tag or an attribute that is not on the list.
    """
    return Html(f"<{_opening(name, tuple(attributes.items()))}>{joined(*children)}</{name}>")


@lru_cache(OFTEN)
def _opening(name: str, attributes: tuple[tuple[str, str], ...]) -> str:
    """Return a tag's name and attributes; cached, because a page has few different ones."""
    names = {key.rstrip("_").replace("_", "-"): value for key, value in attributes}
    if name not in TAGS or not names.keys() <= ATTRIBUTES:
        msg = f"<{name} {' '.join(names)}> may not stand in a page"
        raise ValueError(msg)
    return name + "".join(f' {key}="{escape(value)}"' for key, value in names.items())


def joined(*children: Child | Iterable[Html]) -> Html:
    """Join the children, each escaped unless it is HTML already."""
    return Html("".join([child if isinstance(child, Html) else _inner(child) for child in children]))


def _inner(child: str | int | Iterable[Html] | None) -> str:
    if child is None:
        return ""
    if isinstance(child, str | int):
        return _escaped(str(child))
    return "".join(child)


@lru_cache(OFTEN)
def _escaped(text: str) -> str:
    """Most texts of a page are its own labels."""
    return escape(unlinked(text, TEXT_MAX))


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Child]]) -> Html:
    """Build a table whose first column names its row; return nothing for no rows."""
    body = [_row(row) for row in rows]
    if not body:
        return Html("")
    head = tag("thead", tag("tr", [tag("th", column, scope="col") for column in columns]))
    inner = tag("table", tag("caption", caption), head, tag("tbody", body))
    return tag("div", inner, class_="wide", role="region", aria_label=caption, tabindex="0")


def _row(cells: Sequence[Child]) -> Html:
    first, *others = cells
    return tag("tr", tag("th", first, scope="row"), [tag("td", cell) for cell in others])


def facts(pairs: Iterable[tuple[str, Child]]) -> Html:
    """Names and values; a value that is empty is left out."""
    return tag("dl", [joined(tag("dt", name), tag("dd", value)) for name, value in pairs if value not in {"", None}])


def folded(summary: Child, *children: Child | Iterable[Html], opened: bool = False) -> Html:
    """Something that opens by a click or a key."""
    inner = (tag("summary", summary), *children)
    return tag("details", *inner, open="") if opened else tag("details", *inner)
