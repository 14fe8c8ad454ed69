"""`sightline reports withdraw`: take entries of a hash list back from every referral that they touched."""

from pathlib import Path

import click

from config.clock import utc_now
from scanner.app import sender_of
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.exits import Exit
from scanner.cli.files import read_bounded
from scanner.cli.output import json_option, out, print_json
from scanner.withdrawal import Withdrawal, withdraw

IDS_BYTES_MAX = 64 * 2**20


@click.command("withdraw")
@click.argument("entries", metavar="[ENTRY]...", nargs=-1)
@click.option("--list", "list_name", required=True, help="The list's name here.")
@click.option("--issuer", required=True, help="Who issued the list and takes the entries back.")
@click.option("--reason", default="", help="The issuer's reason, as far as it gave one.")
@click.option("--from", "ids_path", type=click.Path(dir_okay=False, path_type=Path), help="A file with one id a line.")
@json_option
@click.pass_context
def withdraw_(  # noqa: PLR0913, PLR0917 - one argument for each option
    ctx: click.Context,
    entries: tuple[str, ...],
    list_name: str,
    issuer: str,
    reason: str,
    ids_path: Path | None,
    as_json: bool,
) -> None:
    """Tell every recipient that an issuer took entries back. The next referral carries it.

    Which referrals are touched is found from blind tokens; nothing that was sealed is opened.
    """
    settings = settings_of(ctx, as_json=as_json)
    listed = sure(read_bounded(ids_path, IDS_BYTES_MAX), Exit.USAGE, as_json=as_json) if ids_path else b""
    ids = (*entries, *filter(None, listed.decode(errors="replace").split("\n")))
    if not ids:
        raise click.UsageError("name at least one entry, or a file of them with --from")  # noqa: EM101, TRY003 - for people
    with opened_ledger(settings, as_json=as_json) as ledger:
        withdrawal = Withdrawal(list_name, issuer, tuple(one.strip() for one in ids), reason)
        record_id = withdraw(ledger, withdrawal, sender_of(settings), utc_now, test=settings.report.test)
    if as_json:
        print_json({"entries": len(set(ids)), "record": record_id})
        return
    out.print(f"{len(set(ids))} entries are withdrawn; the next referral to each recipient says so.", markup=False)
