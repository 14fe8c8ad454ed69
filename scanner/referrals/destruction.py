"""What an authority wants destroyed by a date: the key that opens it in the store, and the files that lie here yet."""

from collections.abc import Sequence
from pathlib import Path

from reports.bundle.bundle import SUFFIX
from reports.ledger.ledger import Destroyed, Ledger


def destroy_due(ledger: Ledger, outbox: Path) -> Sequence[Destroyed]:
    """Destroy what is due by now: records in the store, and referral files in the outbox that hold any of them.

    What was handed over already is for its recipient to destroy: the date stands in each of its records.
    """
    gone = ledger.destroy_due()
    for referral_id in {one for destroyed in gone for one in destroyed.referrals}:
        for path in outbox.glob(f"*-{referral_id}{SUFFIX}"):
            path.unlink(missing_ok=True)
    return gone
