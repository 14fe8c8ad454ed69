"""The log's statements about the configuration and folders: recipients, trusted keys, and lists that were removed.

They are made when the ledger is opened, and only where they differ from the log's last ones. A running daemon keeps the
configuration that its own `run started` names, whatever is logged in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from config.layout import Layout
from config.settings import Authority, Recipient, Settings
from reports.bundle.bundle import key_fingerprint
from reports.crypto.minisign import MinisignPublicKey
from reports.ledger.ledger import Ledger
from reports.log.entry import Details, Kind
from scanner.authority.active_lists import say_lists
from scanner.hash_lists.active_lists import say_hash_lists

KEYS_IN_A_FIELD: Final = 14
FIELDS_MOST: Final = 20
"""Keys beyond this many fields are in the digest alone."""


def say(ledger: Ledger, settings: Settings, layout: Layout) -> None:
    """Log what has changed since the log's last statements."""
    ledger.state(Kind.RECIPIENTS_SET, recipients_of(settings.recipients))
    ledger.state(Kind.KEYS_TRUSTED, authorities_of(settings.authorities))
    say_lists(ledger, layout.lists)
    say_hash_lists(ledger, layout.hash_lists)


def recipients_of(recipients: Sequence[Recipient]) -> Details:
    """Describe the recipients by their keys' fingerprints. The digest covers their rules and earlier keys."""
    told = (
        (*recipient.keys, *recipient.receives_jurisdictions, *recipient.receives_categories) for recipient in recipients
    )
    keys = [key_fingerprint(recipient.public_key) for recipient in recipients]
    return {"recipients": len(keys), "sha256": _digest(told), **_fields(keys)}


def authorities_of(authorities: Sequence[Authority]) -> Details:
    """Whose lists are believed, by the ids of their keys. The digest covers the whole keys."""
    parsed = [MinisignPublicKey.parse(authority.public_key) for authority in authorities]
    keys = [item.name for item in parsed if isinstance(item, MinisignPublicKey)]
    return {
        "authorities": len(keys),
        "sha256": _digest((authority.public_key,) for authority in authorities),
        **_fields(keys),
    }


def _digest(rows: Iterable[Sequence[str]]) -> str:
    return sha256("\n".join("\t".join(row) for row in rows).encode()).hexdigest()


def _fields(keys: Sequence[str]) -> Mapping[str, str]:
    starts = range(0, len(keys), KEYS_IN_A_FIELD)[:FIELDS_MOST]
    return {f"keys_{n}": " ".join(keys[start : start + KEYS_IN_A_FIELD]) for n, start in enumerate(starts, start=1)}
