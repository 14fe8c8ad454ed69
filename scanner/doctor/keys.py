"""The scanner's own keys, and the names on what it hands over."""

from collections.abc import Iterator
from pathlib import Path

from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from reports.crypto.signing import ScannerKey
from reports.files import private_directory, read_secret, unwritable
from scanner.keys.keyring import hash_lists_identity


def private_folder(directory: Path) -> Fault | None:
    """Check for a folder that is missing, another user's, open to others, or not writable."""
    if not directory.is_dir():
        return Fault(str(directory), "does not exist", "`sightline init` makes it.")
    refused = private_directory(directory)  # it is there: nothing is made
    return refused.faults[0] if refused else unwritable(directory)


def own_keys(layout: Layout) -> Iterator[Fault]:
    """Check for keys that are missing, malformed or readable by others."""
    for key in (ScannerKey.load(layout.signing_key), hash_lists_identity(layout), read_secret(layout.token_key)):
        if isinstance(key, Refused):
            yield from key.faults


def people(settings: Settings) -> Iterator[Fault]:
    """Check for recipients, authorities, and a responsible organisation."""
    if not settings.organisation.name:
        yield Fault("organisation.name", "is empty, and stands on every referral as its sender", "Write it down.")
    if not settings.recipients:
        cause = "there is none, and findings must be sealed to somebody"
        yield Fault("recipients", cause, "Add a [[recipients]] table with their age public key.")
    if not settings.authorities:
        cause = "there is none, so no list can be trusted and nothing may be visited"
        yield Fault("authorities", cause, "Add an [[authorities]] table with their minisign public key.")
