"""A referral's annexes: listed files, leads, similar sites, withdrawn entries, pages judged again.

Part of `reports.referral.model`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from matcher.identifiers import IdentifierKind
from matcher.verdict import ListInForce, Match
from reports.record.priority import Priority
from reports.store.values import Novelty


class Stands(StrEnum):
    """How a listed file that pages name stands."""

    NEW = "new"
    REFERRED_BEFORE = "referred before"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class IdentifierSighting:
    """One page that names a listed file, and how (`link`, `attribute`, `text`)."""

    address: str
    visit_id: str
    record_id: str
    page_url: str
    named_by: str
    fetched_from: datetime
    novelty: Novelty


@dataclass(frozen=True, slots=True)
class IdentifierReport:
    """One listed file of a peer-to-peer network, by its identifier. Nothing was asked of the network."""

    kind: IdentifierKind
    value: bytes
    stands: Stands
    matches: tuple[Match, ...]
    priority: Priority
    first_seen: datetime
    last_seen: datetime
    addresses: tuple[str, ...]
    sightings: tuple[IdentifierSighting, ...]


@dataclass(frozen=True, slots=True)
class LeadReport:
    """Something that pages with findings name beyond the list. It was not fetched: follow it under a mandate."""

    kind: str
    value: str
    pages: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """Sites that show the same pictures. `words` gives the measurement."""

    addresses: tuple[str, ...]
    shared: int
    together: int
    words: str


@dataclass(frozen=True, slots=True)
class AmendmentReport:
    """One entry that its issuer took back. `referrals` are those of the sender in which it was named, to anyone."""

    record_id: str
    decided: datetime
    list_name: str
    list_issuer: str
    entry_id: str
    reason: str
    records: tuple[str, ...]
    referrals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejudgementReport:
    """A batch of pages that was judged again by later editions of the hash lists. Nothing was fetched again.

    `joined` are the records here whose pictures are findings by it; `elsewhere` the places in the log of records with
    pictures that match and that are not here.
    """

    record_id: str
    judged: datetime
    lists_before: tuple[ListInForce, ...]
    lists: tuple[ListInForce, ...]
    pages_judged: int
    pictures_judged: int
    pictures_open: int
    joined: tuple[str, ...]
    elsewhere: tuple[int, ...]
