"""`sightline keys`: make a key pair for an authority or a recipient, and show the keys that this scanner uses."""

from pathlib import Path

import click

from config.clock import rfc3339, utc_now
from config.exit_codes import Exit
from config.faults import Refused
from config.layout import Layout
from config.settings import Settings
from reports import files
from reports.crypto.minisign import MinisignPublicKey, new_key
from reports.crypto.minisign_keys import write_secret_key
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.store.errors import StoreFault
from scanner.cli.context import settings_of, sure
from scanner.cli.output import ask_password, err, json_option, out, print_json, refuse
from scanner.keys.rotation import change_signing_key

_OUT = click.argument("out_path", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def keys() -> None:
    """Key pairs: for authorities that sign lists, for recipients who open what was found."""


@keys.group()
def new() -> None:
    """Make a key pair: the secret key in OUT, for its owner alone; the public key in OUT.pub."""


@new.command()
@_OUT
@click.option("--no-password", is_flag=True, help="Store the secret key unencrypted.")
@json_option
def authority(out_path: Path, no_password: bool, as_json: bool) -> None:
    """Make a minisign key pair to sign authority lists with. Asks for a password."""
    password = None
    if not no_password:
        password = ask_password("Password for the secret key", twice=True)
    key = new_key()
    _keep(out_path, write_secret_key(key, password), key.public.file(), as_json=as_json)
    _say(out_path, key.public.line(), "The scanner's operator adds it under [[authorities]].", as_json=as_json)


@new.command()
@_OUT
@json_option
def recipient(out_path: Path, as_json: bool) -> None:
    """Make an age key pair to open findings with. Make it where it is used, never on the scanning machine."""
    identity, public = new_identity()
    secret = f"# created: {rfc3339(utc_now())}\n# public key: {public}\n{identity}\n"
    _keep(out_path, secret.encode(), f"{public}\n".encode(), as_json=as_json)
    _say(out_path, public, "The scanner's operator adds it under [[recipients]].", as_json=as_json)


@keys.command()
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Show this scanner's public keys, the authorities' that it trusts, and the recipients' that it seals to."""
    settings = settings_of(ctx, as_json=as_json)
    own = sure(ScannerKey.load(Layout.of(settings).signing_key), Exit.CONFIGURATION, as_json=as_json).public
    if as_json:
        print_json(_described(settings) | {"scanner": {"key_id": own.key_id, "public_key_pem": own.to_pem().decode()}})
        return
    out.print(f"Scanner    {own.key_id}  (signs records and the log)\n{own.to_pem().decode()}", markup=False)
    for item in settings.authorities:
        out.print(f"Authority  {_key_id(item.public_key)}  {item.name}", markup=False)
    for person in settings.recipients:
        out.print(f"Recipient  {person.public_key}  {person.name}", markup=False)


@keys.command()
@json_option
@click.pass_context
def change(ctx: click.Context, as_json: bool) -> None:
    """Make a new signing key for this scanner, which the old one names as its successor. Not while it scans."""
    settings = settings_of(ctx, as_json=as_json)
    lock = sure(files.hold_state(Layout.of(settings).directory, "keys change"), Exit.BUSY, as_json=as_json)
    try:
        new = sure(change_signing_key(settings, utc_now), Exit.CONFIGURATION, as_json=as_json)
    except StoreFault as stopped:
        refuse(Refused((stopped.fault,)), Exit.STORE, as_json=as_json)
    finally:
        lock.release()
    if as_json:
        print_json({"scanner": {"key_id": new.key_id, "public_key_pem": new.to_pem().decode()}})
        return
    out.print(f"Scanner    {new.key_id}\n{new.to_pem().decode()}", markup=False)
    err.print("Give it to your recipients. Who trusts the old key is led to this one; the old one is gone.")


def _keep(out_path: Path, secret: bytes, public: bytes, *, as_json: bool) -> None:
    sure(files.write_new(out_path, secret), Exit.CONFIGURATION, as_json=as_json)
    files.write(out_path.with_name(f"{out_path.name}.pub"), public, mode=files.PUBLIC_FILE)


def _say(out_path: Path, public: str, next_step: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"secret_key": str(out_path), "public_key": public})
        return
    out.print(public, markup=False)
    err.print(f"The secret key is {out_path}; keep it apart and safe. {next_step}", markup=False)


def _described(settings: Settings) -> dict[str, object]:
    return {
        "authorities": [
            {"name": item.name, "key_id": _key_id(item.public_key), "public_key": item.public_key}
            for item in settings.authorities
        ],
        "recipients": [{"name": item.name, "public_key": item.public_key} for item in settings.recipients],
    }


def _key_id(public_key: str) -> str:
    key = MinisignPublicKey.parse(public_key)
    return key.name if isinstance(key, MinisignPublicKey) else ""
