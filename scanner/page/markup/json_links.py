"""JSON that names pictures: web manifests, JSON feeds, and whatever else holds a picture's name.

Sources: W3C Web Application Manifest (icons, screenshots, shortcuts); JSON Feed 1.1. What is no JSON after all is
looked through like a script.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scanner.page.content import Way
from scanner.page.markup.embeddings import Found, Link, Picture, Within, scripted

_ICONS: Final = frozenset({"icons", "screenshots"})
_PICTURES: Final = frozenset({"image", "banner_image", "icon", "favicon", "avatar"})
_PAGES: Final = frozenset({"url", "external_url", "home_page_url", "next_url"})
_FEED: Final = "jsonfeed.org/version"


def found_in_json(untrusted_text: str, kind: str) -> Iterator[Found]:
    """What a JSON document names. `kind` is the type that it came with."""
    try:
        document = json.loads(untrusted_text)
    except (ValueError, RecursionError):
        document = None
    objects = list(_objects(document))
    is_feed = bool(objects) and _FEED in str(objects[0][1].get("version", ""))[:100]
    for name, one in objects:
        yield from _of_feed(one) if is_feed else _of_manifest(name, one)
    yield from scripted(untrusted_text, Way.ICON if "manifest" in kind else Way.SCRIPT)


def _objects(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object of a document, itself first, each with the name that it, or the list around it, stands under."""
    waiting = [("", document)]
    while waiting:
        name, one = waiting.pop()
        if isinstance(one, dict):
            yield name, one
            waiting += reversed(one.items())
        elif isinstance(one, list):
            waiting += ((name, each) for each in reversed(one))


def _of_manifest(name: str, one: Mapping[str, Any]) -> Iterator[Found]:
    if name in _ICONS and _text(one, "src"):
        yield Picture(Way.ICON, one["src"])


def _of_feed(one: Mapping[str, Any]) -> Iterator[Found]:
    is_picture = _text(one, "mime_type").startswith("image/")
    for key in one:
        if (text := _text(one, key)) and (key in _PICTURES or (key == "url" and is_picture)):
            yield Picture(Way.FEED, text)
        elif text and key in _PAGES:
            yield Link(text)
        elif text and key == "content_html":
            yield Within(text)


def _text(one: Mapping[str, Any], key: str) -> str:
    value = one.get(key)
    return value if isinstance(value, str) else ""
