"""The rules for every visitor (RFC 9309) and the sitemaps in a robots.txt. Pure and bounded."""

from typing import Final

BYTES_MOST: Final = 512_000
RULES_MOST: Final = 2_000
SITEMAPS_MOST: Final = 50
PATTERN_CHARACTERS_MOST: Final = 1_000

Rule = tuple[bool, str]
"""True to allow, and the pattern: the beginning of a path, with `*` for any text and a final `$` for the end."""


def rules_of(untrusted_body: bytes) -> tuple[Rule, ...]:
    """Return the rules for every visitor, within bounds. Other lines are ignored."""
    rules: list[Rule] = []
    for_all, in_names = False, False
    for line in untrusted_body[:BYTES_MOST].decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        key, value = name.strip().lower(), value.strip()
        if key == "user-agent" and colon:
            for_all = (for_all and in_names) or value == "*"
            in_names = True
        elif key in {"allow", "disallow"} and colon:
            in_names = False
            if for_all and value and len(value) <= PATTERN_CHARACTERS_MOST and len(rules) < RULES_MOST:
                rules.append((key == "allow", value))
    return tuple(rules)


def sitemaps_of(untrusted_body: bytes) -> tuple[str, ...]:
    """Return the sitemaps, for any visitor, within bounds. Source: sitemaps.org."""
    lines = untrusted_body[:BYTES_MOST].decode("utf-8", "replace").splitlines()
    fields = (line.partition(":") for line in lines)
    named = (value.strip() for name, _, value in fields if name.strip().lower() == "sitemap")
    return tuple(dict.fromkeys(filter(None, named)))[:SITEMAPS_MOST]


def allowed(rules: tuple[Rule, ...], target: str) -> bool:
    """Return True if the longest fitting pattern allows the target; a tie allows. RFC 9309, 2.2.2."""
    fitting = [(len(pattern), allows) for allows, pattern in rules if _fits(pattern, target)]
    return max(fitting, default=(0, True))[1]


def _fits(pattern: str, target: str) -> bool:
    """Return True if the pattern fits. Linear: each piece is searched after the previous one."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at = len(first)
    for number, piece in enumerate(others, start=1):
        is_last = number == len(others)
        found = max(at, len(target) - len(piece)) if ends and is_last else target.find(piece, at)
        if found < 0 or not target.startswith(piece, found):
            return False
        at = found + len(piece)
    return not ends or at == len(target)
