"""Hashes a line: with the type of signal before it, or bare, or as `md5sum` and `sha256sum` write them.

A line that begins with `#` is a comment. A file whose last line cannot be read and has no line break was cut short.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from config.faults import Fault, Refused
from matcher.hash_lists.entry import HASH_BYTES
from matcher.hash_lists.formats.fields import FieldNames, items_of, looks_like_hash
from matcher.hash_lists.formats.lines import TextLines
from matcher.hash_lists.importing import DroppedField, Item, SkippedRecord, Untrusted

_SIGNAL: Final = re.compile(r"(?P<type>[A-Za-z][A-Za-z0-9_]{0,39})[\s,;]+(?P<hash>\S+)")
_SIGNALS: Final = {"pdq": "pdq", "md5": "md5", "photo_md5": "md5", "sha1": "sha1", "sha256": "sha256"}
_SUM: Final = re.compile(r"\\?(?P<hash>[0-9A-Fa-f]+)(?P<file>[ \t]+[ *]?\S.*)?")
_TAGGED_SUM: Final = re.compile(r"(?P<type>MD5|SHA1|SHA256) \(.*\) = (?P<hash>[0-9A-Fa-f]+)")
_BY_LENGTH: Final = {32: "md5", 40: "sha1", 64: "sha256"}
_FIX_LINE: Final = "The record was kept out: fix the line."

LineReader = Callable[[str, str, FieldNames], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class LineFormat:
    """Reads a file of which every line is a record."""

    items: LineReader
    is_labelled: bool
    """True if each line says of what kind its hash is; else a hash that is cut may look like one of another kind."""
    names: FieldNames = field(default_factory=FieldNames)

    def __call__(self, untrusted_file: Untrusted) -> Iterator[Item]:
        """Yield each line's items. Refused if the last line is cut short, or a line is endless."""
        shapes = set[tuple[int, bool]]()
        for line in TextLines(untrusted_file):
            text = line.text.strip()
            if not text or text.startswith("#"):
                continue
            items = list(self.items(f"line {line.number}", text, self.names))
            may_be_cut = any(isinstance(item, Fault | DroppedField | SkippedRecord) for item in items)
            first, *more = text.split(maxsplit=1)
            shape = (len(first), bool(more))
            shapes |= {shape} if line.whole else set()
            may_be_cut |= not self.is_labelled and shapes != {shape}
            if line.endless or (may_be_cut and not line.whole):
                fix = "Fetch it again; if it is whole, end it with a line break."
                cause = "the file ends within this line, or is of another format"
                yield Refused((Fault(f"line {line.number}", cause, fix),))
                return
            yield from items


def _signal(where: str, text: str, names: FieldNames) -> Iterator[Item]:
    found = _SIGNAL.fullmatch(text)
    if found is None:
        yield Fault(where, "not a signal type and a hash", _FIX_LINE)
        return
    kind = found["type"].lower()
    name = _SIGNALS.get(kind) or names.ours(kind)
    if name in HASH_BYTES:
        yield from items_of(where, {name: found["hash"]})
    elif looks_like_hash(found["hash"]) or not (where == "line 1" and kind.startswith("signal")):
        yield SkippedRecord(f"signal type {kind}")


def _sum(where: str, text: str, names: FieldNames) -> Iterator[Item]:
    tagged = _TAGGED_SUM.fullmatch(text)
    found = tagged or _SUM.fullmatch(text)
    if found is None:
        yield Fault(where, "neither a hash nor a line of md5sum, sha1sum or sha256sum", _FIX_LINE)
        return
    mapped = names.ours("hash")
    name = mapped if mapped in HASH_BYTES else _BY_LENGTH.get(len(found["hash"]))
    if name is None:
        yield Fault(where, f"a hash of {len(found['hash'])} digits, which is none that is known", _FIX_LINE)
    elif name == "sha256" and mapped not in HASH_BYTES and not (tagged or found["file"]):
        cause = "64 digits may be a SHA-256, a PDQ or a pHash, and this file does not say which"
        yield Refused(
            (Fault(where, cause, "Name it: --column hash=sha256, --column hash=pdq or --column hash=phash."),)
        )
    else:
        yield from items_of(where, {name: found["hash"]})


THREATEXCHANGE: Final = LineFormat(_signal, is_labelled=True)
"""A file of signals as PyPI's `threatexchange` keeps them: `<signal type> <hash>` a line, or with a comma between."""

LINES: Final = LineFormat(_sum, is_labelled=False)
"""A hash a line, with or without a file name, which is not kept."""
