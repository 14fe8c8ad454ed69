"""What a rehearsal plants, and so what a scan must report: pure data.

Each planted thing names the page, the picture (empty when it lies within the page), and the words in which the referral
may tell its fate: one phrase of a closed form, the same that `compare` reads out of the referral.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from matcher.verdict import Tier
from scanner.rehearsal.onion_services import ClientKey, OnionKey
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
"""What is told that is no picture."""

Place = tuple[str, str, str]
"""Where something is told of: page, picture (empty when it lies within the page), and PAGE, SITE or PICTURE."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One thing that the referral must tell. `way` says how the page shows the picture, or is PAGE or SITE."""

    page: str
    picture: str
    way: str
    expected: tuple[str, ...]
    """Any of these phrases will do."""

    @property
    def place(self) -> Place:
        """Where the referral tells of it. The way in which a page shows a picture is not part of the place."""
        return self.page, self.picture, self.way if self.way in OTHERS else PICTURE


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One onion site of the rehearsal.

    A site that is not `listed` must not be asked for anything; one that is not `published` is down.
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
    """Served, and never to be asked for: out of scope, or behind a form."""


def matched(entry_id: str, tiers: Sequence[str] = EXACT) -> tuple[str, ...]:
    """The picture must match this entry, in one of these tiers."""
    return tuple(f"matched {entry_id}: {tier}" for tier in tiers)


def no_match(*, beside_known: bool = False) -> tuple[str, ...]:
    """The picture must match nothing; `beside_known` when the page also shows a known one."""
    return ("no match, beside known",) if beside_known else ("no match",)


def undecided(reason: str) -> tuple[str, ...]:
    """The picture must be left open, for this reason (`UndecidedReason`)."""
    return (f"undecided: {reason}",)


def not_fetched(reason: str) -> tuple[str, ...]:
    """The picture must be seen and left where it is, for this reason (`NotFetchedReason`)."""
    return (f"not fetched: {reason}",)


def failed(cause: str) -> tuple[str, ...]:
    """The fetch must be tried and fail so (`Cause`)."""
    return (f"failed: {cause}",)


def read(pictures: int = 0, without_match: int = 0, notes: Sequence[str] = ()) -> tuple[str, ...]:
    """The page must be read, with so many pictures, so many of which no list knows, and with these remarks."""
    return (", ".join([f"read: {pictures} pictures", f"{without_match} without a match", *notes]),)


def lead(kind: str) -> tuple[str, ...]:
    """It must be given as a lead of this kind (`LeadKind`), and not be asked for anything."""
    return (f"{kind}, not fetched",)


def links_left(count: int) -> tuple[str, ...]:
    """So many links must not be followed, for the reason that stands in the picture's place (`Trap`)."""
    return (f"not followed: {count}",)


def same_pictures() -> tuple[str, ...]:
    """The two sites must be grouped."""
    return ("grouped with it",)
