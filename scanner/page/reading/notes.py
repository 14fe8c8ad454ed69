"""Notes on a page, from a closed list: obstacles to seeing what a visitor sees, and limits that were reached."""

import re
from enum import StrEnum
from typing import Final


class Note(StrEnum):
    """A note on a page."""

    LOGIN_FORM = "login form"
    CAPTCHA = "captcha"
    NEEDS_SCRIPTS = "needs scripts"
    QUEUE = "queue page"
    CHALLENGE = "challenge page"
    SECOND_PARSER = "read by the second parser alone"
    MORE_LINKS = "more links than the limit"
    MORE_PICTURES = "more pictures than the limit"
    MORE_PARTS = "more style sheets than the limit"
    MORE_ENTRIES = "more entries of an archive than the limit"
    MORE_INLINE = "more inline bytes than the limit"
    MORE_IDENTIFIERS = "more identifiers than the limit"
    NESTED_TOO_DEEP = "pages within pages beyond the limit"


_PASSWORD: Final = re.compile(r"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)
_CAPTCHA: Final = re.compile(r"captcha|are you (?:a )?(?:human|robot)", re.IGNORECASE)
_QUEUE: Final = re.compile(r"(?:placed|are|waiting) in (?:a|the|our) (?:access )?queue", re.IGNORECASE)
_CHALLENGE: Final = re.compile(
    r"checking (?:if the site connection is secure|your browser)|d?dos[ -]?(?:protection|guard)|proof[ -]of[ -]work"
    r"|<title>\s*just a moment",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(r"<(script|style|noscript|title|head)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MARKUP: Final = re.compile(r"<[^>]{0,2000}>")
_LOOKED_AT: Final = 10_000
"""In characters: a longer page shows something."""
_LITTLE: Final = 200
_NOSCRIPT: Final = re.compile(
    r"<noscript\b[^>]{0,200}>(?:[^<]|<(?!/noscript)){0,600}(?:javascript|scripts?\b)", re.IGNORECASE
)


def remarks(untrusted_text: str) -> set[Note]:
    """Return the notes that the text of a page suggests."""
    rules = (
        (_PASSWORD, Note.LOGIN_FORM),
        (_CAPTCHA, Note.CAPTCHA),
        (_QUEUE, Note.QUEUE),
        (_CHALLENGE, Note.CHALLENGE),
        (_NOSCRIPT, Note.NEEDS_SCRIPTS),
    )
    return {note for pattern, note in rules if pattern.search(untrusted_text)}


def shows_little(untrusted_text: str) -> bool:
    """Return True if the page has scripts and hardly any text without them."""
    if len(untrusted_text) > _LOOKED_AT or "<script" not in untrusted_text.lower():
        return False
    seen = _MARKUP.sub(" ", _UNSEEN.sub(" ", untrusted_text))
    return len("".join(seen.split())) < _LITTLE
