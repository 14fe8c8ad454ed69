"""Destruction on an authority's date: the key that opens records in the store, and referral files still here."""

from collections.abc import Sequence
from pathlib import Path

from reports.bundle.bundle import SUFFIX
from reports.ledger.ledger import Destroyed, Ledger


def destroy_due(ledger: Ledger, outbox: Path) -> Sequence[Destroyed]:
    """Destroy what is due by now: records in the store, and referral files in the outbox that hold any of them.

    What was handed over is its recipient's to destroy: each of its records names the date.
    """
    gone = ledger.destroy_due()
    for referral_id in {referral for destroyed in gone for referral in destroyed.referrals}:
        for path in outbox.glob(f"*-{referral_id}{SUFFIX}"):
            path.unlink(missing_ok=True)
    return gone
