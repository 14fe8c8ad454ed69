"""`sightline rehearse`: the whole main job on this machine, on a private Tor network with benign sites."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Refused
from scanner.cli.output import end, err, json_option, out, print_faults, print_json, refuse
from scanner.rehearsal.cli_runner import StepFailed
from scanner.rehearsal.compare import Comparison
from scanner.rehearsal.network.programs import TorPrograms, find_programs
from scanner.rehearsal.network.waiting import NetworkFailed
from scanner.rehearsal.run import OpenedReferral, Rehearsed
from scanner.rehearsal.run import rehearse as rehearsal
from scanner.rehearsal.workspace import clear, fresh_ground, make_ground

READY = 100
ADDRESS_SHOWN = 8
"""Characters of an onion address in a table: enough to tell a rehearsal's sites apart."""


@click.command
@json_option
@click.option(
    "--directory", type=click.Path(file_okay=False, path_type=Path), help="The folder to use; a new one by default."
)
@click.option("--keep", is_flag=True, help="Keep the folder: keys, lists, log, referrals, the logs of each tor.")
@click.option("--tor", default="", help="The tor program; by default from PATH.")
def rehearse(as_json: bool, directory: Path | None, keep: bool, tor: str) -> None:
    """Rehearse the main job: nothing real is contacted, nothing leaves this machine."""
    programs = find_programs(tor)
    if isinstance(programs, Refused):
        refuse(programs, Exit.TOR, as_json=as_json)
    ground = (directory or fresh_ground()).absolute()
    if (occupied := make_ground(ground)) is not None:
        refuse(occupied, Exit.CONFIGURATION, as_json=as_json)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside, it cleans up as on Ctrl-C
    try:
        done = _rehearsed(ground, programs, as_json=as_json, keep=keep)
    except (NetworkFailed, StepFailed) as failure:
        print_faults([failure.fault], as_json=as_json)
        end(Exit.TOR if isinstance(failure, NetworkFailed) else Exit.DIFFERS)
    except KeyboardInterrupt:
        end(Exit.INTERRUPTED)
    _say(done, as_json=as_json)
    end(Exit.OK if done.holds else Exit.DIFFERS)


def _rehearsed(ground: Path, programs: TorPrograms, *, as_json: bool, keep: bool) -> Rehearsed:
    try:
        with _bar() as progress:
            return rehearsal(ground, programs, progress, _step, heard=not as_json and err.is_terminal, keep=keep)
    finally:
        if keep:
            err.print(f"Kept: {ground}", markup=False)
        else:
            clear(ground)


@contextmanager
def _bar() -> Iterator[Callable[[str, int], None]]:
    """Show a bar while the environment starts; each command of the scanner then shows its own."""
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err) as bar:
        task = bar.add_task("", total=READY)

        def show(what: str, percent: int) -> None:
            bar.update(task, description=what, completed=percent)
            if percent >= READY:
                bar.stop()

        yield show


def _step(what: str) -> None:
    err.print(f"[dim]{utc_now():%H:%M:%S}[/] {what}", highlight=False)


def _say(done: Rehearsed, *, as_json: bool) -> None:
    if as_json:
        print_json(described(done))
        return
    out.print(_kinds(done.rows), _sites(done), sep="\n")
    for row in done.rows:
        if not row.holds:
            planted, found = " or ".join(row.expected) or "nothing", " and ".join(row.found) or "nothing"
            out.print(f"{row.picture or row.page} ({row.way}): planted {planted}; found {found}", markup=False)
    for breach in done.breaches:
        out.print(f"{breach.site} was asked: {breach.method} {breach.path}", markup=False)
    for words, value in _statements(done).items():
        out.print(f"{words:<52} {value}", markup=False)
    out.print("[green]Nothing differs.[/]" if done.holds else "[bold red]Something differs.[/]")


def _kinds(rows: Sequence[Comparison]) -> Table:
    """Count the planted things by what must become of them."""
    title = "What was planted, and what the referral tells"
    table = Table("what", "planted", "found", box=None, title=title, title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    for kind in dict.fromkeys(row.kind for row in rows if row.kind):
        alike = [row for row in rows if row.kind == kind]
        table.add_row(kind, str(len(alike)), str(sum(row.holds for row in alike)))
    return table


def _sites(done: Rehearsed) -> Table:
    """Show each site by its own log."""
    table = Table("site", "address", "listed", "requests in its own log", box=None)
    table.columns[3].justify = "right"
    for site in done.sites:
        listed = "yes" if site.listed else "no"
        table.add_row(site.name, f"{site.address[:ADDRESS_SHOWN]}\u2026.onion", listed, str(site.requests))
    return table


def _statements(done: Rehearsed) -> dict[str, object]:
    yes_no = {True: "yes", False: "NO"}
    return {
        "Planted": sum(bool(row.expected) for row in done.rows),
        "Found as planted": sum(row.holds for row in done.rows),
        "Requests to the site that is not listed": done.requests_to_unlisted,
        "Sockets off the loopback": len(done.sockets_off_loopback),
        "Referral opened and verified with the recipient's key": yes_no[done.verified],
        "The log holds": yes_no[done.audit_holds],
        "Findings that the second scan referred again": done.repeated,
        "Faults that the doctor names on this machine": done.doctor_faults,
        "Seconds": round(done.seconds),
    }


def described(done: Rehearsed) -> dict[str, object]:
    """Return the result for programs. `planted` and `found` count; `missing` and `unexpected` name each difference."""
    return {
        "holds": done.holds,
        "planted": sum(bool(row.expected) for row in done.rows),
        "found": sum(row.holds for row in done.rows),
        "missing": [_named(row) for row in done.rows if row.expected and not row.holds],
        "unexpected": [_named(row) for row in done.rows if not row.expected]
        + [f"{breach.site}: {breach.method} {breach.path}" for breach in done.breaches],
        "requests_to_unlisted": done.requests_to_unlisted,
        "sockets_off_loopback": list(done.sockets_off_loopback),
        "referral": _described_referral(done.first),
        "verified": done.verified,
        "second_referral": _described_referral(done.second),
        "repeated": done.repeated,
        "audit_holds": done.audit_holds,
        "doctor_faults": done.doctor_faults,
        "rows": [_named(row) | {"holds": row.holds} for row in done.rows],
        "seconds": round(done.seconds, 1),
    }


def _described_referral(made: Sequence[OpenedReferral]) -> dict[str, object] | None:
    """Describe the referral of one scan; None if there is none. A rehearsal never fills more than one file."""
    if not made:
        return None
    return {"id": made[0].referral_id, "file": str(made[0].path), "verified": made[0].verified}


def _named(row: Comparison) -> dict[str, object]:
    return {
        "page": row.page,
        "picture": row.picture,
        "way": row.way,
        "planted": list(row.expected),
        "found": list(row.found),
    }
