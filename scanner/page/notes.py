"""Remarks on a page, from a closed list: what keeps us from seeing what a visitor sees, and which limits were met."""

import re
from enum import StrEnum
from typing import Final


class Note(StrEnum):
    """A remark on a page."""

    LOGIN_FORM = "login form"
    CAPTCHA = "captcha"
    NEEDS_SCRIPTS = "needs scripts"
    QUEUE = "queue page"
    SECOND_PARSER = "read by the second parser alone"
    MORE_LINKS = "more links than the limit"
    MORE_PICTURES = "more pictures than the limit"
    MORE_PARTS = "more style sheets than the limit"
    MORE_INLINE = "more inline bytes than the limit"
    MORE_IDENTIFIERS = "more identifiers than the limit"
    NESTED_TOO_DEEP = "pages within pages beyond the limit"


_PASSWORD: Final = re.compile(r"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)
_CAPTCHA: Final = re.compile(r"captcha|are you (?:a )?(?:human|robot)", re.IGNORECASE)
_QUEUE: Final = re.compile(r"(?:placed|are|waiting) in (?:a|the|our) (?:access )?queue", re.IGNORECASE)
_NOSCRIPT: Final = re.compile(
    r"<noscript\b[^>]{0,200}>(?:[^<]|<(?!/noscript)){0,600}(?:javascript|scripts?\b)", re.IGNORECASE
)


def remarks(untrusted_text: str) -> set[Note]:
    """What the page's text tells of itself."""
    rules = (
        (_PASSWORD, Note.LOGIN_FORM),
        (_CAPTCHA, Note.CAPTCHA),
        (_QUEUE, Note.QUEUE),
        (_NOSCRIPT, Note.NEEDS_SCRIPTS),
    )
    return {note for pattern, note in rules if pattern.search(untrusted_text)}
