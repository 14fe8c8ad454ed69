"""Records that wait for a recipient that the configuration no longer names: they would wait for ever, unnoticed."""

from collections.abc import Iterable, Mapping

from config.faults import Fault
from config.settings import Recipient
from config.text import counted


def unknown_recipients(waiting: Mapping[str, int], recipients: Iterable[Recipient]) -> dict[str, int]:
    """Return the waiting records of recipients that are not configured, by their first key."""
    known = {recipient.first_key for recipient in recipients}
    return {key: count for key, count in waiting.items() if key not in known}


def unheard_fault(key: str, records: int) -> Fault:
    """Return the Fault, and how such records can still go out."""
    fix = "Name this key under [[recipients]] again; if its holder has a new key, in that one's `earlier_keys`."
    return Fault(key, f"{counted(records, 'record')} went nowhere yet: nobody in the configuration has this key", fix)
