"""A flat table for spreadsheets: text and whole numbers, nothing that a program takes for a link or a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reports.safe_text import unlinked

Cell = str | int
CELL_MAX: Final = 8_000
"""Characters of one cell; spreadsheets hold 32,767."""
FORMULA_BEGINS: Final = frozenset(
    "=+-@\t\r\n|%\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}"
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its columns, its rows; every row is as long as `columns`."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table_of(name: str, columns: tuple[str, ...], rows: Iterable[Sequence[Cell]]) -> Table:
    """Return a table whose every text is clean and no link."""
    clean = (tuple(unlinked(cell, CELL_MAX) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Table(name, columns, tuple(clean))


def as_text(cells: Iterable[Cell]) -> list[str]:
    """Return cells as text in which no spreadsheet sees a formula: an apostrophe guards a leading sign."""
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_BEGINS else str(cell) for cell in cells]


def host(address: str) -> str:
    """Return a host that no program takes for a link."""
    return address.replace(".", "[.]")
