"""The recipient's side: open referral files. Needs no configuration, no store and no network.

A referral's text is printed for people with everything from a site made harmless (`reports.safe_text`); `--json` gives
it exactly, in ASCII, so that no terminal acts on it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

import click
from rich.table import Table
from rich.text import Text

from config.clock import rfc3339, utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.text import counted
from config.version import tool_version
from reports import files
from reports.bundle.checks import CheckState
from reports.bundle.verify import Verification, VerifiedReferral
from reports.canonical import plain_form
from reports.formats import FORMS, left_out_of, pieces_of
from reports.formats.html.leads import defanged_value
from reports.record.priority import WEIGHTS, PriorityReason
from reports.record.weights import read_weights, weights_toml
from reports.referral.assemble import assemble
from reports.referral.coverage import outcomes
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from reports.safe_text import defanged
from reports.schemas import REFERRAL, departure
from scanner.cli.files import read_bounded
from scanner.cli.output import end, err, json_option, out, print_faults, sure
from scanner.cli.referral_files import (
    PATH,
    authority_option,
    files_argument,
    identity_option,
    lists_option,
    public_key_option,
    verified_files,
)

SHOWN_MAX: Final = 20
_BY_SUFFIX: Final = frozenset(("json", "html", "pdf", "csv", "xlsx"))
NEAR: Final = timedelta(days=30)
"""How long before a destruction date it counts as near."""
WEIGHTS_BYTES_MAX: Final = 65_536


@click.command("open")
@files_argument
@identity_option
@public_key_option
@lists_option
@authority_option
@click.option("--html", "html_path", type=PATH, help="Write the referral as a page for reading.")
@click.option("--out", "out_path", type=PATH, help="Write the referral in the form that --format names.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), help="For --out; without it, as its name ends, or else json."
)
@click.option("--weights", "weights_path", type=PATH, help="Your own weights of the reasons (TOML).")
@json_option
def open_(  # noqa: PLR0913, PLR0917 - one argument for each option
    paths: tuple[Path, ...],
    identity_path: Path,
    key_path: Path | None,
    list_paths: tuple[Path, ...],
    authority_path: Path | None,
    html_path: Path | None,
    out_path: Path | None,
    form: str | None,
    weights_path: Path | None,
    as_json: bool,
) -> None:
    """Open referral files on the recipient's side. Several are read as one, oldest first."""
    if Path("-") in {html_path, out_path}:
        message = "Name a file: opened findings go to standard output only with --json."
        raise click.UsageError(message)
    form = form or _form_of(out_path)
    weights = sure(_weights(weights_path), Exit.CONFIGURATION, as_json=as_json)
    verified = list(verified_files(paths, identity_path, key_path, list_paths, authority_path, as_json=as_json))
    failing = [fault for path, one in verified for fault in _failing(path, one)]
    if failing:
        print_faults(failing, as_json=as_json)
        end(Exit.REFUSED)
    opened = [one.opened for _, one in verified if one.opened]
    referral = sure(_assembled(opened, weights), Exit.REFUSED, as_json=as_json)
    for path, name in ((html_path, "html"), (out_path, form)):
        if path is not None:
            sure(files.write_new(path, pieces_of(name, referral)), Exit.CONFIGURATION, as_json=as_json)
            err.print(f"Written: {path}", markup=False)
            if left_out := left_out_of(name, referral):
                err.print(left_out, markup=False)
    if as_json:
        click.echo(json.dumps(plain_form(referral), indent=2, sort_keys=True))
        return
    show_referral(referral)


def _form_of(path: Path | None) -> str:
    """Return the form that a file's name implies."""
    suffix = path.suffix[1:].lower() if path else ""
    return suffix if suffix in _BY_SUFFIX else "json"


def _failing(path: Path, verification: Verification) -> Iterator[Fault]:
    fix = "Do not rely on this file. Ask the sender for it again, over another channel."
    for result in verification.results:
        if result.state is CheckState.FAILS:
            yield Fault(f"{path.name}: {result.check}", f"no: {result.words}", fix)


@click.command()
def weights() -> None:
    """Print what each reason counts for, as a file to change and give to `reports open --weights`."""
    click.echo(weights_toml(), nl=False)


def _weights(path: Path | None) -> Mapping[PriorityReason, int] | Refused:
    if path is None:
        return WEIGHTS
    untrusted = read_bounded(path, WEIGHTS_BYTES_MAX)
    return untrusted if isinstance(untrusted, Refused) else read_weights(untrusted, str(path))


