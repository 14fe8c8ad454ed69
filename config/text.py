"""Text that people will read on a screen or a referral: one line, nothing invisible that changes how it reads."""

import re
from typing import Annotated, Final

from pydantic import StringConstraints

LINE_CHARACTERS_MAX: Final = 1_000
UNREADABLE: Final = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Inside a character class: controls, line separators, and the marks that turn the direction of writing."""

Line = Annotated[str, StringConstraints(pattern=rf"\A[^{UNREADABLE}]*\z", max_length=LINE_CHARACTERS_MAX)]
NamedLine = Annotated[Line, StringConstraints(min_length=1)]
"""A line that may not be empty."""

NOT_SEEN: Final = re.compile(rf"[{UNREADABLE}\ud800-\udfff]")
"""A character that a screen does not show; or half of one, which stands for a byte that is not UTF-8."""


def readable(text: str) -> str:
    r"""Return the text with every character that a screen acts on or hides spelt out: an escape becomes `\x1b`."""
    return NOT_SEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def unfit(text: str, most: int = LINE_CHARACTERS_MAX) -> str:
    """Return in a few words why a text is no plain line within the limit; nothing if it is one."""
    if len(text) > most:
        return f"is longer than {most} characters"
    return "holds a line break, or a character that a screen does not show" if NOT_SEEN.search(text) else ""


def counted(count: int, what: str, plural: str = "") -> str:
    """Return a number with its noun: `1 entry`, `1,200 entries`. `plural` if it is not `what` and an s."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"
