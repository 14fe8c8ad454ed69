"""`sightline targets`: sign, import, list and check authority lists."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
from rich.markup import escape
from rich.table import Table

from config.clock import rfc3339, utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from config.text import counted
from reports import files
from reports.crypto.minisign import SIGNATURE_FILE_BYTES_MAX, MinisignPublicKey, SecretKey, signer_of
from reports.crypto.minisign_keys import needs_password, read_secret_key
from reports.log.entry import Kind
from scanner.authority.active_lists import say_lists
from scanner.authority.list_model import LIST_BYTES_MAX, read_form
from scanner.authority.list_store import Lists, load_lists, store_list
from scanner.authority.sign import faults as unsigned_faults
from scanner.authority.sign import sign_list
from scanner.authority.verify import AuthorityList, verify_list
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.files import read_bounded
from scanner.cli.output import ask_password, end, err, json_option, out, print_faults, print_json, refuse
from scanner.referrals.recipients import audience_of

SIGNATURE_SUFFIX: Final = ".minisig"
_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_SIGNATURE = click.option(
    "--signature", type=click.Path(dir_okay=False, path_type=Path), help="The signature file, if not FILE.minisig."
)


@click.group()
def targets() -> None:
    """Sign and import authority lists, and show those in force."""


@targets.command()
@_FILE
@click.option("--key", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A minisign secret key.")
@json_option
def sign(file: Path, key: Path, as_json: bool) -> None:
    """Check the list in FILE and write its signature to FILE.minisig. For authorities; `minisign -S` does as well."""
    content = sure(read_bounded(file, LIST_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)
    secret = sure(_secret_key(key), Exit.CONFIGURATION, as_json=as_json)
    signed = sure(sign_list(content, secret, utc_now()), Exit.REFUSED, as_json=as_json)
    signature = file.with_name(file.name + SIGNATURE_SUFFIX)
    if (refused := _taken(signature, secret)) is not None:
        refuse(refused, Exit.REFUSED, as_json=as_json)
    files.write(signature, signed.signature, mode=files.PUBLIC_FILE)
    if as_json:
        print_json({"signature": str(signature), "key_id": secret.public.name})
    else:
        out.print(f"Signed by key {secret.public.name}: {signature}", markup=False)


@targets.command("import")
@_FILE
@_SIGNATURE
@json_option
@click.pass_context
def import_(ctx: click.Context, file: Path, signature: Path | None, as_json: bool) -> None:
    """Put the list in FILE in force. Refused, it changes nothing: what was in force stays in force."""
    settings = settings_of(ctx, as_json=as_json)
    content, untrusted_signature = _pair(file, signature, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        directory = Layout.of(settings).lists
        stored = store_list(directory, content, untrusted_signature, settings.authorities, utc_now())
        if isinstance(stored, Refused):
            ledger.note(Kind.LIST_REFUSED, {"faults": len(stored.faults)})
            refuse(stored, Exit.REFUSED, as_json=as_json)
        ledger.note(Kind.LIST_IMPORTED, _noted(stored))
        say_lists(ledger, directory)
    untold = _untold(settings, (stored,))
    _say(stored, in_force=not untold, as_json=as_json)
    if untold:
        print_faults(() if as_json else untold.values())
        end(Exit.DIFFERS)


@targets.command()
@_FILE
@_SIGNATURE
@click.option("--unsigned", is_flag=True, help="Check form and window before signing; needs no configuration.")
@json_option
@click.pass_context
def check(ctx: click.Context, file: Path, signature: Path | None, unsigned: bool, as_json: bool) -> None:
    """Say everything that is wrong with the list in FILE, and change nothing."""
    if unsigned:
        content = sure(read_bounded(file, LIST_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)
        faults = unsigned_faults(read_form(content), utc_now())
    else:
        settings = settings_of(ctx, as_json=as_json)
        faults = _judged(settings, *_pair(file, signature, as_json=as_json))
    if as_json or faults:
        print_faults(faults, as_json=as_json)
    else:
        out.print("Nothing is wrong with it.")
    end(Exit.DIFFERS if faults else Exit.OK)


@targets.command("list")
@click.argument("list_id", required=False)
@json_option
@click.pass_context
def list_(ctx: click.Context, list_id: str | None, as_json: bool) -> None:
    """List the held lists and whether they are in force; with LIST_ID, that list's targets."""
    settings = settings_of(ctx, as_json=as_json)
    lists = load_lists(Layout.of(settings).lists, settings.authorities, utc_now())
    untold = _untold(settings, lists.in_force)
    in_force = tuple(item for item in lists.in_force if item.form.list_id not in untold)
    lists = Lists(lists.held, in_force, (*lists.faults, *untold.values()))
    if list_id is not None:
        _show_targets(sure(_named(lists, list_id), Exit.USAGE, as_json=as_json), as_json=as_json)
    elif as_json:
        described = [{**_described(held), "in_force": held in in_force} for held in lists.held]
        print_json({"lists": described, "faults": [fault.described() for fault in lists.faults]})
    else:
        _show_lists(lists)
    end(Exit.DIFFERS if lists.faults else Exit.OK)


