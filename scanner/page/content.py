"""What a page holds, as values. They import values only, because the confined worker makes them too."""

from dataclasses import dataclass, field
from enum import StrEnum

from matcher.identifiers import Identifier


class Way(StrEnum):
    """How a page names a picture."""

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
    MULTIPART = "multipart"


NAMED_ONLY = frozenset({Way.LINK, Way.SCRIPT})
"""The page names the picture and does not show it."""

MAYBE_PAGES = frozenset({Way.LINK, Way.FRAME, Way.OBJECT, Way.EMBED})
"""What is named like a picture may be a page all the same: browsers go by what comes."""


class NamingKind(StrEnum):
    """How a page names an identifier of a peer-to-peer network."""

    LINK = "link"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    TORRENT = "torrent file"
    """It is one."""


class UnreadEntryReason(StrEnum):
    """Why a picture within an archive was not read: a closed list. It counts as failed, with this as its cause."""

    ENCRYPTED = "archive entry: encrypted"
    NOT_SUPPORTED = "archive entry: a compression that is not supported"
    TOO_LARGE = "archive entry: more bytes than the limit"
    NESTED = "archive entry: archives within archives beyond the limit"
    DAMAGED = "archive entry: damaged"


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that a page names: absolute URL (empty for inline), the way of embedding, inline bytes if any.

    `linked_only` is True when the page names it (by a link, in a script, in a comment) and is not known to show it. A
    reference that is no URL stands in `untrusted_url` as it is: it is counted, and no permit is minted for it.
    """

    untrusted_url: str
    embedding: str
    linked_only: bool = False
    untrusted_inline: bytes = field(default=b"", repr=False)
    untrusted_entry: str = ""
    """Within an archive or a body of several parts: the ordinal of the entry, a slash, and its name."""
    unread: UnreadEntryReason | None = None
    """Why the entry was not read: then there are no bytes."""


@dataclass(frozen=True, slots=True)
class IdentifierRef:
    """An identifier that a page names, and how (`NamingKind`)."""

    identifier: Identifier
    named_by: str


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a page holds: absolute http links (fragment removed) in page order, pictures in page order, each once.

    `notes` are from a closed list (`scanner.page.reading.notes.Note`).
    """

    untrusted_links: tuple[str, ...]
    pictures: tuple[PictureRef, ...]
    notes: tuple[str, ...]
    untrusted_parts: tuple[str, ...] = ()
    """Files that belong to the page and may name more of its pictures: style sheets, web manifests and frames. Absolute
    URLs; each is read as a page is, by its own URL and content type. A frame that is a page is among the links too."""
    identifiers: tuple[IdentifierRef, ...] = ()
    """Of peer-to-peer networks, each once."""
    untrusted_onions: tuple[str, ...] = ()
    """What looks like onion addresses, wherever on the page, each once; their checksums are not checked yet."""
