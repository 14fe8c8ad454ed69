"""JSON that names pictures: web manifests, JSON feeds, and other documents with names of pictures.

Sources: W3C Web Application Manifest (icons, screenshots, shortcuts); JSON Feed 1.1. Invalid JSON is searched like a
script.
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
    """Yield the references of a JSON document. `kind` is its content type."""
    try:
        document = json.loads(untrusted_text)
    except (ValueError, RecursionError):
        document = None
    objects = list(_objects(document))
    is_feed = bool(objects) and _FEED in str(objects[0][1].get("version", ""))[:100]
    for name, members in objects:
        yield from _of_feed(members) if is_feed else _of_manifest(name, members)
    yield from scripted(untrusted_text, Way.ICON if "manifest" in kind else Way.SCRIPT)


def _objects(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every object of a document, outermost first, with the key of it or of the list around it."""
    waiting = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            yield name, value
            waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += ((name, item) for item in reversed(value))


def _of_manifest(name: str, members: Mapping[str, Any]) -> Iterator[Found]:
    if name in _ICONS and _text(members, "src"):
        yield Picture(Way.ICON, members["src"])


def _of_feed(members: Mapping[str, Any]) -> Iterator[Found]:
    is_picture = _text(members, "mime_type").startswith("image/")
    for key in members:
        if (text := _text(members, key)) and (key in _PICTURES or (key == "url" and is_picture)):
            yield Picture(Way.FEED, text)
        elif text and key in _PAGES:
            yield Link(text)
        elif text and key == "content_html":
            yield Within(text)


def _text(members: Mapping[str, Any], key: str) -> str:
    value = members.get(key)
    return value if isinstance(value, str) else ""