def _untold(settings: Settings, lists: Iterable[AuthorityList]) -> dict[str, Fault]:
    """Return, by id, the lists not in force because no recipient receives all their findings.

    Without any recipient nothing can be scanned at all; that is reported instead.
    """
    audience = audience_of(settings)
    found = {
        entry_list.form.list_id: audience.fault(entry_list.mandate()) for entry_list in lists if settings.recipients
    }
    return {list_id: fault for list_id, fault in found.items() if fault is not None}


def _secret_key(path: Path) -> SecretKey | Refused:
    """Read the key, after asking for its password if it has one."""
    if _is_public(path):
        return Refused((Fault(str(path), "is a public key", "Name the secret key that it belongs to."),))
    file = files.read_secret(path)
    if isinstance(file, Refused):
        return file
    password = ask_password(f"Password of {path}") if needs_password(file) else None
    key = read_secret_key(file, password)
    return Refused((Fault(f"{path}: {key.where}", key.cause, key.fix),)) if isinstance(key, Fault) else key


def _taken(signature: Path, secret: SecretKey) -> Refused | None:
    """Refused where something lies that this key did not sign: another's signature is not lost by a slip."""
    if not signature.exists():
        return None
    held = sure(read_bounded(signature, SIGNATURE_FILE_BYTES_MAX), Exit.CONFIGURATION)
    by = signer_of(held)
    if by == secret.public.name:
        return None
    cause = "is there already, and is no signature" if isinstance(by, Fault) else f"is there already, by key {by}"
    return Refused((Fault(str(signature), cause, f"Move it away to sign with key {secret.public.name}."),))


def _is_public(path: Path) -> bool:
    """Report a public key before its permissions are checked: it may be open to all."""
    content = read_bounded(path, SIGNATURE_FILE_BYTES_MAX) if path.is_file() else b""
    return isinstance(content, bytes) and isinstance(
        MinisignPublicKey.parse(content.decode(errors="replace")), MinisignPublicKey
    )


def _pair(file: Path, signature: Path | None, *, as_json: bool) -> tuple[bytes, bytes | None]:
    """Read a list's bytes and its signature file's; None if there is none."""
    content = sure(read_bounded(file, LIST_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)
    path = signature or file.with_name(file.name + SIGNATURE_SUFFIX)
    if signature is None and not path.exists():
        return content, None
    return content, sure(read_bounded(path, SIGNATURE_FILE_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)


def _judged(settings: Settings, content: bytes, untrusted_signature: bytes | None) -> tuple[Fault, ...]:
    now = utc_now()
    lists = load_lists(Layout.of(settings).lists, settings.authorities, now)
    held = {item.form.list_id: item for item in lists.held}
    verified = verify_list(content, untrusted_signature, settings.authorities, now, held)
    return verified.faults if isinstance(verified, Refused) else ()


def _noted(stored: AuthorityList) -> dict[str, str | int]:
    form = stored.form
    return {
        "list_id": form.list_id,
        "sequence": form.sequence,
        "list_sha256": stored.sha256,
        "key_id": stored.key_id,
        "targets": len(form.targets),
        "valid_until": rfc3339(form.valid_until),
    }


def _described(held: AuthorityList) -> dict[str, str | int]:
    form = held.form
    return {
        **_noted(held),
        "issuer": form.issuer,
        "mandate_reference": form.mandate_reference,
        "legal_basis": form.legal_basis,
        "valid_from": rfc3339(form.valid_from),
    }


def _say(stored: AuthorityList, *, in_force: bool, as_json: bool) -> None:
    if as_json:
        print_json({**_noted(stored), "in_force": in_force})
        return
    form = stored.form
    begins = "In force" if in_force else "Kept, and not in force; it is valid"
    out.print(
        f"{begins} until {rfc3339(form.valid_until)}: {form.list_id}, sequence {form.sequence}, of {form.issuer}; "
        f"{counted(len(form.targets), 'target')}.",
        markup=False,
    )
    if not form.targets:
        err.print("It names no target: nothing is visited under it any more.")


def _named(lists: Lists, list_id: str) -> AuthorityList | Refused:
    found = [held for held in lists.held if held.form.list_id == list_id]
    known = ", ".join(held.form.list_id for held in lists.held) or "none"
    return found[0] if found else Refused((Fault(list_id, "is not a list that is held", f"Held: {known}."),))


def _show_lists(lists: Lists) -> None:
    table = Table("List", "Sequence", "Issuer", "Mandate", "Targets", "Valid until", "In force")
    for held in lists.held:
        form = held.form
        until, answer = f"{form.valid_until:%Y-%m-%d %H:%M} UTC", "yes" if held in lists.in_force else "no"
        cells = (form.list_id, str(form.sequence), form.issuer, form.mandate_reference, str(len(form.targets)))
        table.add_row(*(escape(cell) for cell in cells), until, answer)
    if lists.held:
        out.print(table)
    elif not lists.faults:
        out.print("No list is held. Import one with `sightline targets import FILE`.")
    print_faults(lists.faults)


def _show_targets(held: AuthorityList, *, as_json: bool) -> None:
    """Show every field but the client-authorisation keys, which are secrets."""
    if as_json:
        print_json(
            [target.model_dump(mode="json", exclude={"client_authorisation_key"}) for target in held.form.targets]
        )
        return
    for target in held.form.targets:
        out.print(
            f"{target.address}  every {target.review_interval_hours} h  {target.urgency}  {target.scope}", markup=False
        )
