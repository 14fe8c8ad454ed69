"""`sightline status`: what the scanner is doing, what waits, what was done; while it runs and while it does not."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from config.clock import rfc3339, utc_now
from config.exit_codes import Exit
from config.settings import Settings
from config.text import counted
from reports.ledger.ledger import Mode, QueueLane, ScheduledSite
from reports.store.overview import ListedState, Throughput
from scanner.cli.commands.control import NO_SITE_YET, described
from scanner.cli.context import opened_overview, settings_of
from scanner.cli.output import end, json_option, out, print_json
from scanner.daemon.heartbeat import TorSaid
from scanner.daemon.status import Status, status_now

_EVERY_SECONDS: Final = 2.0
_NAMED: Final = 10
"""Sites that are named here; `sites list` names all."""


@click.command()
@click.option("--watch", is_flag=True, help="Refresh every two seconds until Ctrl-C; with --json one line each.")
@json_option
@click.pass_context
def status(ctx: click.Context, watch: bool, as_json: bool) -> None:
    """Show what the scanner does, what waits, and what was done.

    Ends with 1 if no daemon runs or its tor is ill.
    """
    settings = settings_of(ctx, as_json=as_json)
    if watch:
        _watch(settings, as_json=as_json)
        return
    now = _look(settings, as_json=as_json)
    if as_json:
        print_json(_whole(now))
    else:
        out.print(_told(now))
    end(Exit.OK if now.lively and now.tor_is_well else Exit.DIFFERS)


def _watch(settings: Settings, *, as_json: bool) -> None:
    """Refresh until Ctrl-C, the intended end."""
    try:
        if as_json or not out.is_terminal:
            for now in _looks(settings, as_json=as_json):
                click.echo(json.dumps(_whole(now), ensure_ascii=False, sort_keys=True)) if as_json else out.print(
                    _told(now)
                )
            return
        with Live(console=out, auto_refresh=False) as live:
            for now in _looks(settings, as_json=as_json):
                live.update(_told(now), refresh=True)
    except KeyboardInterrupt:
        end(Exit.OK)


def _looks(settings: Settings, *, as_json: bool) -> Iterator[Status]:
    while True:
        yield _look(settings, as_json=as_json)
        time.sleep(_EVERY_SECONDS)


def _look(settings: Settings, *, as_json: bool) -> Status:
    with opened_overview(settings, as_json=as_json) as overview:
        return status_now(overview, utc_now())


def _told(now: Status) -> RenderableType:
    """Return the text for people: within 80 columns."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("scanner", Text(_daemon(now)))
    facts.add_row("mode", Text(_mode(now)))
    facts.add_row("tor", Text(_tor(now)))
    facts.add_row("under way", _under_way(now))
    waiting = ", ".join(f"{now.queue[lane]} {lane.name.lower()}" for lane in QueueLane)
    facts.add_row("queue", f"{sum(now.queue.values())} due: {waiting}")
    facts.add_row("next due", "nothing" if now.next_due is None else _when(now.next_due, now.now))
    facts.add_row("last hour", _done(now.hour))
    facts.add_row("last day", _done(now.day))
    return Group(facts, Text(), _sites(now), *_set_aside(now), *_faults(now))


def _daemon(now: Status) -> str:
    said, at = now.said, now.said_at
    if said is None or at is None:
        return "has not run here yet, or was of another version: start it with `sightline run`"
    if said.ended:
        return f"does not run: it ended {_when(at, now.now)} ({said.ended})"
    if not now.lively:
        return f"has been silent since {_when(at, now.now)}: it was killed, or is busy writing referrals"
    tick = f"tick {said.last_tick_seconds * 1000:.0f} ms, longest {said.longest_tick_seconds * 1000:.0f} ms"
    return f"runs since {said.started[:16].replace('T', ' ')} UTC; last word {_when(at, now.now)}; {tick}"


def _mode(now: Status) -> str:
    control = now.control
    reason = f": {control.reason}" if control.reason else ""
    if control.mode is Mode.RUNNING or control.since is None:
        return "visits are started as they fall due"
    what = {Mode.PAUSED: "paused: starts nothing new", Mode.DRAINING: "draining: ends when its visits have"}
    return f"{what[control.mode]}, since {_when(control.since, now.now)}{reason}"


