"""Prepared statements for what each page needs: compiled once, then passed to the driver with their values alone.

SQLAlchemy composes, checks and looks up a statement at each execution, which takes some ten times as long as SQLite
takes to run it. A prepared statement is written like every other and belongs to no single database; it returns plain
rows with the driver's values.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Dialect, bindparam
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from reports.store.chunks import SIZES, pieces
from reports.store.schema import Instant, microseconds

Row = tuple[Any, ...]
Values = Mapping[str, Any]


class PreparedStatement:
    """One statement, for every transaction of this process."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an INSERT or an UPDATE sets; None: all of them. Each has a value of its name."""
        self._statement: Final = statement
        self._columns: Final = columns
        self._compiled: tuple[str, Callable[[Values], Row]] | None = None

    def rows(self, transaction: Connection, values: Values) -> list[Row]:
        """Return every row of the result."""
        text, bound = self._for(transaction.dialect)
        cursor = transaction.connection.cursor()
        cursor.execute(text, bound(values))
        found: list[Row] = list(cursor.fetchall())
        cursor.close()
        return found

    def run(self, transaction: Connection, values: Values) -> int:
        """Return the number of rows written or removed."""
        return self.run_all(transaction, (values,))

    def run_all(self, transaction: Connection, many: Iterable[Values]) -> int:
        """Once for each of these values; how many rows were written or removed in all."""
        text, bound = self._for(transaction.dialect)
        rows = [bound(values) for values in many]
        if not rows:
            return 0
        cursor = transaction.connection.cursor()
        cursor.executemany(text, rows)
        count = cursor.rowcount
        cursor.close()
        return count

    def _for(self, dialect: Dialect) -> tuple[str, Callable[[Values], Row]]:
        if self._compiled is None:
            self._compiled = _compiled(self._statement, self._columns, dialect)
        return self._compiled


class PreparedInsert(PreparedStatement):
    """An INSERT of many rows in few statements: at each one the driver lets other threads in, up to three times."""

    def run_all(self, transaction: Connection, many: Iterable[Values]) -> int:
        """Insert one row for each of these values; return the number written."""
        text, bound = self._for(transaction.dialect)
        another = ", " + text[text.rindex("(") :]
        rows = [bound(values) for values in many]
        cursor = transaction.connection.cursor()
        for piece in pieces(rows):
            cursor.execute(text + another * (len(piece) - 1), tuple(chain.from_iterable(piece)))
        cursor.close()
        return len(rows)


class PreparedAmong:
    """A statement about whole numbers, however many, in few pieces. `made` composes it of the places for them."""

    def __init__(self, made: Callable[[Sequence[BindParameter[int]]], Executable]) -> None:
        self._of_size = {size: PreparedStatement(made([bindparam(name) for name in _names(size)])) for size in SIZES}

    def rows(self, transaction: Connection, numbers: Sequence[int], values: Values) -> list[Row]:
        """Return every row of every result. `values` are the other parameters."""
        return [row for one, named in self._each(numbers, values) for row in one.rows(transaction, named)]

    def run(self, transaction: Connection, numbers: Sequence[int], values: Values) -> int:
        """Return the number of rows written or removed in all."""
        return sum(one.run(transaction, named) for one, named in self._each(numbers, values))

    def _each(self, numbers: Sequence[int], values: Values) -> Iterator[tuple[PreparedStatement, Values]]:
        for some in pieces(numbers):
            yield self._of_size[len(some)], {**values, **dict(zip(_names(len(some)), some, strict=True))}


def _names(count: int) -> list[str]:
    return [f"number {place}" for place in range(count)]


def _compiled(
    statement: Executable, columns: Sequence[str] | None, dialect: Dialect
) -> tuple[str, Callable[[Values], Row]]:
    """Return the text, and the function that makes the driver's row of its values."""
    if not isinstance(statement, ClauseElement):
        msg = "only what can be compiled can be prepared"
        raise TypeError(msg)
    compiled = statement.compile(dialect=dialect, column_keys=None if columns is None else list(columns))
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
        msg = "this driver takes its values by name: say here how they are given to it"
        raise NotImplementedError(msg)
    names = tuple(compiled.positiontup)
    instants = {name for name in names if isinstance(compiled.binds[name].type, Instant)}

    def bound(values: Values) -> Row:
        return tuple([microseconds(values[name]) if name in instants else values[name] for name in names])

    return str(compiled), bound
