"""`sightline rehearse`: the whole main job on this machine, on a private Tor network with benign sites."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.faults import Refused
from scanner.cli.exits import Exit
from scanner.cli.output import end, err, json_option, out, print_faults, print_json, refuse
from scanner.rehearsal.command import StepFailed
from scanner.rehearsal.compare import Row
from scanner.rehearsal.ground import clear, fresh_ground, make_ground
from scanner.rehearsal.programs import TorPrograms, find_programs
from scanner.rehearsal.run import Referral, Rehearsed
from scanner.rehearsal.run import rehearse as rehearsal
from scanner.rehearsal.waiting import NetworkFailed

READY = 100
ADDRESS_SHOWN = 8
"""Characters of an onion address in the table: enough to tell the sites of a rehearsal apart."""


@click.command
@json_option
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), help="Where; a new folder by default.")
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
    """A bar for the stage, which goes when it stands: after it, each command of the scanner shows its own."""
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err) as bar:
        task = bar.add_task("", total=READY)

        def show(what: str, percent: int) -> None:
            bar.update(task, description=what, completed=percent)
            if percent >= READY:
                bar.stop()

        yield show


def _step(what: str) -> None:
    err.print(f"\u2192 {what}", markup=False)


def _say(done: Rehearsed, *, as_json: bool) -> None:
    if as_json:
        print_json(described(done))
        return
    table = Table("page", "picture", "shown by", "planted", "found", "", box=None)
    for row in done.rows:
        mark = "[green]\u2713[/]" if row.holds else "[bold red]\u2717[/]"
        planted, found = " or ".join(row.expected), " and ".join(row.found) or "nothing"
        table.add_row(_short(row.page), _short(row.picture), row.way, planted, found, mark)
    out.print(table)
    for name, value in described(done).items():
        if value not in ([], None):
            out.print(f"{name.replace('_', ' ')}: {value}", markup=False)
    out.print("Nothing differs from what was planted." if done.holds else "[bold red]Something differs.[/]")


def described(done: Rehearsed) -> dict[str, object]:
    """The result for programs. `planted` and `found` count; `missing` and `unexpected` name each difference."""
    return {
        "holds": done.holds,
        "planted": sum(bool(row.expected) for row in done.rows),
        "found": sum(row.holds for row in done.rows),
        "missing": [_named(row) for row in done.rows if row.expected and not row.holds],
        "unexpected": [_named(row) for row in done.rows if not row.expected]
        + [f"{one.site}: {one.method} {one.path}" for one in done.breaches],
        "requests_to_unlisted": done.requests_to_unlisted,
        "sockets_off_loopback": list(done.sockets_off_loopback),
        "referral": _described_referral(done.first),
        "verified": done.verified,
        "second_referral": _described_referral(done.second),
        "repeated": done.repeated,
        "audit_holds": done.audit_holds,
        "doctor_faults": done.doctor_faults,
        "seconds": round(done.seconds, 1),
    }


def _described_referral(made: Sequence[Referral]) -> dict[str, object] | None:
    """Of one scan; None when it made none. A rehearsal is small: there is never more than one file."""
    if not made:
        return None
    return {"id": made[0].referral_id, "file": str(made[0].path), "verified": made[0].verified}


def _named(row: Row) -> dict[str, object]:
    return {
        "page": row.page,
        "picture": row.picture,
        "way": row.way,
        "planted": list(row.expected),
        "found": list(row.found),
    }


def _short(url: str) -> str:
    """An URL without its scheme, its address cut: a table shows many of them."""
    host, slash, path = url.removeprefix("http://").partition("/")
    return f"{host[:ADDRESS_SHOWN]}\u2026{slash}{path}" if url else ""
