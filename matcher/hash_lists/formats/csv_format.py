"""Hash lists as comma-separated values.

- The first line names the columns; see `fields.py` for how names are compared. Lines that begin with `#` before it are
  comments, and a spreadsheet's line `sep=;` names the delimiter.
- Text is UTF-8, UTF-16 with a byte-order mark, or Windows-1252 in lines that are no UTF-8.
- A quoted field may hold line breaks. A bad record is rejected and named by its first line.
- A file that does not end with a line break may have been cut short: it is refused unless its last field proves itself
  whole, being a hash of full length or a category that an earlier record has.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from config.faults import Fault, Refused
from config.text import counted
from matcher.hash_lists.entry import HASH_BYTES, Entry
from matcher.hash_lists.formats.fields import FieldNames, looks_like_hash, record_items
from matcher.hash_lists.formats.lines import Line, TextLines
from matcher.hash_lists.importing import DroppedField, Item, Untrusted
from matcher.hash_lists.photodna_value import PHOTODNA

_DELIMITERS: Final = {",": "','", ";": "';'", "\t": "$'\\t'", "|": "'|'"}
"""As a person types them in a shell."""
_NAME_THEM: Final = "Name the columns in the first line. A file of bare hashes is read with --format lines."
_NAME_ONE: Final = f"Name a column one of {', '.join(HASH_BYTES)}, or map one of yours with --column THEIRS=OURS."
_BROKEN_QUOTES: Final = "its quotes are not closed, or text follows a closing quote"
_MOST_JOINED: Final = 100
"""Lines of one record: a quote that is never closed costs no more records than this to find out."""


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Reads such a file. `names` maps the issuer's column names to ours."""

    names: FieldNames = field(default_factory=FieldNames)
    delimiter: str = ","

    def __call__(self, untrusted_file: Untrusted) -> Iterator[Item]:
        """Yield each record's items."""
        lines = TextLines(untrusted_file)
        first = next((line for line in lines if line.text.strip() and not line.text.startswith("#")), None)
        delimiter = self.delimiter
        if first is not None and first.text.lower().startswith("sep=") and len(first.text.strip()) == len("sep=;"):
            delimiter, first = first.text.strip()[-1], next(lines, None)
        columns = self._columns(first, delimiter)
        if isinstance(columns, Refused):
            yield columns
            return
        yield from _Records(columns, delimiter, self.names).read(lines)

    def _columns(self, first: Line | None, delimiter: str) -> tuple[str, ...] | Refused:
        """Return the names of the columns. Faults show none of them: they may be the first record."""
        if first is None:
            return _refused("the file", "is empty", "Ask its issuer for it again.")
        where = f"line {first.number}"
        if not first.whole:
            return _refused(where, "is not a whole line of column names", _NAME_THEM)
        cells = _cells(first.text, delimiter)
        if cells is None:
            return _refused(where, f"{_BROKEN_QUOTES}: it names no columns", _NAME_THEM)
        if not self._hold_hashes(cells):
            return self._without_hashes(where, first.text, cells, delimiter)
        numbers: dict[str, int] = {}
        for number, name in enumerate(cells, start=1):
            ours = self.names.ours(name)
            if ours is not None and numbers.setdefault(ours, number) != number:
                return _refused(where, f"columns {numbers[ours]} and {number} have the same name", "Name each once.")
        return tuple(cells)

    def _hold_hashes(self, cells: Sequence[str]) -> bool:
        return not {*HASH_BYTES, PHOTODNA}.isdisjoint(map(self.names.ours, cells))

    def _without_hashes(self, where: str, line: str, cells: Sequence[str], delimiter: str) -> Refused:
        """Return why no column holds hashes."""
        others = (one for one in _DELIMITERS if one != delimiter and self._hold_hashes(_cells(line, one) or ()))
        if other := next(others, None):
            typed = _DELIMITERS[other]
            return _refused(where, f"its columns lie between {typed}", f"Name the delimiter: --delimiter {typed}.")
        if any(looks_like_hash(cell.split()[0]) for cell in cells if cell.strip()):
            return _refused(where, "is a record where the names of the columns should stand", _NAME_THEM)
        return _refused(where, f"no column holds hashes, of {counted(len(cells), 'column')}", _NAME_ONE)


@dataclass(slots=True)
class _Records:
    columns: tuple[str, ...]
    delimiter: str
    names: FieldNames
    categories: set[str] = field(default_factory=set)

    def read(self, lines: TextLines) -> Iterator[Item]:
        for line in lines:
            if line.endless:
                yield _refused(f"line {line.number}", "is longer than any record", "Check that this is a CSV file.")
                return
            if line.text.strip():
                yield from self._record(line, lines)

    def _record(self, line: Line, lines: TextLines) -> Iterator[Item]:
        where = f"line {line.number}"
        cells = _cells(line.text, self.delimiter)
        if cells is None:
            cells, line = self._joined(line, lines)
        if line.text.startswith("#") and (cells is None or len(cells) != len(self.columns)):
            return
        items = list(self._items(where, cells))
        if not (line.whole or self._prove_whole(items)):
            yield _refused(
                where,
                "the file ends within this line: it was cut short",
                "Fetch it again; if whole, end its last line.",
            )
            return
        self.categories.update(item.category for item in items if isinstance(item, Entry))
        yield from items

    def _joined(self, line: Line, lines: TextLines) -> tuple[list[str] | None, Line]:
        """Join a line with those after it until its quotes are closed; give those back if that makes no record."""
        taken: list[Line] = []
        text = line.text
        while len(taken) < _MOST_JOINED and (more := next(lines, None)) is not None:
            taken.append(more)
            text += more.text
            cells = _cells(text, self.delimiter)
            if cells is not None and len(cells) == len(self.columns):
                return cells, more
            if cells is not None:
                break
        ends_open = bool(taken) and not taken[-1].whole
        lines.give_back(taken)
        return None, Line(line.number, line.text, whole=line.whole and not ends_open)

    def _items(self, where: str, cells: list[str] | None) -> Iterator[Item]:
        if cells is None:
            yield Fault(where, _BROKEN_QUOTES, "The record was kept out: fix the line.")
        elif len(cells) != len(self.columns):
            cause = f"has {counted(len(cells), 'field')} where the first line names {len(self.columns)}"
            yield Fault(where, cause, "The record was kept out: fix the line.")
        else:
            yield from record_items(where, zip(self.columns, cells, strict=True), self.names)

    def _prove_whole(self, items: Sequence[Item]) -> bool:
        """Return True if the last field of a record without a line break cannot have lost its end."""
        entry = items[-1]
        if not isinstance(entry, Entry) or any(isinstance(item, Fault | DroppedField) for item in items):
            return False
        last = self.names.ours(self.columns[-1])
        if last == "category":
            return entry.category in self.categories
        return last in HASH_BYTES and getattr(entry, last) is not None


def _cells(text: str, delimiter: str) -> list[str] | None:
    """Return the fields of one record; None if its quotes are not closed."""
    try:
        return next(csv.reader(StringIO(text.rstrip("\r\n"), newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _refused(where: str, cause: str, fix: str) -> Refused:
    return Refused((Fault(where, cause, fix),))


INTERPOL: Final = CsvFormat(FieldNames({"Image ID": "entry_id", "Baseline": "category"}), ";")
"""Interpol's ICSE export: the category is its Baseline column; the others are attributes under their own names."""
