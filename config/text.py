"""Text that people will read on a screen or a referral: one line, nothing invisible that changes how it reads."""

from typing import Annotated, Final

from pydantic import StringConstraints

LINE_CHARACTERS_MAX: Final = 1_000
UNREADABLE: Final = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Inside a character class: controls, line separators, and the marks that turn the direction of writing."""

Line = Annotated[str, StringConstraints(pattern=rf"\A[^{UNREADABLE}]*\z", max_length=LINE_CHARACTERS_MAX)]
NamedLine = Annotated[Line, StringConstraints(min_length=1)]
"""A line that may not be empty."""


def counted(count: int, what: str, plural: str = "") -> str:
    """A number with its noun: `1 entry`, `1,200 entries`. `plural` where it is not `what` and an s."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"
