"""`sightline pause`, `resume` and `drain`: what the scanner may start. Asked through the store, and logged."""

from typing import Final

import click

from config.clock import rfc3339, utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from reports.ledger.ledger import ControlState, Mode
from reports.store.overview import Overview
from scanner.cli.context import opened_ledger, opened_overview, settings_of
from scanner.cli.output import json_option, out, print_json, refuse
from scanner.daemon.heartbeat import Heartbeat

_REASON: Final = click.option("--reason", default="", help="The reason, for the log and `status`.")
REASON_MAX: Final = 200
NO_SITE_YET: Final = (
    "No site is known yet. `sightline targets list` tells which lists are in force;\n"
    "their sites stand here from the first `sightline scan --once` or `sightline run` on."
)
"""Of an installation that has taken up no list, whether or not one was imported."""


@click.command()
@_REASON
@json_option
@click.pass_context
def pause(ctx: click.Context, reason: str, as_json: bool) -> None:
    """Stop starting visits until `resume`, even after a restart. Visits under way finish."""
    control = _ask(ctx, Mode.PAUSED, reason, as_json=as_json)
    _say(control, "Paused: no visit is started any more. `sightline resume` ends the pause.", as_json=as_json)


@click.command()
@_REASON
@json_option
@click.pass_context
def resume(ctx: click.Context, reason: str, as_json: bool) -> None:
    """Start visits again, after `pause` or to take a `drain` back. Paused sites stay paused."""
    control = _ask(ctx, Mode.RUNNING, reason, as_json=as_json)
    _say(control, "Resumed: visits are started as they fall due.", as_json=as_json)


@click.command()
@_REASON
@json_option
@click.pass_context
def drain(ctx: click.Context, reason: str, as_json: bool) -> None:
    """Let a running daemon start nothing more, and end when its visits have. The next `run` starts as usual."""
    with opened_overview(settings_of(ctx, as_json=as_json), as_json=as_json) as overview:
        runs, paused = daemon_runs(overview), overview.control().mode is Mode.PAUSED
    if paused:
        fix = "It starts nothing as it is: stop it (SIGTERM) once `status` shows no visit under way; it stays paused."
        refuse(
            Refused((Fault("the scanner", "is paused, and a drain would end the pause", fix),)),
            Exit.REFUSED,
            as_json=as_json,
        )
    if not runs:
        fix = "Nothing needs to be drained. If you want no visits at the next start, `sightline pause`."
        refuse(Refused((Fault("sightline run", "is not running here", fix),)), Exit.REFUSED, as_json=as_json)
    control = _ask(ctx, Mode.DRAINING, reason, as_json=as_json)
    words = "Draining: the daemon ends when the visits under way have; `sightline status --watch` shows them."
    _say(control, words, as_json=as_json)


def daemon_runs(overview: Overview) -> bool:
    """Return True if a daemon has reported recently, and not that it ended."""
    published = overview.published()
    heartbeat = None if published is None else Heartbeat.from_bytes(published.body)
    return published is not None and heartbeat is not None and heartbeat.lively(published.at, utc_now())


def _ask(ctx: click.Context, mode: Mode, reason: str, *, as_json: bool) -> ControlState:
    if len(reason) > REASON_MAX or not reason.isprintable():
        cause = f"is longer than {REASON_MAX} characters, or more than one line of plain text"
        fix = "Say it shorter, without line breaks or other control characters."
        refuse(Refused((Fault("--reason", cause, fix),)), Exit.USAGE, as_json=as_json)
    with opened_ledger(settings_of(ctx, as_json=as_json), as_json=as_json) as ledger:
        return ledger.ask(mode, reason)


def _say(control: ControlState, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(described(control))
    else:
        out.print(sentence)


def described(control: ControlState) -> dict[str, str | None]:
    """Return the mode, for programs."""
    since = None if control.since is None else rfc3339(control.since)
    return {"mode": control.mode.value, "since": since, "reason": control.reason}
