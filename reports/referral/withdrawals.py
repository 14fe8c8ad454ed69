"""Withdrawals: a finding that rests only on withdrawn entries is a finding no more.

- An amendment names the records that it touches; it reaches no record that was made after it.
- A picture is withdrawn if every referred match of it is, and a picture next to known ones if every one of those is.
- Nothing is deleted: withdrawn findings are still reported, apart from the others and with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matcher.verdict import Match
from reports.bundle.record_check import OpenedAmendment, OpenedRecord
from reports.record.model import PageRecord, PictureRecord, Policy
from reports.record.standing import Standing
from reports.referral.annex_model import AmendmentReport

Cited = tuple[str, str]
"""An entry: its issuer and its id."""


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """For each record the entries that were withdrawn from it."""

    by_record: Mapping[str, frozenset[Cited]]

    @classmethod
    def of(cls, amendments: Iterable[OpenedAmendment]) -> "Withdrawals":
        """Collect those of all amendments."""
        by_record: dict[str, set[Cited]] = {}
        for amendment in amendments:
            for entry in amendment.content.withdrawn:
                for record_id in entry.records:
                    by_record.setdefault(record_id, set()).add((amendment.content.list_issuer, entry.entry_id))
        return cls({record_id: frozenset(entries) for record_id, entries in by_record.items()})

    def still_known(self, record_id: str, matches: Iterable[Match], policy: Policy) -> bool:
        """Return True if a picture of this record is known by an entry that is still in force."""
        withdrawn = self.by_record.get(record_id, frozenset())
        return any(
            match.tier in policy.referred_tiers and (match.list_issuer, match.entry_id) not in withdrawn
            for match in matches
        )


def taken_back(records: Iterable[OpenedRecord], withdrawals: Withdrawals) -> frozenset[tuple[str, bytes]]:
    """Return the findings (by record and SHA-256) that were withdrawn."""
    return frozenset(
        (record.record_id, digest)
        for record in records
        if record.record_id in withdrawals.by_record and isinstance(record.content, PageRecord)
        for digest in _taken_back(record.record_id, record.content, withdrawals)
    )


def _taken_back(record_id: str, page: PageRecord, withdrawals: Withdrawals) -> Iterator[bytes]:
    known = [picture for picture in page.pictures if _known(record_id, picture, page.policy, withdrawals)]
    for picture in page.pictures:
        if picture.standing.finding and picture not in known and (picture.standing is Standing.KNOWN or not known):
            yield picture.image.sha256


def _known(record_id: str, picture: PictureRecord, policy: Policy, withdrawals: Withdrawals) -> bool:
    known = picture.standing is Standing.KNOWN
    return known and withdrawals.still_known(record_id, picture.matches, policy)


def amendment_reports(amendments: Sequence[OpenedAmendment]) -> tuple[AmendmentReport, ...]:
    """Return one report for each withdrawn entry."""
    return tuple(
        AmendmentReport(
            record_id=amendment.record_id,
            decided=amendment.content.decided,
            list_name=amendment.content.list_name,
            list_issuer=amendment.content.list_issuer,
            entry_id=entry.entry_id,
            reason=amendment.content.reason,
            records=entry.records,
            referrals=amendment.content.referrals if entry.records else (),
        )
        for amendment in amendments
        for entry in amendment.content.withdrawn
    )
