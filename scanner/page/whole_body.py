"""Bodies in the place of a page that are not one: counted among its pictures, so that none ends without a word."""

from typing import Final

from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import sniff
from scanner.page.content import PageContent

_NEVER_READ: Final = frozenset(
    (
        UndecidedReason.NOT_EXAMINED_FILM,
        UndecidedReason.NOT_EXAMINED_DOCUMENT,
        UndecidedReason.NOT_EXAMINED_SOUND,
        UndecidedReason.NOT_EXAMINED_PROGRAM,
    )
)
_MAYBE_READ: Final = frozenset((UndecidedReason.NOT_EXAMINED_ARCHIVE, UndecidedReason.NOT_EXAMINED_UNKNOWN))
"""Kinds that the page reader may have opened: archives, compressed sitemaps, torrent files."""


def counts_as_picture(untrusted_body: bytes, content: PageContent) -> bool:
    """Return True for a film, document, sound or program, and for an archive or unknown bytes that named nothing."""
    kind = sniff(untrusted_body)
    named = content.pictures or content.untrusted_links or content.identifiers
    return kind in _NEVER_READ or (kind in _MAYBE_READ and not named)
