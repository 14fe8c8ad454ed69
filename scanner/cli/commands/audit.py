"""`sightline audit`: verify the log, and export checkpoints of it for others to keep.

Neither needs a secret: with a copy of the store and the scanner's public key, anyone can verify anywhere.
"""

from datetime import datetime
from pathlib import Path

import click
from rich.progress import Progress

from config.clock import rfc3339
from config.exit_codes import Exit
from config.faults import Refused
from config.layout import Layout
from config.text import counted
from reports import files
from reports.crypto.signing import PublicKey, ScannerKey
from reports.log.audit import AuditReport
from reports.log.checkpoint import LARGEST_CHECKPOINT, Checkpoint, open_checkpoint
from reports.log.entry import Kind
from reports.log.timestamps import REPLY_BYTES_MAX, answered, authority_of, keep_request, request
from reports.store.reading import audit_store, stored_checkpoint, stored_lineage
from scanner.cli.context import opened_ledger, own_store, settings_of, sure
from scanner.cli.files import read_bounded
from scanner.cli.output import end, err, json_option, out, print_faults, print_json

PUBLIC_KEY_BYTES_MAX = 4096
_STORE = click.option(
    "--store",
    "store_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The store to read, instead of this scanner's own.",
)


@click.group()
def audit() -> None:
    """Verify every entry of the log, and export checkpoints for others to keep."""


@audit.command()
@_STORE
@click.option("--public-key", type=click.Path(dir_okay=False, path_type=Path), help="The scanner's public key (PEM).")
@click.option("--checkpoint", type=click.Path(dir_okay=False, path_type=Path), help="A checkpoint exported earlier.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context, store_path: Path | None, public_key: Path | None, checkpoint: Path | None, as_json: bool
) -> None:
    """Check every entry, every tree node, the signature, the records, and the log's story.

    With a checkpoint kept elsewhere, also check that nothing was rewritten or cut off since.
    """
    path = store_path or own_store(settings_of(ctx, as_json=as_json), as_json=as_json)
    trusted = sure(_trusted(ctx, public_key, as_json=as_json), Exit.CONFIGURATION, as_json=as_json)
    earlier = sure(_earlier(checkpoint, stored_lineage(path, trusted)), Exit.REFUSED, as_json=as_json)
    with Progress(console=err, transient=True, disable=as_json or not err.is_terminal) as progress:
        task = progress.add_task("Verifying the log", total=None)
        report = audit_store(
            path, (trusted,), earlier, lambda done, of: progress.update(task, completed=done, total=of)
        )
    _say(sure(report, Exit.STORE, as_json=as_json), earlier, as_json=as_json)


@audit.command("checkpoint")
@_STORE
@json_option
@click.pass_context
def checkpoint_(ctx: click.Context, store_path: Path | None, as_json: bool) -> None:
    """Print the signed size and root of the log. Give it to others: it is how a rewritten log is found out."""
    path = store_path or own_store(settings_of(ctx, as_json=as_json), as_json=as_json)
    note = sure(stored_checkpoint(path), Exit.STORE, as_json=as_json)
    if as_json:
        print_json({"checkpoint": note})
    else:
        click.echo(note, nl=False)


@audit.command("timestamp-request")
@click.option(
    "--out", "out_path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The new .tsq file."
)
@click.pass_context
def timestamp_request(ctx: click.Context, out_path: Path) -> None:
    """Write a request (RFC 3161) for a timestamp of the log as it is now: carry it to an authority of your choice.

    Nothing is sent. Bring the reply back with `audit timestamp-add`.
    """
    layout = _own(ctx, as_json=False)
    note = sure(stored_checkpoint(own_store(settings_of(ctx))), Exit.STORE)
    size = int(note.split("\n")[1])
    sure(keep_request(layout.timestamps, note, size), Exit.CONFIGURATION)
    sure(files.write_new(out_path, request(note), mode=files.PUBLIC_FILE), Exit.CONFIGURATION)
    out.print(f"A request for the checkpoint of {counted(size, 'entry', 'entries')}: {out_path}", markup=False)


