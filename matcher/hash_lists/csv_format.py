"""Hash lists as comma-separated values.

The first line names the columns: any of `entry_id, category` and the hashes of `HASH_BYTES` (a mapping translates the
issuer's own names); every other column is kept as an attribute under its own name. One record is one line of UTF-8; a
bad one is kept out and named by its line. A file that does not end with a line break may have been cut short: it is
refused unless its last field proves itself whole, being a hash of full length or a category that was named before.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from config.faults import Fault, Refused
from matcher.hash_lists.entry import HASH_BYTES, Entry
from matcher.hash_lists.fields import FIELDS, attributes_of, entry_of
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
        """Each column's field or, for an attribute, its own name."""
        cells = _cells(first_line.removeprefix(b"\xef\xbb\xbf"), self.delimiter)
        if cells is None or not first_line.endswith((b"\n", b"\r")):
            return _refused("line 1", "not a line of column names", "Name the columns in the first line, in UTF-8.")
        ours = {name.casefold(): meaning for name, meaning in self.columns.items()}
        ours |= {name: name for name in (*FIELDS, PHOTODNA)}
        names = tuple(ours.get(cell.strip().casefold(), cell.strip()) for cell in cells)
        if not set(names) & {*HASH_BYTES, PHOTODNA}:
            return _refused("line 1", f"no column holds hashes: {', '.join(names)[:200]}", _NAME_ONE)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            return _refused("line 1", f"more than one column is called {twice[0]!r}"[:200], "Name each column once.")
        return names


_CUT_SHORT = "the file ends within this line: it was cut short"
_NAME_ONE = f"Name a column one of {', '.join(HASH_BYTES)}, or map one to it."


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
            return Fault(where, "not a line of UTF-8 with closed quotes", "The record was kept out: mend the line.")
        if len(cells) != len(self.names):
            cause = f"has {len(cells)} fields where the first line names {len(self.names)}"
            return Fault(where, cause, "The record was kept out: mend the line.")
        fields = dict(zip(self.names, cells, strict=True))
        return entry_of(where, fields, attributes_of(fields))

    def _proves_itself(self, item: Entry | Fault) -> bool:
        """Whether the last field of a record without a line break cannot have lost its end."""
        if isinstance(item, Fault):
            return False
        if self.names[-1] == "category":
            return item.category in self.categories
        return getattr(item, self.names[-1], None) is not None


def _cells(line: bytes, delimiter: str) -> list[str] | None:
    """The fields of one line; None where it is not UTF-8 or its quotes are not closed."""
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r\n")], delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _refused(where: str, cause: str, mend: str) -> Refused:
    return Refused((Fault(where, cause, mend),))


INTERPOL = CsvFormat(
    {"MD5": "md5", "SHA1": "sha1", "Image ID": "entry_id", "PhotoDNA": PHOTODNA, "Baseline": "category"}, delimiter=";"
)
"""Interpol's ICSE export: the category is its Baseline column; the others are attributes under their own names."""
