"""References to pictures, links, style sheets and inner pages in the attributes of one tag.

Sources: WHATWG HTML (img, source, picture, input, link, object, embed, iframe, meta refresh); SVG 2, 12 (image); the
Open Graph protocol; and the attributes in which common lazy-loading scripts keep the address of a picture, since no
script is run here. Any other `data-` attribute counts if its value ends like the name of a picture.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from types import MappingProxyType
from typing import Final

from matcher.containers.kinds import PICTURE_NAME
from scanner.page.content import Way
from scanner.page.headers import refreshed
from scanner.page.markup.css import style_urls
from scanner.page.markup.tags import PAINTED, Tag

_NAME_MOST: Final = 8192
_SHORT: Final = 1000
_IN_SCRIPT: Final = re.compile(
    r"[\"'`]([^\"'`\s<>]{1,2000}\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|heic|heif)(?:\?[^\"'`\s<>]{0,500})?)[\"'`]",
    re.IGNORECASE,
)
_LAZY: Final = frozenset(
    {"lowsrc", "dynsrc"}
    | {f"data-{name}" for name in ("src", "original", "original-src", "lazy", "lazy-src", "lazyload", "echo", "url")}
    | {f"data-{name}" for name in ("image", "img", "thumb", "full", "large", "hi-res-src", "retina", "srcretina")}
)
_SAID: Final = frozenset({"data-title", "data-caption", "data-alt", "data-filename", "data-name"})
"""Text for people, which may end like the name of a picture."""
_META: Final = re.compile(r"(?:og|twitter|article):image(?::(?:src|url|secure_url))?")
_OTHER_META: Final = re.compile(r"image|thumbnail(?:url)?|msapplication-\w*(?:image|logo)")
_ICONS: Final = frozenset({"icon", "mask-icon", "fluid-icon", "image_src"})
_AHEAD: Final = frozenset({"prefetch", "prerender"})
_PARTS: Final = frozenset({"stylesheet", "manifest"})
_ARCHIVE: Final = re.compile(
    r"\.(?:zip|cbz|cbt|tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz|zst)|docx|xlsx|pptx|od[tsp]|epub|eml|mbox|mht(?:ml)?)\Z",
    re.IGNORECASE,
)
"""Names of containers: fetched as pictures are, since they may hold some."""
_SVG: Final = re.compile(r"\.svgz?\Z", re.IGNORECASE)
_PAGES: Final = re.compile(r"\s*(?:\Z|text/|[a-z.+/-]*xml)")
"""Types of an object that may be a page."""
_NEIGHBOURS: Final = frozenset({"next", "prev", "previous", "first", "last", "start", "index", "contents", "alternate"})


@dataclass(frozen=True, slots=True)
class Picture:
    """The unresolved reference of a picture, and how the page names it."""

    way: Way
    reference: str


@dataclass(frozen=True, slots=True)
class Link:
    """The unresolved reference of a link to another page."""

    reference: str


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """The unresolved reference of a style sheet, web manifest or frame."""

    reference: str


@dataclass(frozen=True, slots=True)
class Within:
    """The text of a page within the page (`iframe srcdoc`)."""

    untrusted_text: str


Found = Picture | Link | EmbeddedDocument | Within


def found_in(tag: Tag) -> Iterator[Found]:
    """Yield all references of a tag."""
    if tag.attributes:
        yield from _BY_TAG.get(tag.local_name, _other)(tag)
        yield from _anywhere(tag)
    if tag.text:
        yield from _styled_in_markup(tag.text) if tag.local_name == "style" else scripted(tag.text)


def _styled_in_markup(untrusted_css: str) -> Iterator[Found]:
    """Yield references of CSS as HTML reads it, and with character references replaced, as XML and SVG read it."""
    yield from styled(untrusted_css)
    if "&" in untrusted_css:
        yield from styled(unescape(untrusted_css))


def styled(untrusted_css: str) -> Iterator[Found]:
    """Yield the pictures and imports of a style sheet."""
    urls = style_urls(untrusted_css)
    for url in urls.named:
        if url[:1] != "#":  # a part of the page itself
            yield Picture(Way.CSS, url)
    for url in urls.imported:
        yield EmbeddedDocument(url)
    yield from (Picture(Way.CSS, url) for url in urls.kept if is_picture_name(url))


def candidates(untrusted_srcset: str) -> Iterator[str]:
    """Yield the URLs of a srcset. A URL may hold commas, and not end with one. Source: WHATWG HTML, 4.8.4.3.5."""
    in_descriptors = False
    for token in re.findall(r"[^ \t\n\f\r]+", untrusted_srcset):
        behind = token
        if in_descriptors:
            _, comma, behind = token.partition(",")
            in_descriptors = not comma
        url = "" if in_descriptors else behind.strip(",")
        if url:
            yield url
            in_descriptors = not behind.endswith(",")


def is_picture_name(reference: str) -> bool:
    """Return True if the path of a reference ends like the name of a picture, or it is an inline picture."""
    return reference[:11].lower() == "data:image/" or bool(PICTURE_NAME.search(_path(reference)))


def _path(reference: str) -> str:
    return re.split(r"[?#]", reference[:_NAME_MOST], maxsplit=1)[0].rstrip()


def _anywhere(tag: Tag) -> Iterator[Found]:
    """Yield references in attributes that any tag may have."""
    for name, value in tag.attributes.items():
        if name == "background":
            yield Picture(Way.BACKGROUND, value)
        elif name == "style" or (name in PAINTED and "(" in value):
            yield from styled(value)
        elif name.startswith("data-") or name in _LAZY:
            yield from _kept_for_scripts(tag, name, value)


def _kept_for_scripts(tag: Tag, name: str, value: str) -> Iterator[Found]:
    if "url(" in value:
        yield from (Picture(Way.LAZY, found.reference) for found in styled(value) if isinstance(found, Picture))
    elif name.endswith("srcset"):
        yield from (Picture(Way.LAZY, url) for url in candidates(value))
    elif value[:1] in {"[", "{"}:
        yield from scripted(value)
    elif (name in _LAZY and tag.name in {"img", "source"}) or (is_picture_name(value) and name not in _SAID):
        yield Picture(Way.LAZY, value)


def scripted(untrusted_script: str, way: Way = Way.SCRIPT) -> Iterator[Found]:
    """Yield quoted strings of a script or JSON that end like the name of a picture. No script is run."""
    for name in _IN_SCRIPT.findall(untrusted_script):
        yield Picture(way, name.replace("\\/", "/"))


def _of(tag: Tag, way: Way, *names: str) -> Iterator[Found]:
    for name in names:
        if reference := tag.attributes.get(name):
            yield Picture(way, reference)


def _sets_of(tag: Tag, way: Way, name: str) -> Iterator[Found]:
    return (Picture(way, url) for url in candidates(tag.attributes.get(name, "")))


def _image(tag: Tag) -> Iterator[Found]:
    yield from _of(tag, Way.IMG_SRC, "src")
    yield from _sets_of(tag, Way.SRCSET, "srcset")


def _source(tag: Tag) -> Iterator[Found]:
    yield from _sets_of(tag, Way.SRCSET, "srcset")
    yield from _other(tag)


def _other(tag: Tag) -> Iterator[Found]:
    """Yield a picture in the `src` of an unknown element."""
    return (found for found in _of(tag, Way.EMBED, "src") if is_picture_name(tag.attributes["src"]))


def _video(tag: Tag) -> Iterator[Found]:
    return _of(tag, Way.POSTER, "poster")


def _input(tag: Tag) -> Iterator[Found]:
    return _of(tag, Way.INPUT, "src")


def _svg(tag: Tag) -> Iterator[Found]:
    return _of(tag, Way.SVG, *_hrefs(tag), "src")


def _hrefs(tag: Tag) -> list[str]:
    """Return the names of `href` attributes in any namespace, since XML lets a page choose the prefix."""
    return [name for name in tag.attributes if name == "href" or name.endswith(":href")]


def _use(tag: Tag) -> Iterator[Found]:
    """Yield the file that a `use` draws from, which may hold pictures."""
    for picture in _svg(tag):
        if isinstance(picture, Picture) and picture.reference[:1] != "#":
            yield picture
            yield EmbeddedDocument(picture.reference)


def _animated(tag: Tag) -> Iterator[Found]:
    """Yield each picture of an SVG animation, which needs no script."""
    if tag.attributes.get("attributename", "")[-4:].lower() == "href":
        for name in ("from", "to", "by", "values"):
            for reference in filter(None, map(str.strip, tag.attributes.get(name, "").split(";"))):
                yield Picture(Way.SVG, reference)


def _xml_stylesheet(tag: Tag) -> Iterator[Found]:
    return (EmbeddedDocument(tag.attributes[name]) for name in _hrefs(tag))


def _object(tag: Tag) -> Iterator[Found]:
    for name, way in (("data", Way.OBJECT), ("src", Way.EMBED)):
        reference = tag.attributes.get(name, "")
        kind = tag.attributes.get("type", "")[:_SHORT].lower()
        is_picture = kind.startswith("image/") or is_picture_name(reference)
        if reference and is_picture:
            yield Picture(way, reference)
        if reference and (_SVG.search(_path(reference)) or (_PAGES.match(kind) and not is_picture)):
            yield from _shown_within(reference)


def _anchor(tag: Tag) -> Iterator[Found]:
    for name in _hrefs(tag):
        if reference := tag.attributes[name]:
            is_picture = is_picture_name(reference) or _ARCHIVE.search(_path(reference))
            yield Picture(Way.LINK, reference) if is_picture else Link(reference)


def _frame(tag: Tag) -> Iterator[Found]:
    if within := tag.attributes.get("srcdoc"):
        yield Within(within)
    reference = tag.attributes.get("src", "")
    if reference and is_picture_name(reference):
        yield Picture(Way.FRAME, reference)
    if reference and (not is_picture_name(reference) or _SVG.search(_path(reference))):
        yield from _shown_within(reference)


def _shown_within(reference: str) -> Iterator[Found]:
    """Yield a page or SVG shown within this one, as a part of it and as a page."""
    yield EmbeddedDocument(reference)
    if not _SVG.search(_path(reference)):
        yield Link(reference)


def _link(tag: Tag) -> Iterator[Found]:
    relations = set(tag.attributes.get("rel", "")[:_SHORT].lower().split())
    href = tag.attributes.get("href", "")
    is_part = bool(relations & _PARTS) or tag.attributes.get("as", "").lower() == "style"
    if is_part and href:  # in addition to its other relations
        yield EmbeddedDocument(href)
    if any(relation in _ICONS or relation.startswith("apple-touch-") for relation in relations):
        yield from _of(tag, Way.ICON, "href")
    elif _loads_ahead(tag, relations):
        yield from _of(tag, Way.PRELOAD, "href")
    elif is_part:
        pass
    elif relations & (_NEIGHBOURS | _AHEAD) and href:
        yield Link(href)
    elif is_picture_name(href):
        yield Picture(Way.LINK, href)
    yield from _sets_of(tag, Way.PRELOAD, "imagesrcset")


def _loads_ahead(tag: Tag, relations: set[str]) -> bool:
    is_image = tag.attributes.get("as", "").lower() == "image" or tag.attributes.get("itemprop") == "image"
    return is_image or bool(relations & {*_AHEAD, "preload"} and is_picture_name(tag.attributes.get("href", "")))


def _meta(tag: Tag) -> Iterator[Found]:
    content = tag.attributes.get("content", "")
    names = {tag.attributes.get(name, "")[:_SHORT].lower() for name in ("property", "name", "itemprop")}
    if any(_META.fullmatch(name) for name in names):
        yield from _of(tag, Way.OPEN_GRAPH, "content")
    elif any(_OTHER_META.fullmatch(name) for name in names):
        yield from _of(tag, Way.META, "content")
    if tag.attributes.get("http-equiv", "").lower() == "refresh":
        yield from map(Link, refreshed(content))


_BY_TAG: Final[Mapping[str, Callable[[Tag], Iterator[Found]]]] = MappingProxyType(
    {
        "img": _image,
        "amp-img": _image,
        "source": _source,
        "video": _video,
        "audio": _video,
        "input": _input,
        "image": _svg,
        "feimage": _svg,
        "use": _use,
        "animate": _animated,
        "set": _animated,
        "?xml-stylesheet": _xml_stylesheet,
        "object": _object,
        "embed": _object,
        "a": _anchor,
        "area": _anchor,
        "iframe": _frame,
        "frame": _frame,
        "fencedframe": _frame,
        "portal": _frame,
        "link": _link,
        "meta": _meta,
    }
)
