"""The priority of a picture: a sum of named reasons, each with its weight.

- A new picture next to known ones comes first: new images mean new victims.
- The sum only orders work. Every reason stands next to it, so that a recipient can weigh them otherwise (`weighed`).
- A low priority hides nothing: the picture is still in the record, the referral and the counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from matcher.fingerprint import Fingerprint
from matcher.verdict import Match, Tier
from reports.answers import Said
from reports.record.standing import Standing
from reports.sighting import Relation, Sighting
from reports.store.values import Novelty


class PriorityReason(StrEnum):
    """The closed list of reasons. Each is a plain statement of fact."""

    UNKNOWN_BESIDE_KNOWN = "no list knows it, and it stands beside known pictures"
    UNDECIDED_BESIDE_KNOWN = "it could not be decided, and it stands beside known pictures"
    WEAK_BESIDE_KNOWN = "it resembles a known picture, and stands beside known ones"
    MANY_KNOWN = "five or more known pictures stand on its page"
    EXACT = "a digest of it equals that of a known picture"
    NAMED_FILE = "the page names a listed file of a peer-to-peer network"
    NEAR_CONFIRMED = "two perceptual hashes agree that it is a known picture"
    NEAR = "one perceptual hash says that it is a known picture"
    WIDE = "it resembles a known picture, beyond the list's threshold"
    SEVERAL_ISSUERS = "more than one issuer lists it"
    NOT_IDENTIFIED = "an issuer says that the person shown is not identified"
    NEVER_SEEN = "this scanner had not seen it before"
    HOSTED_HERE = "the site itself serves it"
    LINKED_ONLY = "the page only has a link to it"
    SMALL = "it is small, and may be decoration"
    NO_PICTURE = "its bytes are not a picture in any known format"
    REFERRED_BEFORE = "it was referred before, from the same place"
    DEALT_WITH = "the recipient answered that it was acted on, or had it already"
    CALLED_WRONG = "the recipient answered that the match is wrong"
    MORE_ASKED = "the recipient asked for more of it"
    DISPUTED = "recipients called matches of the same entry wrong"


WEIGHTS: Final[Mapping[PriorityReason, int]] = MappingProxyType(
    {
        PriorityReason.UNKNOWN_BESIDE_KNOWN: 170,
        PriorityReason.WEAK_BESIDE_KNOWN: 80,
        PriorityReason.UNDECIDED_BESIDE_KNOWN: 60,
        PriorityReason.MANY_KNOWN: 10,
        PriorityReason.EXACT: 40,
        PriorityReason.NAMED_FILE: 30,
        PriorityReason.NEAR_CONFIRMED: 35,
        PriorityReason.NEAR: 25,
        PriorityReason.WIDE: 10,
        PriorityReason.SEVERAL_ISSUERS: 5,
        PriorityReason.NOT_IDENTIFIED: 25,
        PriorityReason.NEVER_SEEN: 10,
        PriorityReason.HOSTED_HERE: 10,
        PriorityReason.LINKED_ONLY: -10,
        PriorityReason.SMALL: -130,
        PriorityReason.NO_PICTURE: -130,
        PriorityReason.REFERRED_BEFORE: -50,
        PriorityReason.DEALT_WITH: -60,
        PriorityReason.CALLED_WRONG: -80,
        PriorityReason.MORE_ASKED: 20,
        PriorityReason.DISPUTED: -30,
    }
)
"""A new picture next to known ones stays above every other sum, unless it may be mere decoration."""

MANY: Final = 5
SMALL_PIXELS: Final = 64
"""A picture without a side this long is small: an icon, a button, a flag."""

BY_STANDING: Final = MappingProxyType(
    {
        Standing.UNKNOWN_BESIDE_KNOWN: PriorityReason.UNKNOWN_BESIDE_KNOWN,
        Standing.WEAK_BESIDE_KNOWN: PriorityReason.WEAK_BESIDE_KNOWN,
        Standing.UNDECIDED_BESIDE_KNOWN: PriorityReason.UNDECIDED_BESIDE_KNOWN,
    }
)
BY_TIER: Final = MappingProxyType(
    {
        Tier.EXACT: PriorityReason.EXACT,
        Tier.NEAR_CONFIRMED: PriorityReason.NEAR_CONFIRMED,
        Tier.NEAR: PriorityReason.NEAR,
        Tier.WIDE: PriorityReason.WIDE,
    }
)

BY_ANSWER: Final = MappingProxyType(
    {
        Said.ACTED_ON: PriorityReason.DEALT_WITH,
        Said.DUPLICATE: PriorityReason.DEALT_WITH,
        Said.WRONG: PriorityReason.CALLED_WRONG,
        Said.NEEDS_MORE: PriorityReason.MORE_ASKED,
    }
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One reason and its weight."""

    reason: PriorityReason
    weight: int


