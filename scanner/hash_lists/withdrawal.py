"""Withdrawal of an entry from every referral that it touched, without opening any of them here.

The scanner knows blindly which sealed records name an entry (`reports.store.rows.citations`). The amendment is
a sealed record itself, which goes to the recipients with the next referral. Nobody here can read whether it touches
anything, and it is made even if it touches nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from config.clock import Clock
from reports.ledger.ledger import Ledger
from reports.record.build import Sender, amendment_record
from reports.record.model import FORMAT, AmendmentRecord, WithdrawnEntryModel
from reports.store.values import Addressed, cited_entry


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Entries that the issuer of a list took back, and its reason, as far as it gave one."""

    list_name: str
    list_issuer: str
    entry_ids: tuple[str, ...] = field(repr=False)
    reason: str


def withdraw(ledger: Ledger, withdrawal: Withdrawal, sender: Sender, clock: Clock, *, test: bool) -> tuple[str, ...]:
    """Seal an amendment to each recipient, and log that the entries were withdrawn. Returns the records' ids."""
    decided = clock()
    amendments = [
        Addressed(to, amendment_record(_amendment(ledger, to, withdrawal, sender, decided, test=test)))
        for to in ledger.recipients
    ]
    entries = {cited_entry(withdrawal.list_issuer, entry_id) for entry_id in withdrawal.entry_ids}
    return ledger.amend(amendments, entries, {"list": withdrawal.list_name, "entries": len(entries)})


def _amendment(
    ledger: Ledger, recipient: str, withdrawal: Withdrawal, sender: Sender, decided: datetime, *, test: bool
) -> AmendmentRecord:
    """What this recipient is told: of its own records, and the referrals in which they went out."""
    records = _records(ledger, recipient, withdrawal)
    touched = sorted({record_id for ids in records.values() for record_id in ids})
    return AmendmentRecord(
        format=FORMAT,
        kind="amendment",
        sender=sender,
        decided=decided,
        list_name=withdrawal.list_name,
        list_issuer=withdrawal.list_issuer,
        reason=withdrawal.reason,
        test=test,
        withdrawn=tuple(WithdrawnEntryModel(entry_id, tuple(ids)) for entry_id, ids in records.items()),
        referrals=ledger.referrals_with(touched),
    )


def _records(ledger: Ledger, recipient: str, withdrawal: Withdrawal) -> Mapping[str, Sequence[str]]:
    """For each entry, each once and in order, this recipient's records that name it."""
    names = {entry_id: cited_entry(withdrawal.list_issuer, entry_id) for entry_id in sorted(set(withdrawal.entry_ids))}
    citing = ledger.citing(recipient, names.values())
    return {entry_id: citing[name] for entry_id, name in names.items()}
