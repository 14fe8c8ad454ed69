"""Rotation of the scanner's signing key. A kill at any point leaves a scanner that can continue.

The new key is on disk before the log is handed over to it, and replaces the old one afterwards. A later command that
finds it there finishes the rotation. The old key is then removed.
"""

from dataclasses import replace

from config.clock import Clock
from config.faults import Refused
from config.layout import Layout
from config.settings import Settings
from reports import files
from reports.crypto.signing import PublicKey, ScannerKey
from reports.ledger.ledger import Ledger, LedgerKeys
from scanner.keys.keyring import ledger_keys


def change_signing_key(settings: Settings, clock: Clock) -> PublicKey | Refused:
    """Make and use a new key; or finish a change that was cut off. Only under the state lock.

    Raises StoreFault, and then nothing has changed.
    """
    layout = Layout.of(settings)
    keys, new = ledger_keys(settings, layout), _next_key(layout)
    if isinstance(keys, Refused):
        return keys
    return new if isinstance(new, Refused) else _change(layout, keys, new, clock)


def _next_key(layout: Layout) -> ScannerKey | Refused:
    """Load the key of an interrupted rotation, or make a new one."""
    if not layout.next_signing_key.exists():
        refused = files.write_new(layout.next_signing_key, ScannerKey.new().to_pem())
        if refused is not None:
            return refused
    return ScannerKey.load(layout.next_signing_key)


def _change(layout: Layout, keys: LedgerKeys, new: ScannerKey, clock: Clock) -> PublicKey | Refused:
    refused = _hand_over(layout, keys, new, clock)
    if refused is not None:
        return refused
    files.write(layout.signing_key, new.to_pem())
    layout.next_signing_key.unlink()
    return new.public


def _hand_over(layout: Layout, keys: LedgerKeys, new: ScannerKey, clock: Clock) -> Refused | None:
    handed_over = Ledger.open(layout.store, replace(keys, signing=new), clock) if layout.store.exists() else None
    if isinstance(handed_over, Ledger):
        handed_over.close()
        return None
    ledger = Ledger.open(layout.store, keys, clock)
    if isinstance(ledger, Refused):
        return ledger
    ledger.hand_over(new)
    ledger.close()
    return None
