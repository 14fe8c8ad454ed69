"""`sightline init`: write the commented configuration, the state directory and the scanner's keys. Never overwrites."""

import json
from pathlib import Path
from secrets import token_bytes
from typing import Final

import click

from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import FILE_NAME, Layout
from config.load import load
from config.template import TEMPLATE
from reports import files
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from scanner.cli.context import sure
from scanner.cli.output import json_option, out, print_json, refuse

_STATE: Final = '#directory = "state"'
"""The line of the template that `--state` replaces."""
NEXT = """
What next:
  1. Name your organisation, at least one recipient and one authority in {path}
     (`sightline keys new recipient` and `sightline keys new authority` make keys, on their owners' machines).
  2. Import a hash list:
     sightline hashes import FILE --format csv --kind child-abuse --list examples --issuer "Its issuer"
  3. Import a signed authority list: sightline targets import FILE
  4. See what is missing: sightline doctor
  5. Rehearse the whole, without leaving this machine: sightline rehearse"""


@click.command()
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder for the configuration; by default, this one.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="The state directory; by default, `state` next to the configuration.",
)
@json_option
def init(directory: Path, state: Path | None, as_json: bool) -> None:
    """Write a commented configuration, the state directory and the scanner's keys; keep existing ones."""
    path = directory.absolute() / FILE_NAME  # absolute, like all paths in the output
    done = {str(path): sure(_configuration(path, state), Exit.CONFIGURATION, as_json=as_json)}
    layout = Layout.of(sure(load(path), Exit.CONFIGURATION, as_json=as_json))
    if state is not None and layout.directory != state.absolute():
        refuse(_kept(path, layout.directory), Exit.CONFIGURATION, as_json=as_json)
    for folder in (layout.directory, layout.keys, layout.lists, layout.hash_lists, layout.outbox):
        sure(_made(folder), Exit.CONFIGURATION, as_json=as_json)
    for key, secret in _keys(layout).items():
        done[str(key)] = sure(_new(key, secret), Exit.CONFIGURATION, as_json=as_json)
    if as_json:
        print_json({"written": [name for name in done if done[name]], "kept": [n for n in done if not done[n]]})
        return
    for name, written in done.items():
        out.print(f"{'written' if written else 'kept   '}  {name}", markup=False)
    out.print(NEXT.format(path=path), markup=False)


def _configuration(path: Path, state: Path | None) -> bool | Refused:
    """Write the configuration; return False if there is one already."""
    if not path.parent.exists():
        made = files.private_directory(path.parent)
        if made is not None:
            return made
    return _new(path, _template(state).encode())


def _template(state: Path | None) -> str:
    if state is None:
        return TEMPLATE
    named = json.dumps(str(state.absolute()), ensure_ascii=False)  # a JSON string is a TOML string
    return TEMPLATE.replace(_STATE, f"directory = {named}")


def _kept(path: Path, directory: Path) -> Refused:
    fix = "Leave --state out, or change [state] directory there."
    return Refused((Fault(str(path), f"is kept, and names another state directory ({directory})", fix),))


def _made(folder: Path) -> bool | Refused:
    return files.private_directory(folder) or True


def _keys(layout: Layout) -> dict[Path, bytes]:
    return {
        layout.signing_key: ScannerKey.new().to_pem(),
        layout.hash_lists_key: f"{new_identity()[0]}\n".encode(),
        layout.token_key: token_bytes(32),
    }


def _new(path: Path, content: bytes) -> bool | Refused:
    """Write the file; return False if it exists already."""
    if path.exists():
        return False
    return files.write_new(path, content) or True
