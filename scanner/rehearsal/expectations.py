"""What a rehearsal plants, and so what a scan must report: pure data.

Each planted thing names the page, the picture (empty if inline), and the words in which the referral may report it: one
phrase of a closed form, the same that `compare` reads from the referral.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from matcher.verdict import Tier
from scanner.rehearsal.network.onion_services import ClientKey, OnionKey
from scanner.rehearsal.sites import CannedResponse

EXACT: Final = (Tier.EXACT,)
NEAR: Final = (Tier.NEAR_CONFIRMED, Tier.NEAR)
PAGE: Final = "page"
SITE: Final = "site"
PICTURE: Final = "picture"
FILE: Final = "file named"
LEAD: Final = "lead"
MIRROR: Final = "same pictures as"
LINKS: Final = "links"
OTHERS: Final = frozenset((PAGE, SITE, FILE, LEAD, MIRROR, LINKS))
"""Reported things that are no pictures."""

Place = tuple[str, str, str]
"""Where something is reported: page, picture (empty if inline), and PAGE, SITE or PICTURE."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One thing that the referral must report. `way` says how the page embeds the picture, or is PAGE or SITE."""

    page: str
    picture: str
    way: str
    expected: tuple[str, ...]
    """Any of these phrases will do."""

    @property
    def place(self) -> Place:
        """Its place in the referral. The way in which a page embeds the picture is not part of it."""
        return self.page, self.picture, self.way if self.way in OTHERS else PICTURE


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One onion site of the rehearsal.

    A site that is not `listed` must not be contacted; one that is not `published` is down.
    """

    name: str
    key: OnionKey
    answers: Mapping[str, CannedResponse]
    planted: tuple[Planted, ...] = ()
    start_paths: tuple[str, ...] = ("/",)
    path_prefixes: tuple[str, ...] = ("/",)
    listed: bool = True
    published: bool = True
    clients: tuple[ClientKey, ...] = ()
    forbidden_paths: frozenset[str] = field(default_factory=frozenset)
    """Served, and never to be fetched: out of scope, or behind a form."""


def matched(entry_id: str, tiers: Sequence[str] = EXACT) -> tuple[str, ...]:
    """Expect a match with this entry, in one of these tiers."""
    return tuple(f"matched {entry_id}: {tier}" for tier in tiers)


def no_match(*, beside_known: bool = False) -> tuple[str, ...]:
    """Expect no match; `beside_known` if the page also shows a known picture."""
    return ("no match, beside known",) if beside_known else ("no match",)


def undecided(reason: str) -> tuple[str, ...]:
    """Expect an undecided picture, for this reason (`UndecidedReason`)."""
    return (f"undecided: {reason}",)


def not_fetched(reason: str) -> tuple[str, ...]:
    """Expect a picture that is seen and not fetched, for this reason (`NotFetchedReason`)."""
    return (f"not fetched: {reason}",)


def failed(cause: str) -> tuple[str, ...]:
    """Expect the fetch to fail with this cause (`FailureCause`)."""
    return (f"failed: {cause}",)


def read(pictures: int = 0, without_match: int = 0, notes: Sequence[str] = ()) -> tuple[str, ...]:
    """Expect the page to be read, with these numbers of pictures and unknown pictures, and these remarks."""
    return (", ".join([f"read: {pictures} pictures", f"{without_match} without a match", *notes]),)


def lead(kind: str) -> tuple[str, ...]:
    """Expect a lead of this kind (`LeadKind`), not fetched."""
    return (f"{kind}, not fetched",)


def links_left(count: int) -> tuple[str, ...]:
    """Expect this many links not followed, for the reason in the picture's place (`Trap`)."""
    return (f"not followed: {count}",)


def same_pictures() -> tuple[str, ...]:
    """Expect the two sites to be grouped."""
    return ("grouped with it",)
