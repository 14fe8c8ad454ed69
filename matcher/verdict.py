"""What a fingerprint means against the hash lists in force: matched, no match, or undecided with a reason."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.identifiers import Identifier


class Outcome(StrEnum):
    """Every picture ends as one of these."""

    MATCHED = "matched"
    NO_MATCH = "no match"
    UNDECIDED = "undecided"


class Tier(StrEnum):
    """How sure a match is, surest first."""

    EXACT = "exact"
    """A cryptographic digest is equal."""
    NEAR_CONFIRMED = "near and confirmed"
    """PDQ within the list's threshold, and the 256-bit pHash agrees."""
    NEAR = "near"
    """PDQ within the list's threshold."""
    WIDE = "wide"
    """PDQ beyond the list's threshold but within 63 bits, and the 256-bit pHash agrees."""


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of one hash list that a picture matched.

    `algorithm` is `md5`, `sha1`, `sha256`, `pdq`, or `photodna` (whose distance and threshold are in the plug-in's own
    measure); of an identifier of a peer-to-peer network the list's column: `infohash`, `infohash2`, `ed2k`, `sha1`,
    `sha256`. `distance_bits` and `threshold_bits` are 0 where all was equal; `phash_distance_bits` is None when the
    entry carries no pHash; `reading` names the reading that hit (`bytes` for digests, `identifier` for what a page
    names); `quality` is the PDQ quality of that reading (0 where there is none). `category` is the issuer's own, in
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


@dataclass(frozen=True, slots=True)
class ListInForce:
    """One hash list that a verdict was made against."""

    name: str
    issuer: str
    version: str
    sha256: str
    """Of the list as imported, in hex."""
    entries: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`matches` is sorted surest first and empty unless `outcome` is MATCHED; `reason` is set only when UNDECIDED."""

    outcome: Outcome
    matches: tuple[Match, ...] = ()
    reason: UndecidedReason | None = None


class Judge(Protocol):
    """The port to the hash lists in force. Safe to call from several threads; holds everything in memory."""

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        """Compare one fingerprint with every entry in force. Deterministic; touches no disk."""
        ...

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        """Whether any reading lies within any entry's threshold widened by `slack_bits`: a scaled fingerprint of which
        this is false is ruled out; otherwise the picture is decoded at full scale before it is judged.
        """
        ...

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """The entries that this identifier of a peer-to-peer network names, by equality alone."""
        ...

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Examination:
    """One picture's fingerprint and what it means."""

    fingerprint: Fingerprint
    verdict: Verdict


class Examiner(Protocol):
    """Hasher and judge together: the matcher's one door for those who hold a picture's bytes. Thread-safe."""

    def examine(self, untrusted_picture: bytes) -> Examination:
        """Fingerprint and judge one picture; the verdict never differs from that of a full-scale decode."""
        ...

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """The entries that this identifier of a peer-to-peer network names."""
        ...

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        ...

    def alone(self) -> AbstractContextManager["Examiner"]:
        """An examiner for one site: what its pictures leave in a worker's memory never meets another's."""
        ...

    def prove(self) -> Mapping[bytes, Examination]:
        """Prove the workers by known pictures. By SHA-256, examinations that count in place of those given before."""
        ...
