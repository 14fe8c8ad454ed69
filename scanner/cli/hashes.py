"""`sightline hashes`: import lists of known material, and see what is in force."""

import re
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists.csv_format import CsvFormat
from matcher.hash_lists.entry import HASH_BYTES, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.importing import Imported, ListFormat, import_list
from reports.log import Kind
from scanner import hash_store
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.exits import Exit
from scanner.cli.output import err, json_option, out, print_faults, print_json, refuse
from scanner.keyring import hash_lists_identity

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SHOWN_FAULTS = 20


@click.group()
def hashes() -> None:
    """Lists of known material: import them, see what is in force."""


@hashes.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "file_format", type=click.Choice(["csv"]), required=True, help="The file's format.")
@click.option("--list", "name", required=True, help="The list's name: lower-case letters, digits, `-`, `_`, `.`.")
@click.option("--issuer", required=True, help="Who issued the list.")
@click.option("--list-version", default="", help="The issuer's version; without it, the start of the file's SHA-256.")
@click.option("--category-scheme", default="", help="What the categories mean, such as the name of a national scale.")
@click.option("--threshold", type=click.IntRange(0, 63), default=31, show_default=True, help="PDQ threshold in bits.")
@click.option("--column", "columns", multiple=True, metavar="THEIRS=OURS", help="What a column of the file means.")
@click.option("--delimiter", default=",", show_default=True, help="Between the columns of a CSV file.")
@json_option
@click.pass_context
def import_(  # noqa: PLR0913, PLR0917 - one argument for each option
    ctx: click.Context,
    file: Path,
    file_format: str,
    name: str,
    issuer: str,
    list_version: str,
    category_scheme: str,
    threshold: int,
    columns: tuple[str, ...],
    delimiter: str,
    as_json: bool,
) -> None:
    """Import FILE as the list NAME, in place of its earlier version. A truncated file is refused whole."""
    settings = settings_of(ctx, as_json=as_json)
    layout = Layout.of(settings)
    identity = sure(hash_lists_identity(layout), Exit.CONFIGURATION, as_json=as_json)
    header = sure(_header(name, issuer, list_version, category_scheme, threshold), Exit.USAGE, as_json=as_json)
    reader = _format(file_format, columns, delimiter)
    with file.open("rb") as untrusted_file, err.status(f"Importing {file.name}"):
        imported = sure(import_list(untrusted_file, reader, header), Exit.REFUSED, as_json=as_json)
        refused = hash_store.keep(layout, identity, imported.hash_list)
    if refused is not None:
        refuse(refused, Exit.CONFIGURATION, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        ledger.note(Kind.HASH_LIST_IMPORTED, _noted(imported))
    _say(imported, as_json=as_json)


@hashes.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """The lists in force: issuer, version, entries, and what they can match by."""
    layout = Layout.of(settings_of(ctx, as_json=as_json))
    identity = sure(hash_lists_identity(layout), Exit.CONFIGURATION, as_json=as_json)
    lists = sure(hash_store.load_all(layout, identity), Exit.CONFIGURATION, as_json=as_json)
    if as_json:
        print_json([_described(one) for one in lists])
        return
    if not lists:
        out.print("No hash list is in force. Import one with `sightline hashes import`.")
        return
    table = Table("list", "issuer", "version", "entries", "with", "threshold", "category scheme", box=None)
    for one in lists:
        header = one.header
        carried = ", ".join(f"{count} {kind}" for kind, count in _carried(one).items())
        entries = f"{len(one.entries):,}"
        table.add_row(
            header.name,
            header.issuer,
            header.version,
            entries,
            carried,
            f"{header.pdq_threshold_bits} bits",
            header.category_scheme,
        )
    out.print(table)


def _header(name: str, issuer: str, version: str, scheme: str, threshold: int) -> ListHeader | Refused:
    if not NAME.fullmatch(name):
        mend = "Use lower-case letters, digits, `-`, `_` and `.`, at most 64, the first a letter or digit."
        return Refused((Fault("--list", "not a name for a list", mend),))
    return ListHeader(name, issuer, version, scheme, sha256="", pdq_threshold_bits=threshold)


def _format(name: str, columns: tuple[str, ...], delimiter: str) -> ListFormat:
    del name  # csv is the one format so far
    if wrong := next((one for one in columns if "=" not in one), None):
        message = f"{wrong!r} is not THEIRS=OURS"
        raise click.BadParameter(message, param_hint="--column")
    return CsvFormat(dict(one.rsplit("=", 1) for one in columns), delimiter)


def _carried(hash_list: HashList) -> dict[str, int]:
    counts = {kind: len(hash_list.entries.having(kind)) for kind in HASH_BYTES}
    return {kind: count for kind, count in counts.items() if count}


def _described(hash_list: HashList) -> dict[str, object]:
    header = hash_list.header
    return {
        "list": header.name,
        "issuer": header.issuer,
        "version": header.version,
        "category_scheme": header.category_scheme,
        "sha256": header.sha256,
        "pdq_threshold_bits": header.pdq_threshold_bits,
        "entries": len(hash_list.entries),
        "carrying": _carried(hash_list),
    }


def _noted(imported: Imported) -> dict[str, str | int]:
    header = imported.hash_list.header
    return {
        "list": header.name,
        "version": header.version,
        "sha256": header.sha256,
        "entries": len(imported.hash_list.entries),
        "kept_out": imported.kept_out,
    }


def _say(imported: Imported, *, as_json: bool) -> None:
    if as_json:
        faults = [asdict(fault) for fault in imported.faults]
        print_json(_described(imported.hash_list) | {"kept_out": imported.kept_out, "faults": faults})
        return
    print_faults(imported.faults[:SHOWN_FAULTS])
    header = imported.hash_list.header
    kept_out = f"; {imported.kept_out:,} records were kept out" if imported.kept_out else ""
    out.print(f"{len(imported.hash_list.entries):,} entries of {header.name} {header.version} are in force{kept_out}.")
