"""`sightline scan --once` and `sightline run`: visit listed sites, now or as they fall due."""

import gc
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from config.text import counted
from reports.ledger.ledger import Ledger, Mode, SiteKey
from reports.sighting import VisitEnd
from reports.store.errors import StoreFault
from reports.store.overview import ListedState, state_of
from scanner.app import App, Lacking, NotReady, Starting, opened
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.output import end, err, json_option, out, print_faults, print_json, refuse
from scanner.daemon import events as logs
from scanner.daemon.daemon import GRACE_SECONDS, Daemon
from scanner.daemon.metrics import Metrics, serve
from scanner.daemon.once import scan_once
from scanner.doctor.clock import behind_log
from scanner.hash_lists.noisy_entries import Held
from scanner.referrals.destruction import destroy_due
from scanner.referrals.dispatch import WrittenReferral, dispatch
from scanner.visit.progress import says_nothing

_EXITS: Final = {
    Lacking.CONFIGURATION: Exit.CONFIGURATION,
    Lacking.STATE: Exit.BUSY,
    Lacking.STORE: Exit.STORE,
    Lacking.TOR: Exit.TOR,
}
_DONE: Final = 100


@click.command()
@click.option("--once", is_flag=True, required=True, help="Visit every listed site once, now.")
@json_option
@click.pass_context
def scan(ctx: click.Context, once: bool, as_json: bool) -> None:
    """Visit every listed site once and write the referrals to the outbox."""
    del once  # required, because a scan that goes on is `sightline run`
    ended: dict[SiteKey, VisitEnd] = {}
    settings = settings_of(ctx, as_json=as_json)
    _say_if_the_clock_went_back(settings)
    with opened_ledger(settings, as_json=as_json) as ledger:
        _unless_paused(ledger, as_json=as_json)  # before tor is started: a start may take minutes
    with _scanner(ctx, "scan", as_json=as_json) as (app, stop):
        _unless_paused(app.ledger, as_json=as_json)
        _say_left_out(app)
        _judge_again(app, stop)
        with _counting(len(app.lists.listings)) as bar:

            def listen(key: SiteKey, visit: VisitEnd) -> None:
                ended[key] = visit
                bar.advance(bar.task_ids[0])

            scan_once(app, stop, listen, GRACE_SECONDS)
        _judge_again(app, stop)
        destroy_due(app.ledger, app.layout.outbox)
        made = dispatch(app.ledger, app.settings.recipients, app.layout.outbox)
        _say(ended, made, app.flood.told(), app.refused_streams(), as_json=as_json)
    if stop.is_set():
        end(Exit.INTERRUPTED)
    if _given_back(ended):
        end(Exit.DIFFERS)


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Visit listed sites as they fall due, until SIGTERM or Ctrl-C."""
    _say_if_the_clock_went_back(settings_of(ctx))
    with _scanner(ctx, "run", as_json=False) as (app, stop):
        logs.configure(app.settings.log)
        events = logs.Events()
        tor_version = app.tor.recent_health().version
        events.run_started(app.run_id, len(app.lists.listings), len(app.world.examiner.lists()), tor_version)
        daemon = Daemon(app, events, stop)
        recipients = {recipient.first_key: recipient.name for recipient in app.settings.recipients}
        metrics = Metrics(daemon.tallies, app.ledger, recipients, app.world.clock)
        close = sure(serve(app.settings, metrics), Exit.CONFIGURATION)
        try:
            daemon.run()
        finally:
            close()
        events.run_ended(app.run_id, daemon.ended)


def _judge_again(app: App, stop: Event) -> None:
    """Judge kept fingerprints by the lists in force now, if they have changed."""
    rejudging = app.rejudging()
    left = rejudging.left() if app.world.keeps_fingerprints else 0
    if not left:
        return
    columns = (TextColumn("Judging again"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"), TimeElapsedColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("", total=left)
        while not stop.is_set() and (done := rejudging.some()):
            bar.advance(task, done)


def _unless_paused(ledger: Ledger, *, as_json: bool) -> None:
    """End the command if the scanner is paused."""
    control = ledger.control()
    if control.mode is Mode.PAUSED:
        reason = f" ({control.reason})" if control.reason else ""
        fault = Fault("the scanner", f"is paused{reason}", "`sightline resume` ends the pause.")
        refuse(Refused((fault,)), Exit.REFUSED, as_json=as_json)


def _say_if_the_clock_went_back(settings: Settings) -> None:
    """Warn before this run writes anything, so that the log's times never go back without notice."""
    if (fault := behind_log(Layout.of(settings).store, utc_now())) is not None:
        print_faults((fault,))


