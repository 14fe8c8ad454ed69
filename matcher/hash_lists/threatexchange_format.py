"""A file of signals as PyPI's `threatexchange` keeps them: `<signal type> <hash>` a line."""

import re
from collections.abc import Iterator

from config.faults import Fault, Refused
from matcher.hash_lists.fields import entry_of
from matcher.hash_lists.importing import Digesting, Item, SkippedRecord

_HASH = {"pdq": "pdq", "md5": "md5", "photo_md5": "md5", "sha1": "sha1", "sha256": "sha256"}
_SIGNAL_TYPE = re.compile("[a-z][a-z0-9_]{0,39}")
_MOST_LINE_BYTES = 1 << 16


def threatexchange(untrusted_file: Digesting) -> Iterator[Item]:
    """Each line as an item. Refused when the last line is cut short, or a line is endless."""
    number = 0
    while line := untrusted_file.readline(_MOST_LINE_BYTES):
        number += 1
        item = _item(f"line {number}", line)
        if not line.endswith(b"\n") and (isinstance(item, Fault | SkippedRecord) or len(line) == _MOST_LINE_BYTES):
            fix = "Fetch it again; if it is whole, end it with a line break."
            yield Refused((Fault(f"line {number}", "the file ends within this line, or is of another format", fix),))
            return
        if item is not None:
            yield item


def _item(where: str, line: bytes) -> Item | None:
    words = line.decode("ascii", "replace").split()
    if not words:
        return None
    if len(words) != 2:  # noqa: PLR2004 - a type and a hash
        return Fault(where, "not a signal type and a hash", "The record was kept out: fix the line.")
    kind = words[0].lower()
    if not _SIGNAL_TYPE.fullmatch(kind):
        return Fault(where, "not a signal type", "The record was kept out: fix the line.")
    name = _HASH.get(kind)
    return SkippedRecord(f"signal type {kind}") if name is None else entry_of(where, {name: words[1]})
