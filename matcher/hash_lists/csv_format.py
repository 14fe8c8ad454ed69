"""Hash lists as comma-separated values.

The first line names the columns: any of `entry_id, category` and the hashes of `HASH_BYTES` (a mapping translates the
issuer's own names); every other column is kept as an attribute under its own name. One record is one line of UTF-8; a
bad one is kept out and named by its line. A file that does not end with a line break may have been cut short: it is
refused unless its last field proves itself whole, being a hash of full length or a category that was named before.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from config.faults import Fault, Refused
from config.text import counted
from matcher.hash_lists.entry import HASH_BYTES, Entry
from matcher.hash_lists.fields import FIELDS, attributes_of, entry_of, hash_value
from matcher.hash_lists.importing import Digesting, Item
from matcher.hash_lists.photodna_value import PHOTODNA

_MOST_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Reads such a file. `columns` maps the issuer's column names, in any case, to ours."""

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","

    def __call__(self, untrusted_file: Digesting) -> Iterator[Item]:
        """Each record as an entry or a fault."""
        names = self._names(untrusted_file.readline(_MOST_LINE_BYTES))
        if isinstance(names, Refused):
            yield names
            return
        yield from _Records(names, self.delimiter).read(untrusted_file)

    def _names(self, first_line: bytes) -> tuple[str, ...] | Refused:
        """Each column's field or, for an attribute, its own name. Faults show none: they may be the first record's."""
        if refused := _no_line_of_names(first_line):
            return refused
        names = self._named(first_line, self.delimiter)
        if names is None:
            return _refused("line 1", f"{_NO_CELLS}: it names no columns", _NAME_THEM)
        if not _hold_hashes(names):
            return self._without_hashes(first_line, names)
        first: dict[str, int] = {}
        for number, name in enumerate(names, start=1):
            if first.setdefault(name, number) != number:
                return _refused("line 1", f"columns {first[name]} and {number} have the same name", "Name each once.")
        return names

    def _named(self, line: bytes, delimiter: str) -> tuple[str, ...] | None:
        cells = _cells(line.removeprefix(codecs.BOM_UTF8), delimiter)
        ours = {name.casefold(): meaning for name, meaning in self.columns.items()}
        ours |= {name: name for name in (*FIELDS, PHOTODNA)}
        return None if cells is None else tuple(ours.get(cell.strip().casefold(), cell.strip()) for cell in cells)

    def _without_hashes(self, line: bytes, names: Sequence[str]) -> Refused:
        """Why no column holds hashes."""
        others = (one for one in _DELIMITERS if one != self.delimiter and _hold_hashes(self._named(line, one) or ()))
        if other := next(others, None):
            typed = _DELIMITERS[other]
            return _refused("line 1", f"its columns lie between {typed}", f"Say so: --delimiter {typed}.")
        if any(isinstance(hash_value(kind, name), bytes) for name in names for kind in HASH_BYTES):
            return _refused("line 1", "is a record where the names of the columns should stand", _NAME_THEM)
        return _refused("line 1", f"no column holds hashes, of {counted(len(names), 'column')}", _NAME_ONE)


_DELIMITERS: Final = {",": "','", ";": "';'", "\t": "$'\\t'", "|": "'|'"}
"""As a person types them in a shell."""
_NAME_THEM: Final = "Name the columns in the first line, in UTF-8."
_NO_CELLS: Final = "is no UTF-8, or its quotes are not closed"
_CUT_SHORT = "the file ends within this line: it was cut short"
_NAME_ONE = f"Name a column one of {', '.join(HASH_BYTES)}, or map one of yours with --column THEIRS=OURS."


@dataclass(slots=True)
class _Records:
    names: tuple[str, ...]
    delimiter: str
    categories: set[str] = field(default_factory=set)

    def read(self, untrusted_file: Digesting) -> Iterator[Item]:
        number = 1
        while line := untrusted_file.readline(_MOST_LINE_BYTES):
            number += 1
            whole = line.endswith((b"\n", b"\r"))
            if not whole and len(line) == _MOST_LINE_BYTES:
                yield _refused(f"line {number}", f"longer than {_MOST_LINE_BYTES} bytes", "Is this a CSV file?")
                return
            if line.strip():
                yield self._record(f"line {number}", line, whole=whole)

    def _record(self, where: str, line: bytes, *, whole: bool) -> Item:
        item = self._item(where, _cells(line, self.delimiter))
        if not (whole or self._proves_itself(item)):
            return _refused(where, _CUT_SHORT, "Fetch it again; if it is whole, end it with a line break.")
        if isinstance(item, Entry):
            self.categories.add(item.category)
        return item

    def _item(self, where: str, cells: list[str] | None) -> Entry | Fault:
        if cells is None:
            return Fault(where, _NO_CELLS, "The record was kept out: fix the line. A field holds no line break.")
        if len(cells) != len(self.names):
            cause = f"has {counted(len(cells), 'field')} where the first line names {len(self.names)}"
            return Fault(where, cause, "The record was kept out: fix the line.")
        fields = dict(zip(self.names, cells, strict=True))
        return entry_of(where, fields, attributes_of(fields))

    def _proves_itself(self, item: Entry | Fault) -> bool:
        """Whether the last field of a record without a line break cannot have lost its end."""
        if isinstance(item, Fault):
            return False
        if self.names[-1] == "category":
            return item.category in self.categories
        return getattr(item, self.names[-1], None) is not None


def _no_line_of_names(first_line: bytes) -> Refused | None:
    if not first_line:
        return _refused("the file", "is empty", "Ask its issuer for it again.")
    if first_line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _refused("the file", "is UTF-16", "Save it as UTF-8.")
    if not first_line.endswith((b"\n", b"\r")):
        return _refused("line 1", "is not a whole line of column names", _NAME_THEM)
    return None


def _hold_hashes(names: Iterable[str]) -> bool:
    return not {*HASH_BYTES, PHOTODNA}.isdisjoint(names)


def _cells(line: bytes, delimiter: str) -> list[str] | None:
    """The fields of one line; None where it is not UTF-8 or its quotes are not closed."""
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r\n")], delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _refused(where: str, cause: str, fix: str) -> Refused:
    return Refused((Fault(where, cause, fix),))


INTERPOL = CsvFormat(
    {"MD5": "md5", "SHA1": "sha1", "Image ID": "entry_id", "PhotoDNA": PHOTODNA, "Baseline": "category"}, delimiter=";"
)
"""Interpol's ICSE export: the category is its Baseline column; the others are attributes under their own names."""
