"""The ways in which a page may name a picture: a closed list, as they stand in reports (`Place.embedding`)."""

from enum import StrEnum


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
