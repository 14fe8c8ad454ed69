"""`sightline verify`: check referral files and report in plain words. Offline, and quick to start."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from config.exit_codes import Exit
from reports.bundle.checks import MARKS, MEANING, NOT_REACHED, CheckState, Result, in_short
from reports.bundle.completeness import Portion, completeness
from reports.bundle.verify import Verification
from scanner.cli.output import end, json_option, out, print_json
from scanner.cli.referral_files import (
    authority_option,
    files_argument,
    identity_option,
    lists_option,
    public_key_option,
    verified_files,
)


@click.command("verify")
@files_argument
@identity_option
@public_key_option
@lists_option
@authority_option
@json_option
def verify_(
    paths: tuple[Path, ...],
    identity_path: Path,
    key_path: Path | None,
    list_paths: tuple[Path, ...],
    authority_path: Path | None,
    as_json: bool,
) -> None:
    """Say what holds of referral files, and what does not. Exit status 0 only if everything does, origin included.

    Several files are held against each other as well: nothing twice, nothing missing.
    """
    each = verified_files(paths, identity_path, key_path, list_paths, authority_path, as_json=as_json)
    files = [_held(path, one) for path, one in each]
    portions = [file.portion for file in files if file.portion]
    across = completeness(portions) if len(portions) > 1 else ()
    holds = all(file.verified for file in files) and not any(item.state is CheckState.FAILS for item in across)
    if as_json:
        told = [{"file": str(item.path), "verified": item.verified, "checks": _checks(item.results)} for item in files]
        print_json({"verified": holds, "files": told, "together": _checks(across)})
    else:
        _tell(files, across)
    if not holds:
        end(Exit.DIFFERS)


@dataclass(frozen=True, slots=True)
class File:
    """One file's verification. Nothing of what it opened is kept: files may be many."""

    path: Path
    results: Sequence[Result]
    verified: bool
    portion: Portion | None
    """Its part in the checks over all files; None if it could not be opened."""


def _held(path: Path, one: Verification) -> File:
    portion = Portion.of(one.opened.manifest, one.opened.records) if one.opened else None
    return File(path, one.results, one.verified, portion)


def _tell(files: Sequence[File], across: Sequence[Result]) -> None:
    for file in files:
        origin = "" if file.verified or not file.portion else "; its origin is not proven"
        _say(f"{file.path.name}: {in_short(file.results)}{origin}", file.results)
    if across:
        _say("All files together", across)


def _say(title: str, results: Sequence[Result]) -> None:
    """Print every check, then in plain words what follows from those that do not hold."""
    out.print(_told(title, results))
    for result in results:
        if result.state is not CheckState.HOLDS and result.words != NOT_REACHED:
            out.print(
                f"{MARKS[result.state]} {str(result.check).capitalize()}: {result.state}. {MEANING[result.check]}",
                markup=False,
            )


def _told(title: str, results: Sequence[Result]) -> Table:
    table = Table("", "check", "what was seen", title=title, title_justify="left", box=None)
    for result in results:
        table.add_row(f"{MARKS[result.state]} {result.state}", result.check, Text(result.words))
    return table


def _checks(results: Sequence[Result]) -> list[dict[str, str]]:
    return [{"check": result.check, "state": result.state, "words": result.words} for result in results]
