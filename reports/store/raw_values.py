"""Raw values of the database file, without the conversions that a healthy store's readers make.

SQLite keeps any type that a row was given. A value of the wrong type becomes one that no healthy row has, so that
damage ends as a Fault with its place, never as a conversion's error.
"""

from typing import Any

from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType


def raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column with its values unconverted."""
    return type_coerce(column, NullType())


def as_bytes(value: object) -> bytes:
    """Return the bytes, or none."""
    return value if isinstance(value, bytes) else b""


def as_text(value: object) -> str:
    """Return the text, or none."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> int:
    """Return the whole number, or -1."""
    return value if isinstance(value, int) else -1