@dataclass(frozen=True, slots=True)
class Priority:
    """`total` is the sum of the weights; the highest is looked at first."""

    total: int
    reasons: tuple[Weighed, ...]


def priority(sighting: Sighting, standing: Standing, novelty: Novelty, known_on_page: int) -> Priority:
    """Return the priority of one finding on a page with `known_on_page` known pictures."""
    return weighed(tuple(_reasons(sighting, standing, novelty, known_on_page)))


def priority_of_named(matches: tuple[Match, ...], novelty: Novelty, known_on_page: int) -> Priority:
    """Return the priority of a listed file that a page with `known_on_page` known pictures names."""
    reasons = [PriorityReason.NAMED_FILE, *_of_issuers(matches)]
    stated = {
        PriorityReason.MANY_KNOWN: known_on_page >= MANY,
        PriorityReason.NEVER_SEEN: not novelty.picture_seen_before,
        PriorityReason.REFERRED_BEFORE: novelty.referred_before,
    }
    return weighed((*reasons, *(reason for reason, holds in stated.items() if holds)))


def weighed(reasons: tuple[PriorityReason, ...], weights: Mapping[PriorityReason, int] = WEIGHTS) -> Priority:
    """Return the sum of these reasons; `weights` may be a recipient's own."""
    sum_of = tuple(Weighed(reason, weights[reason]) for reason in reasons)
    return Priority(sum(item.weight for item in sum_of), sum_of)


def _reasons(sighting: Sighting, standing: Standing, novelty: Novelty, known_on_page: int) -> Iterator[PriorityReason]:
    if standing in BY_STANDING:
        yield BY_STANDING[standing]
    if known_on_page >= MANY:
        yield PriorityReason.MANY_KNOWN
    yield from _of_matches(sighting.verdict.matches)
    if not novelty.picture_seen_before:
        yield PriorityReason.NEVER_SEEN
    if sighting.place.relation in {Relation.HOSTED_HERE, Relation.INLINE}:
        yield PriorityReason.HOSTED_HERE
    if sighting.place.relation is Relation.LINKED_ONLY:
        yield PriorityReason.LINKED_ONLY
    if not sighting.verdict.matches:
        yield from _against(sighting.fingerprint)
    if novelty.referred_before:
        yield PriorityReason.REFERRED_BEFORE
    if novelty.answered:
        yield BY_ANSWER[Said(novelty.answered)]
    if novelty.disputed:
        yield PriorityReason.DISPUTED


def _of_matches(matches: tuple[Match, ...]) -> Iterator[PriorityReason]:
    if matches:
        yield BY_TIER[matches[0].tier]
    yield from _of_issuers(matches)


def _of_issuers(matches: tuple[Match, ...]) -> Iterator[PriorityReason]:
    if len({match.list_issuer for match in matches}) > 1:
        yield PriorityReason.SEVERAL_ISSUERS
    if any(_not_identified(match) for match in matches):
        yield PriorityReason.NOT_IDENTIFIED


def _not_identified(match: Match) -> bool:
    """Issuers spell the flag `VictimIdentified`, `Victim identified`, `victim_identified`; the values vary as much."""
    stated = {"".join(filter(str.isalnum, name)).lower(): value.strip().lower() for name, value in match.attributes}
    return stated.get("victimidentified") in {"false", "no", "n", "0"}


def _against(fingerprint: Fingerprint) -> Iterator[PriorityReason]:
    """Return the reasons for which a picture without a match may be mere decoration."""
    if 0 < max(fingerprint.width, fingerprint.height) < SMALL_PIXELS:
        yield PriorityReason.SMALL
    if fingerprint.not_examined:
        yield PriorityReason.NO_PICTURE
