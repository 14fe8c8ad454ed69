"""Records that wait for somebody whom the configuration no longer names: they would wait for ever, without a word."""

from collections.abc import Iterable, Mapping

from config.faults import Fault
from config.settings import Recipient
from config.text import counted


def unknown_recipients(waiting: Mapping[str, int], recipients: Iterable[Recipient]) -> dict[str, int]:
    """Of the records that wait, by the key that each recipient is remembered by, those of nobody here."""
    known = {one.first_key for one in recipients}
    return {key: count for key, count in waiting.items() if key not in known}


def unheard_fault(key: str, records: int) -> Fault:
    """What is wrong, and how such records go out after all."""
    mend = "Name this key under [[recipients]] again; where its holder has a new key, in `earlier_keys` beside that."
    return Fault(key, f"{counted(records, 'record')} went nowhere yet: nobody in the configuration has this key", mend)
