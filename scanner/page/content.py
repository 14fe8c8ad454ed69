"""The content of a page as values, shared by the scanner and the confined worker."""

from dataclasses import dataclass, field
from enum import StrEnum

from matcher.containers.contents import UnreadEntryReason
from matcher.identifiers import Identifier


class Way(StrEnum):
    """A way in which a page names a picture: a closed list, as it stands in reports (`Place.embedding`)."""

    IMG_SRC = "img src"
    SRCSET = "srcset"
    LAZY = "lazy-load attribute"
    CSS = "css background"
    BACKGROUND = "background attribute"
    POSTER = "poster"
    ICON = "icon"
    PRELOAD = "preload"
    OPEN_GRAPH = "og:image"
    META = "meta image"
    INPUT = "input image"
    SVG = "svg image"
    OBJECT = "object"
    EMBED = "embed"
    FRAME = "frame"
    LINK = "link"
    SCRIPT = "named in a script"
    FEED = "feed"
    PAGE_ITSELF = "page itself"
    ARCHIVE = "zip archive"
    TAR = "tar archive"
    COMPRESSED = "compressed file"
    MAIL = "mail"
    MULTIPART = "multipart"
    EMBEDDED = "embedded in a file"


NAMED_ONLY = frozenset({Way.LINK, Way.SCRIPT})
"""Ways of naming a picture without showing it."""

MAYBE_PAGES = frozenset({Way.LINK, Way.FRAME, Way.OBJECT, Way.EMBED})
"""Ways by which a reference named like a picture may still be a page: browsers go by the answer."""


class NamingKind(StrEnum):
    """A way in which a page names an identifier of a peer-to-peer network."""

    LINK = "link"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    TORRENT = "torrent file"
    """The page is a torrent file."""


HTML_TYPES = ("text/html", "application/xhtml")
"""The beginnings of the media types of pages."""
SECOND_PARSER = ", second parser"
"""The suffix to the way of embedding of a picture that only the second parser found."""


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that a page names: absolute URL (empty if inline), the way of embedding, inline bytes if any.

    `linked_only` is True if the page names the picture (by a link, in a script, in a comment) and may not show it. A
    reference that is not a URL stays in `untrusted_url` unchanged: it is counted, and gets no permit.
    """

    untrusted_url: str
    embedding: str
    linked_only: bool = False
    untrusted_inline: bytes = field(default=b"", repr=False)
    untrusted_entry: str = ""
    """The place of a file in a container: an ordinal, a slash and a name for each level, joined by `!`."""
    unread: UnreadEntryReason | None = None
    """The reason for which the entry was not read, and has no bytes."""


@dataclass(frozen=True, slots=True)
class IdentifierRef:
    """An identifier that a page names, and the way (`NamingKind`)."""

    identifier: Identifier
    named_by: str


@dataclass(frozen=True, slots=True)
class PageContent:
    """Absolute http links (without fragments) and pictures of a page, in page order, each once.

    `notes` are from a closed list (`scanner.page.reading.notes.Note`).
    """

    untrusted_links: tuple[str, ...]
    pictures: tuple[PictureRef, ...]
    notes: tuple[str, ...]
    untrusted_parts: tuple[str, ...] = ()
    """Absolute URLs of files that may name more pictures of the page: style sheets, web manifests and frames.

    Each is read as a page is, by its own URL and content type. A frame that is a page is among the links too."""
    identifiers: tuple[IdentifierRef, ...] = ()
    """Identifiers of peer-to-peer networks, each once."""
    untrusted_onions: tuple[str, ...] = ()
    """Names in the form of onion addresses, each once; their checksums are not checked yet."""
