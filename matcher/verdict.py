"""Verdict on a fingerprint by the hash lists in force: matched, no match, or undecided with a reason."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.identifiers import Identifier


class Outcome(StrEnum):
    """The three outcomes; every picture has one."""

    MATCHED = "matched"
    NO_MATCH = "no match"
    UNDECIDED = "undecided"


class Tier(StrEnum):
    """Strength of a match, surest first."""

    EXACT = "exact"
    """A cryptographic digest is equal."""
    NEAR_CONFIRMED = "near and confirmed"
    """PDQ within the list's threshold, and the 256-bit pHash agrees."""
    NEAR = "near"
    """PDQ within the list's threshold."""
    WIDE = "wide"
    """PDQ beyond the list's threshold but within 63 bits, and the 256-bit pHash agrees."""


class ListKind(StrEnum):
    """What a hash list is a list of, as declared at its import. `category` says more, in the issuer's own scheme."""

    CHILD_ABUSE = "child-abuse"
    """Abuse of children."""
    ADULT_INTIMATE = "adult-intimate"
    """Intimate pictures of adults, shared without their consent."""
    TERRORISM = "terrorism"
    """Terrorist and violent extremist content."""
    KNOWN_GOOD = "known-good"
    """Pictures that are known to be harmless: they explain, and never accuse."""
    NOT_DECLARED = "not-declared"
    """A list from a file for one check, or one that was imported before lists had a kind."""


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of one hash list that a picture matched.

    `algorithm` is `md5`, `sha1`, `sha256`, `pdq`, or `photodna` (whose distance and threshold are in the plug-in's own
    measure); of an identifier of a peer-to-peer network the list's column: `infohash`, `infohash2`, `ed2k`, `sha1`,
    `sha256`. `distance_bits` and `threshold_bits` are 0 for an equal value; `phash_distance_bits` is None if the entry
    carries no pHash; `reading` names the matching reading (`bytes` for digests, `identifier` for a name on a page);
    `quality` is the PDQ quality of that reading (0 if there is none). `category` is the issuer's own, in
    `category_scheme`. `attributes` are the entry's further fields as the issuer gave them (series, victim identified,
    votes, ...).
    """

    list_name: str
    list_issuer: str
    list_version: str
    entry_id: str
    algorithm: str
    tier: Tier
    distance_bits: int
    threshold_bits: int
    phash_distance_bits: int | None
    reading: str
    quality: int
    category: str
    category_scheme: str
    attributes: tuple[tuple[str, str], ...] = ()
    list_kind: ListKind = ListKind.NOT_DECLARED


@dataclass(frozen=True, slots=True)
class ListInForce:
    """One hash list that a verdict rests on."""

    name: str
    issuer: str
    version: str
    sha256: str
    """Digest of the list as imported, in hex."""
    entries: int
    kind: ListKind = ListKind.NOT_DECLARED


@dataclass(frozen=True, slots=True)
class Verdict:
    """`matches` is sorted surest first and empty unless `outcome` is MATCHED; `reason` is set only when UNDECIDED."""

    outcome: Outcome
    matches: tuple[Match, ...] = ()
    reason: UndecidedReason | None = None


class Judge(Protocol):
    """Port to the hash lists in force, held in memory. Thread-safe."""

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        """Compare one fingerprint with every entry in force. Deterministic, without disk access."""
        ...

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        """Return True if any reading lies within any entry's threshold widened by `slack_bits`.

        If False, a scaled fingerprint is ruled out; otherwise the picture is decoded at full scale before it is judged.
        """
        ...

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """Return the entries that this identifier of a peer-to-peer network names, by equality alone."""
        ...

    def lists(self) -> tuple[ListInForce, ...]:
        """Return the lists in force, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Examination:
    """One picture's fingerprint and verdict."""

    fingerprint: Fingerprint
    verdict: Verdict


class Examiner(Protocol):
    """Hasher and judge together: the matcher's only entrance for a picture's bytes. Thread-safe."""

    def examine(self, untrusted_picture: bytes) -> Examination:
        """Fingerprint and judge one picture. The verdict is always that of a full-scale decode."""
        ...

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """Return the entries that this identifier of a peer-to-peer network names."""
        ...

    def lists(self) -> tuple[ListInForce, ...]:
        """Return the lists in force, by name."""
        ...

    def isolated(self) -> AbstractContextManager["Examiner"]:
        """Lease an examiner for one site, whose pictures share no worker with another site's."""
        ...

    def recheck(self) -> Mapping[bytes, Examination]:
        """Test the workers with known pictures. Return examinations that replace earlier ones, by SHA-256."""
        ...