def _tor(now: Status) -> str:
    tor = now.said.tor if now.said is not None else None
    if tor is None or not now.lively:
        return "unknown while the scanner does not run"
    if tor.healthy:
        return f"{tor.version}, well"
    return f"{tor.version}, not well ({_lacks(tor)}): no visit through it is started until it is"


def _lacks(tor: TorSaid) -> str:
    """Describe what an ill tor lacks: of several, the first that is ill."""
    if not tor.running:
        return "it has ended, or does not answer"
    lacks = (("not bootstrapped", tor.bootstrapped), ("no circuit", tor.circuits_established))
    return ", ".join(word for word, has in lacks if not has) or "no network"


def _under_way(now: Status) -> str:
    most = f" of {now.said.sites_in_parallel}" if now.said is not None else ""
    count = len(now.under_way)
    return (
        f"{count}{most} visits"
        if now.lively or not count
        else f"{count} left by a run that ended early: due once the scanner starts again"
    )


def _done(done: Throughput) -> str:
    killed = f", {done.workers_killed} workers killed" if done.workers_killed else ""
    megabytes = f"{done.received_bytes / 1e6:.1f} MB"
    return (
        f"{counted(done.visits, 'visit')} ({done.failed:,} failed), {counted(done.pages, 'page')}, {megabytes}{killed}"
    )


def _sites(now: Status) -> RenderableType:
    if not now.states:
        return Text(NO_SITE_YET)
    table = Table("sites", "state", "last outcome", box=None)
    table.columns[0].justify = "right"
    for (state, outcome), count in sorted(
        now.states.items(), key=lambda row: (list(ListedState).index(row[0][0]), -row[1])
    ):
        table.add_row(f"{count}", state.value, outcome)
    return table


def _set_aside(now: Status) -> Iterator[RenderableType]:
    for sites, what in ((now.quarantined, "quarantined"), (now.paused, "paused")):
        if sites:
            yield Text(f"\n{what.capitalize()}:")
            yield from (Text(f"  {_named(site)}") for site in sites[:_NAMED])
        if len(sites) > _NAMED:
            yield Text(f"  and {len(sites) - _NAMED} more: `sightline sites list --state {what}`")


def _named(site: ScheduledSite) -> str:
    if site.quarantined_until is None:
        return site.key.address
    why = f"{site.strikes} visits in a row killed too many workers"
    return f"{site.key.address}\n    until {site.quarantined_until:%Y-%m-%d %H:%M} UTC: {why}"


def _faults(now: Status) -> Iterator[RenderableType]:
    for fault in now.said.faults if now.said is not None and now.lively else ():
        yield Text(f"\n\u2717 {fault.where}: {fault.cause}\n  {fault.mend}")


def _when(instant: datetime, now: datetime) -> str:
    """Return a distance in time, and the time itself if it is not near."""
    far = abs(instant - now)
    if far < timedelta(seconds=1):
        return "now"
    words = f"{_length(far)} ago" if instant <= now else f"in {_length(far)}"
    return words if far < timedelta(minutes=2) else f"{words} ({instant:%Y-%m-%d %H:%M} UTC)"


def _length(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for unit, of in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * of:
            return f"{seconds // of} {unit}"
    return f"{seconds} s"


def _whole(now: Status) -> dict[str, object]:
    """Return the result for programs."""
    said = None if now.said is None else now.said.model_dump(mode="json")
    states = [{"state": state.value, "last_outcome": why, "sites": n} for (state, why), n in now.states.items()]
    return {
        "now": rfc3339(now.now),
        "control": described(now.control),
        "daemon": said,
        "daemon_said_at": now.said_at and rfc3339(now.said_at),
        "daemon_runs": now.lively,
        "sites": states,
        "states": {state.value: count for state, count in now.by_state().items()},
        "queue": {lane.name.lower(): now.queue[lane] for lane in QueueLane},
        "under_way": list(now.under_way),
        "next_due": now.next_due and rfc3339(now.next_due),
        "last_hour": _counted(now.hour),
        "last_day": _counted(now.day),
        "quarantined": [_aside(site) for site in now.quarantined],
        "paused": [_aside(site) for site in now.paused],
    }


def _counted(done: Throughput) -> dict[str, int]:
    return {name: getattr(done, name) for name in Throughput.__slots__}


def _aside(site: ScheduledSite) -> dict[str, object]:
    until = site.quarantined_until and rfc3339(site.quarantined_until)
    return {"address": site.key.address, "list": site.key.list_id, "until": until, "strikes": site.strikes}
