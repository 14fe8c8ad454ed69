"""Values as they lie in the file, without the conversions that a healthy store's readers make.

SQLite keeps whatever type a row was given. What is not of its column's type becomes a value that no healthy row has, so
that damage ends as a fault with its place, never as a conversion's error.
"""

from typing import Any

from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType


def raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, its values not converted."""
    return type_coerce(column, NullType())


def as_bytes(value: object) -> bytes:
    """The bytes, or none."""
    return value if isinstance(value, bytes) else b""


def as_text(value: object) -> str:
    """The text, or none."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> int:
    """The whole number, or -1."""
    return value if isinstance(value, int) else -1