def _assembled(opened: Sequence[VerifiedReferral], weights: Mapping[PriorityReason, int]) -> Referral | Refused:
    try:
        referral = assemble(opened, tool_version(), weights)
    except ValueError as error:
        return Refused((Fault("files", str(error), "Open those of each scanner and recipient by themselves."),))
    if fault := departure_of(referral):
        fix = "This is a fault of Sightline; nothing is wrong with the files. Please report it."
        return Refused((Fault("referral", f"does not follow its own schema: {fault}", fix),))
    return referral


def departure_of(referral: Referral) -> str:
    """Return where the referral departs from its own schema, checked picture by picture; else nothing."""
    groups = (referral.images, referral.updates, referral.others, referral.taken_back)
    frame = replace(referral, images=(), updates=(), others=(), taken_back=())
    of_pictures = (departure(plain_form(item), REFERRAL, "image_report") for group in groups for item in group)
    return next(filter(None, chain([departure(plain_form(frame), REFERRAL)], of_pictures)), "")


def show_referral(referral: Referral) -> None:
    """Show the referral in short, on a terminal."""
    for mandate in referral.authority:
        caveat = f"; {mandate.handling}" if mandate.handling else ""
        out.print(f"Mandate    {mandate.issuer}, {mandate.reference}{caveat}", markup=False)
        if mandate.destroy_by is not None:
            out.print(f"           {destroy_words(mandate.destroy_by, utc_now())}", markup=False)
    if referral.identity.test:
        out.print("A test, made in a rehearsal. Nothing in it is a finding.", markup=False)
    _findings("New findings", referral.images)
    _findings("Referred before, seen again", referral.updates)
    _named(
        "Entries that their issuers took back",
        [f"{amendment.entry_id} of {amendment.list_name}: {amendment.reason}" for amendment in referral.amendments],
    )
    if referral.taken_back:
        out.print(
            f"{counted(len(referral.taken_back), 'picture')} no longer counted for that: see --html or --json",
            markup=False,
        )
    _named(
        "Listed files of peer-to-peer networks that pages name",
        [identifier.value.hex() for identifier in referral.identifiers],
    )
    _named("Leads, not fetched", [f"{defanged_value(lead)} ({lead.kind})" for lead in referral.leads])
    _named(
        "Sites that show the same pictures",
        [f"{len(mirror.addresses)} sites: {mirror.words}" for mirror in referral.mirrors],
    )
    table = Table("outcome", "pictures", box=None)
    for name, count in outcomes(referral.coverage.counts):
        table.add_row(name, str(count))
    out.print(table)
    if not referral.integrity.origin_proven:
        err.print("The origin is not proven: give the scanner's key with --public-key.", markup=False)


def destroy_words(destroy_by: datetime, now: datetime) -> str:
    """Describe how long the mandate lets its referrals be kept, and how near that date is."""
    date = f"destroy by {rfc3339(destroy_by)[:16].replace('T', ' ')} UTC"
    if destroy_by <= now:
        return f"DESTROY NOW: the mandate said to {date}; that date has passed"
    left = destroy_by - now
    if left <= NEAR:
        days = "less than a day" if left < timedelta(days=1) else f"{left.days} days" if left.days > 1 else "1 day"
        return f"{date}: {days} left"
    return date


def _findings(title: str, images: Sequence[ImageReport]) -> None:
    table = Table(
        "priority", "what", "tier", "sightings", "sites", "alike", "first at", "SHA-256", title=title, box=None
    )
    for image in images[:SHOWN_MAX]:
        first = Text(defanged(image.sightings[0].place.url or image.sightings[0].place.page_url, most=60))
        total = str(image.priority.total) if image.priority else ""
        counts = (str(len(image.sightings)), str(len(image.addresses)))
        alike = f"{image.cluster_pictures} on {counted(image.cluster_sites, 'site')}" if image.cluster else ""
        table.add_row(total, image.standing, image.tier or "", *counts, alike, first, image.image.sha256.hex()[:12])
    out.print(table if images else Text(f"{title}: none"))
    if len(images) > SHOWN_MAX:
        out.print(f"and {len(images) - SHOWN_MAX} more: see --html or --json", markup=False)


def _named(title: str, lines: Sequence[str]) -> None:
    """Show named files and similar sites; nothing if there are none."""
    if lines:
        out.print(f"{title}: {len(lines):,}", markup=False)
    for line in lines[:SHOWN_MAX]:
        out.print(f"  {line}", markup=False)