@audit.command("timestamp-add")
@click.argument("reply_path", metavar="REPLY", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--authority",
    "authority_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The authority's certificates (PEM), its root among them.",
)
@click.pass_context
def timestamp_add(ctx: click.Context, reply_path: Path, authority_path: Path) -> None:
    """Keep the authority's reply (.tsr) if it verifies. Later referrals carry it."""
    settings = settings_of(ctx)
    pem = sure(read_bounded(authority_path, PUBLIC_KEY_BYTES_MAX * 16), Exit.CONFIGURATION)
    authority = sure(authority_of(pem, str(authority_path)), Exit.CONFIGURATION)
    untrusted_reply = sure(read_bounded(reply_path, REPLY_BYTES_MAX), Exit.CONFIGURATION)
    with opened_ledger(settings) as ledger:
        answer = sure(answered(Layout.of(settings).timestamps, untrusted_reply, authority), Exit.REFUSED)
        kept = answer.is_kept()
        if not kept:
            # Logged first: a reply that is kept but not logged could not be added again.
            ledger.note(Kind.TIMESTAMP_ADDED, {"time": rfc3339(answer.at), "sha256": answer.sha256})
            answer.keep()
    words = "Kept already, nothing was changed" if kept else "Kept"
    out.print(f"{words}: the authority saw the log at {rfc3339(answer.at)}.", markup=False)


def _own(ctx: click.Context, *, as_json: bool) -> Layout:
    return Layout.of(settings_of(ctx, as_json=as_json))


def _trusted(ctx: click.Context, public_key: Path | None, *, as_json: bool) -> PublicKey | Refused:
    """Return the key in the named file, or else this scanner's own."""
    if public_key is None:
        key = ScannerKey.load(_own(ctx, as_json=as_json).signing_key)
        return key if isinstance(key, Refused) else key.public
    pem = read_bounded(public_key, PUBLIC_KEY_BYTES_MAX)
    return pem if isinstance(pem, Refused) else PublicKey.from_pem(pem)


def _earlier(path: Path | None, trusted: tuple[PublicKey, ...]) -> Checkpoint | Refused | None:
    if path is None:
        return None
    note = read_bounded(path, LARGEST_CHECKPOINT)
    return note if isinstance(note, Refused) else open_checkpoint(note.decode("utf-8", "replace"), trusted)


def _say(report: AuditReport, earlier: Checkpoint | None, *, as_json: bool) -> None:
    if as_json:
        print_json(_described(report))
    else:
        print_faults(report.faults)
        for line in _lines(report, earlier):
            out.print(line, markup=False)
    end(Exit.OK if report.holds else Exit.DIFFERS)


def _lines(report: AuditReport, earlier: Checkpoint | None) -> list[str]:
    kinds = report.kinds
    visits = counted(kinds[Kind.VISIT_CLAIMED], "visit")
    fetches = counted(kinds[Kind.FETCH_INTENDED], "fetch", "fetches")
    records = counted(kinds[Kind.RECORD_SEALED], "sealed record")
    referrals = counted(kinds[Kind.REFERRAL_MADE], "referral")
    lines = [
        f"Log        {report.origin}",
        f"Entries    {report.size:,}, from {_time(report.first)} to {_time(report.last)}",
        f"Root       {report.root}",
        f"Signed by  {report.key_id or 'no trusted key'}",
        f"Tells of   {visits}, {fetches}, {records}, {referrals}",
    ]
    if report.open_visits:
        waiting = counted(report.open_fetches, "fetch", "fetches")
        lines.append(f"Open       {counted(report.open_visits, 'visit')} with {waiting} under way")
    if report.went_back:
        lie = counted(report.went_back, "entry lies", "entries lie")
        lines.append(f"Clock      {lie} before the one before, the first is entry {report.first_back}: it was set back")
    if earlier is not None and report.holds:
        lines.append(f"Grew from  the checkpoint of {counted(earlier.size, 'entry', 'entries')}")
    faults = counted(report.fault_count, "fault")
    return [*lines, "The log holds." if report.holds else f"The log does not hold: {faults}."]


def _time(time: datetime | None) -> str:
    return rfc3339(time) if time else "-"


def _described(report: AuditReport) -> dict[str, object]:
    return {
        "holds": report.holds,
        "origin": report.origin,
        "entries": report.size,
        "root": report.root,
        "key_id": report.key_id,
        "first": _time(report.first),
        "last": _time(report.last),
        "went_back": report.went_back,
        "first_back": report.first_back,
        "kinds": dict(report.kinds),
        "open_visits": report.open_visits,
        "open_fetches": report.open_fetches,
        "fault_count": report.fault_count,
        "faults": [fault.described() for fault in report.faults],
    }