def _say_left_out(app: App) -> None:
    states = Counter(state_of(site) for site in app.ledger.sites())
    for state in (ListedState.PAUSED, ListedState.QUARANTINED):
        if states[state]:
            err.print(f"Left out, {state.value}: {states[state]} (`sightline sites list --state {state.value}`).")


@contextmanager
def _scanner(ctx: click.Context, purpose: str, *, as_json: bool) -> Iterator[tuple[App, Event]]:
    """Open a scanner that SIGTERM and Ctrl-C stop gently. Faults of the store end the command with their fix."""
    settings = settings_of(ctx, as_json=as_json)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with _starting() as starting, opened(settings, purpose, starting) as app:
            if isinstance(app, NotReady):
                refuse(app.refused, _EXITS[app.lacking], as_json=as_json)
            print_faults(app.lists.faults)
            gc.freeze()  # what the start made stays to the end: the collector need not walk through it time and again
            yield app, stop
    except StoreFault as stopped:
        refuse(Refused((stopped.fault,)), Exit.STORE, as_json=as_json)


@contextmanager
def _starting() -> Iterator[Starting]:
    """Show a bar during the start; none in a journal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("Starting", total=_DONE)

        def show(phase: str, percent: int) -> None:
            bar.update(task, description=phase, completed=percent)
            if percent >= _DONE:
                bar.stop()

        yield show


def _counting(sites: int) -> Progress:
    """Show a bar that counts the visited sites."""
    columns = (TextColumn("Scanning"), BarColumn(), MofNCompleteColumn(), TextColumn("sites"), TimeElapsedColumn())
    bar = Progress(*columns, console=err, auto_refresh=err.is_terminal)
    bar.add_task("", total=sites)
    return bar


def _say(
    ended: Mapping[SiteKey, VisitEnd],
    made: Sequence[WrittenReferral],
    held: Sequence[Held],
    refused: Mapping[str, int],
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json(_whole(ended, made, held, refused))
        return
    table = Table("site", "list", "outcome", "pages read", "failed", "left", box=None)
    for key in sorted(ended):
        visit = ended[key]
        counts = (visit.pages_read, visit.pages_failed, visit.pages_left)
        table.add_row(f"{key.address[:16]}….onion", key.list_id, visit.outcome, *map(str, counts))
    out.print(table)
    for entry in held:
        _say_held(entry)
    for item in made:
        out.print(f"Referral for {item.recipient}: {item.path}")
    _say_of_tor(ended, refused)


def _whole(
    ended: Mapping[SiteKey, VisitEnd], made: Sequence[WrittenReferral], held: Sequence[Held], refused: Mapping[str, int]
) -> dict[str, object]:
    """Return the result for programs."""
    return {
        "visits": [_described(key, ended[key]) for key in sorted(ended)],
        "given_back": _given_back(ended),
        "referrals": [_file(item) for item in made],
        "entries_held": [{"list": item.entry[0], "entry": item.entry[1], "held": item.fault is None} for item in held],
        "refused_streams": dict(refused),
    }


def _say_of_tor(ended: Mapping[SiteKey, VisitEnd], refused: Mapping[str, int]) -> None:
    """Report refused streams, and visits that say nothing of their sites."""
    for why, streams in refused.items():
        if streams:
            err.print(f"Tor's gate refused {counted(streams, 'stream')}: {why}.", highlight=False)
    if given_back := _given_back(ended):
        why = "our own tor failed, the canary was silent, the site asked to wait, or the scan was stopped"
        told = f"Given back: {given_back} of {len(ended)} visits ({why}). Their sites are soon due again."
        err.print(told, highlight=False)


def _given_back(ended: Mapping[SiteKey, VisitEnd]) -> int:
    return sum(map(says_nothing, ended.values()))


def _say_held(held: Held) -> None:
    name, entry_id = held.entry
    if held.fault is not None:
        print_faults([held.fault])
        return
    why = f"it hits on more than {held.more_sites_than} unrelated sites"
    fix = f"Review it; then `sightline hashes hold --release {name} {entry_id}`, or withdraw it."
    print_faults([Fault(f"{name} {entry_id}", f"was put on hold: {why}", fix)])


def _described(key: SiteKey, visit: VisitEnd) -> dict[str, str | int]:
    return {
        "list": key.list_id,
        "address": key.address,
        "outcome": visit.outcome,
        "pages_read": visit.pages_read,
        "pages_failed": visit.pages_failed,
        "pages_left": visit.pages_left,
    }


def _file(one: WrittenReferral) -> dict[str, str | int]:
    return {"recipient": one.recipient, "referral": one.referral_id, "records": one.records, "file": str(one.path)}
