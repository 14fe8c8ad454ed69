"""The options that name the format of a file of known hashes: the same for `hashes import` and `check`."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click

from config.faults import Fault, Refused
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.formats.fields import FieldNames
from matcher.hash_lists.formats.registry import FORMATS
from matcher.hash_lists.importing import ListFormat

Command = TypeVar("Command", bound=Callable[..., Any])

FORMAT_NAMES: Final = click.Choice(["csv", *FORMATS])

Categories = tuple[str, ...] | None
"""The categories that accuse; None for all."""


def content_options(command: Command) -> Command:
    """Add --category, --column, --ignore-column and --delimiter: the meaning of the file's content."""
    category = click.option(
        "--category", "categories", multiple=True, help="Only entries of this category accuse; may be repeated."
    )
    column = click.option(
        "--column", "columns", multiple=True, metavar="THEIRS=OURS", help="What a column or field means."
    )
    ignored = click.option(
        "--ignore-column", "ignored", multiple=True, metavar="NAME", help="Leave this column or field out."
    )
    delimiter = click.option("--delimiter", default=",", show_default=True, help="Separator of a CSV file's columns.")
    return category(column(ignored(delimiter(command))))


def reader_of(file_format: str, columns: Sequence[str], delimiter: str, ignored: Sequence[str] = ()) -> ListFormat:
    """Return the reader of a file in this format."""
    if len(delimiter) != 1:
        message = f"{delimiter!r} is not one character"
        raise click.BadParameter(message, param_hint="--delimiter")
    if wrong := next((column for column in columns if "=" not in column), None):
        message = f"{wrong!r} is not THEIRS=OURS"
        raise click.BadParameter(message, param_hint="--column")
    mapped = dict(column.rsplit("=", 1) for column in columns)
    if file_format in FORMATS:
        return FORMATS[file_format].reading(mapped, tuple(ignored))
    return CsvFormat(FieldNames(mapped, ignored), delimiter)


def accusing(file_format: str, categories: tuple[str, ...]) -> Categories | Refused:
    """Return the categories that accuse. Refused if a format's files hold harmless pictures and none is named."""
    known = FORMATS.get(file_format)
    if known is not None and known.needs_categories and not categories:
        mend = "Name each category that accuses with --category, in the scale given by --category-scheme."
        return Refused((Fault("--category", f"a {file_format} file holds harmless pictures too", mend),))
    return categories or None
