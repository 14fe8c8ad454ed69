"""Text from a site, made fit to be read: nothing hides in it, nothing acts, nothing is a link.

This form is for eyes. The exact text is in the referral's JSON.
"""

import re
import unicodedata
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, bidirectional and other format characters, surrogates, private use, unassigned, line separators."""
MARKS: Final = frozenset({"Mn", "Me"})
MARKS_MAX: Final = 3
"""The most combining marks on one character; more of them climb over the lines above."""
SHOWN_MAX: Final = 300
SCHEME: Final = re.compile("http", re.IGNORECASE)
ADDRESS: Final = re.compile("http(?=s?:)", re.IGNORECASE)
AUTHORITY: Final = re.compile(r"(?<=://)[^/?#]*")


def shown(untrusted_text: str, most: int = SHOWN_MAX) -> str:
    """Return the text with every hidden character replaced by U+FFFD, cut after `most` characters."""
    if untrusted_text.isascii() and untrusted_text.isprintable() and len(untrusted_text) <= most:
        return untrusted_text
    characters: list[str] = []
    marks = 0
    for character in untrusted_text[:most]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in MARKS else 0
        if marks <= MARKS_MAX:
            characters.append("\ufffd" if category in HIDDEN else character)
    return "".join(characters) + ("\u2026" if len(untrusted_text) > most else "")


def unlinked(untrusted_text: str, most: int = SHOWN_MAX) -> str:
    """Text as `shown`, with `hxxp` for the `http` of every address in it."""
    text = shown(untrusted_text, most)
    return ADDRESS.sub(lambda found: f"{found[0][0]}xx{found[0][3]}", text) if ":" in text else text


def defanged(untrusted_url: str, most: int = SHOWN_MAX) -> str:
    """Return a URL that no program takes for a link: `hxxp`, and `[.]` for each dot of its host."""
    text = SCHEME.sub(lambda found: f"{found[0][0]}xx{found[0][3]}", shown(untrusted_url, most))
    return AUTHORITY.sub(lambda host: host[0].replace(".", "[.]"), text)
