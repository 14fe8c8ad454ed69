"""`sightline reports`: list and export referrals; and, on the recipient's side, open and verify them."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from config.clock import rfc3339
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Recipient, Settings
from config.text import counted
from reports import files
from reports.ledger.ledger import Delivery, Destroyed, Ledger
from scanner.cli.commands.open_referral import open_, weights
from scanner.cli.commands.recipient_answers import answer, take_answers
from scanner.cli.commands.verify import verify_
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.output import err, json_option, out, print_faults, print_json, refuse
from scanner.referrals.destruction import destroy_due
from scanner.referrals.dispatch import WrittenReferral, dispatch, make_again
from scanner.referrals.orphaned_records import unheard_fault, unknown_recipients


@click.group()
def reports() -> None:
    """Referrals: make them for recipients; open and verify them on the recipient's side."""


reports.add_command(open_)
reports.add_command(verify_)
reports.add_command(answer)
reports.add_command(take_answers)
reports.add_command(weights)


@reports.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the referrals made, and the number of waiting records for each recipient."""
    settings = settings_of(ctx, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        deliveries = list(ledger.deliveries())
        count = ledger.how_many_wait()
    waiting = {recipient.name: count.get(recipient.first_key, 0) for recipient in settings.recipients}
    unheard = unknown_recipients(count, settings.recipients)
    names = {recipient.first_key: recipient.name for recipient in settings.recipients}
    if as_json:
        print_json(
            {
                "referrals": [_described(delivery, names) for delivery in deliveries],
                "waiting": waiting,
                "waiting_for_unknown": unheard,
            }
        )
        return
    table = Table("referral", "recipient", "made", "records", "file", box=None)
    for delivery in deliveries:
        written = "written" if delivery.file_sha256 else "not finished: export again"
        table.add_row(
            delivery.referral_id,
            names.get(delivery.recipient, delivery.recipient),
            rfc3339(delivery.made),
            str(delivery.records),
            written,
        )
    out.print(table)
    for name, records in waiting.items():
        out.print(f"Waiting for {name}: {counted(records, 'record')}", markup=False)
    print_faults(unheard_fault(key, records) for key, records in unheard.items())


@reports.command()
@click.option("--recipient", "name", required=True, help="A recipient's name in the configuration.")
@click.option("--again", metavar="REFERRAL", help="Write the file of an earlier referral again.")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), help="The folder to write to; else the outbox."
)
@json_option
@click.pass_context
def export(ctx: click.Context, name: str, again: str | None, folder: Path | None, as_json: bool) -> None:
    """Write a recipient's new records as referral files. Exported records are not exported again."""
    settings = settings_of(ctx, as_json=as_json)
    recipient = sure(_recipient(settings, name), Exit.USAGE, as_json=as_json)
    place = folder or Layout.of(settings).outbox
    refused = None if place.is_dir() else files.private_directory(place)
    if refused is not None:
        refuse(refused, Exit.CONFIGURATION, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        made = sure(_made(ledger, recipient, place, again), Exit.REFUSED, as_json=as_json)
    _say(made, as_json=as_json)


@reports.command()
@json_option
@click.pass_context
def destroy(ctx: click.Context, as_json: bool) -> None:
    """Destroy what must be destroyed by now, as authority lists demand. A scanner does it by itself, too."""
    settings = settings_of(ctx, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        gone = destroy_due(ledger, Layout.of(settings).outbox)
    if as_json:
        print_json({"destroyed": [_destroyed(item) for item in gone]})
        return
    for item in gone:
        gone_with = counted(item.records, "record")
        out.print(f"Destroyed as of {rfc3339(item.destroy_by)}: {gone_with}, {item.unsent:,} of them never sent")
    if not gone:
        err.print("Nothing has to be destroyed yet.")


def _destroyed(one: Destroyed) -> dict[str, str | int]:
    return {"destroy_by": rfc3339(one.destroy_by), "records": one.records, "unsent": one.unsent}


def _made(ledger: Ledger, recipient: Recipient, folder: Path, again: str | None) -> Sequence[WrittenReferral] | Refused:
    if again is None:
        return dispatch(ledger, [recipient], folder)
    made = make_again(ledger, recipient, folder, again)
    return made if isinstance(made, Refused) else (made,)


def _recipient(settings: Settings, name: str) -> Recipient | Refused:
    found = next((recipient for recipient in settings.recipients if recipient.name == name), None)
    names = ", ".join(recipient.name for recipient in settings.recipients) or "none"
    return found or Refused((Fault("--recipient", f"{name!r} is not configured", f"Configured are: {names}."),))


def _say(made: Sequence[WrittenReferral], *, as_json: bool) -> None:
    if as_json:
        print_json({"referrals": [_file(item) for item in made]})
        return
    for item in made:
        out.print(
            f"Referral {item.sequence} for {item.recipient}, {counted(item.records, 'record')}: {item.path}",
            markup=False,
        )
    if not made:
        err.print("Nothing is new for this recipient.")


def _file(one: WrittenReferral) -> dict[str, str | int]:
    return {
        "referral": one.referral_id,
        "recipient": one.recipient,
        "sequence": one.sequence,
        "records": one.records,
        "file": str(one.path),
    }


def _described(one: Delivery, names: dict[str, str]) -> dict[str, str | int | bool]:
    return {
        "referral": one.referral_id,
        "recipient": names.get(one.recipient, one.recipient),
        "made": rfc3339(one.made),
        "records": one.records,
        "written": bool(one.file_sha256),
        "file_sha256": one.file_sha256,
    }
