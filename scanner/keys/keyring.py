"""The scanner's own keys, read from files that only its user may read."""

from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from reports import files
from reports.crypto.seal import recipient_of
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import LedgerKeys


def ledger_keys(settings: Settings, layout: Layout) -> LedgerKeys | Refused:
    """Load the keys that the ledger writes with and the recipients it seals to, or return every Fault at once."""
    signing = ScannerKey.load(layout.signing_key)
    token_key = files.read_secret(layout.token_key)
    recipients = tuple(recipient.first_key for recipient in settings.recipients)
    keys_now = {recipient.first_key: recipient.public_key for recipient in settings.recipients}
    faults = [fault for item in (signing, token_key) if isinstance(item, Refused) for fault in item.faults]
    if not recipients:
        cause = "there is none, and findings must be sealed to somebody"
        faults.append(Fault("recipients", cause, "Add a [[recipients]] table with their age public key."))
    if faults or isinstance(signing, Refused) or isinstance(token_key, Refused):
        return Refused(tuple(faults))
    return LedgerKeys(signing, token_key, recipients, keys_now)


def hash_lists_identity(layout: Layout) -> str | Refused:
    """Load the age identity that opens the hash lists at rest."""
    secret = files.read_secret(layout.hash_lists_key)
    if isinstance(secret, Refused):
        return secret
    identity = secret.decode("ascii", errors="replace").strip()
    try:
        recipient_of(identity)
    except ValueError:
        fix = "Restore it from its backup; without it, make a new one and import the hash lists again."
        return Refused((Fault(str(layout.hash_lists_key), "holds no age identity", fix),))
    return identity
