"""`sightline sites`: each listed site's state and history with causes; pause one, lift a quarantine."""

from datetime import datetime
from typing import Final

import click
from rich.table import Table

from config.clock import rfc3339
from config.exit_codes import Exit
from config.faults import Fault, Refused
from reports.ledger.ledger import PastVisit, ScheduledSite, VisitCounts
from reports.store.overview import ListedState, Overview, state_of
from scanner.cli.commands.control import NO_SITE_YET
from scanner.cli.context import opened_ledger, opened_overview, settings_of, sure
from scanner.cli.output import json_option, out, print_json, refuse
from scanner.schedule.uptime import Span, seen, spans, uptime
from scanner.urls.onion_address import OnionAddress
from scanner.visit.progress import OUTCOMES

_ADDRESS: Final = click.argument("address")
_WIDE: Final = 150
"""Columns that a table with whole addresses needs."""
_SHOWN: Final = 20
"""Visits and spans that people see without --all."""


@click.group()
def sites() -> None:
    """Show listed sites with their histories; pause one, lift a quarantine."""


@sites.command("list")
@click.option("--state", type=click.Choice([state.value for state in ListedState]), help="Only those in this state.")
@click.option("--cause", help="Only those with this outcome of their last visit, in the words of `status`.")
@click.option("--list", "list_id", help="Only those of this authority list.")
@click.option("--limit", type=click.IntRange(min=1), default=1_000, show_default=True, help="The most to list.")
@json_option
@click.pass_context
def list_(
    ctx: click.Context, state: str | None, cause: str | None, list_id: str | None, limit: int, as_json: bool
) -> None:
    """List the sites of the lists in force, by list and address."""
    with opened_overview(settings_of(ctx, as_json=as_json), as_json=as_json) as overview:
        found = overview.sites(None if state is None else ListedState(state), list_id, cause)
        rows: list[ScheduledSite] = []
        more = False
        for item in found:
            if len(rows) == limit:
                more = True
                break
            rows.append(item)
        faults = () if rows else _unknown_words(overview, list_id, cause)
    if faults:
        refuse(Refused(faults), Exit.USAGE, as_json=as_json)
    if as_json:
        print_json({"sites": [_described(row) for row in rows], "more": more})
        return
    if not rows:
        out.print("No site is like that." if state or cause or list_id else NO_SITE_YET, markup=False)
        return
    _show_list(rows)
    if more:
        out.print(f"There are more than {limit}: see them with --limit, or ask for fewer.")


def _unknown_words(overview: Overview, list_id: str | None, cause: str | None) -> tuple[Fault, ...]:
    """Return names of no list and no outcome. An outcome that no site has now is still one."""
    faults, lists = [], overview.lists()
    if list_id is not None and list_id not in lists:
        known = f"Name one of: {', '.join(lists)}." if lists else NO_SITE_YET
        faults.append(Fault(f"--list {list_id}", "is no list that was in force here", known))
    outcomes = {outcome for _, outcome in overview.states()} - {""}
    if cause is not None and cause not in outcomes | OUTCOMES:
        known = f"Name one of: {', '.join(sorted(outcomes))}." if outcomes else "No site was visited yet."
        faults.append(Fault(f"--cause {cause}", "is no outcome of a visit", known))
    return tuple(faults)


def _show_list(rows: list[ScheduledSite]) -> None:
    """Show a table if it fits; else the address, and the rest below it."""
    table = Table("site", "list", "state", "last outcome", "last visit", "next due", box=None)
    for row in rows:
        state, due = state_of(row).value, _due(row)
        cells = (row.key.list_id, state, row.last_outcome, _short(row.last_visit), due)
        if out.width >= _WIDE:
            table.add_row(row.key.address, *cells)
            continue
        last = f"{row.last_outcome}, {_short(row.last_visit)}" if row.last_visit else "never visited"
        out.print(row.key.address, markup=False)
        out.print(f"  {row.key.list_id}: {state}; last: {last}\n  next due: {due}", markup=False)
    if out.width >= _WIDE:
        out.print(table)


@sites.command("show")
@_ADDRESS
@click.option("--all", "everything", is_flag=True, help=f"All visits that are kept, not only the newest {_SHOWN}.")
@json_option
@click.pass_context
def show_(ctx: click.Context, address: str, everything: bool, as_json: bool) -> None:
    """Show a site's state under each list, when it answered and when not, and its visits with causes."""
    with opened_overview(settings_of(ctx, as_json=as_json), as_json=as_json) as overview:
        rows = _rows(overview, address, as_json=as_json)
        found = [(row, overview.history(row.key)) for row in rows]
    if as_json:
        print_json({"address": rows[0].key.address, "lists": [_whole(one, history) for one, history in found]})
        return
    out.print(rows[0].key.address)
    for one, history in found:
        _show(one, history, len(history) if everything else _SHOWN)


@sites.command()
@_ADDRESS
@json_option
@click.pass_context
def pause(ctx: click.Context, address: str, as_json: bool) -> None:
    """Stop visiting this site, under any list, until `sites resume`. A visit under way finishes."""
    _pause(ctx, address, paused=True, as_json=as_json)


@sites.command()
@_ADDRESS
@json_option
@click.pass_context
def resume(ctx: click.Context, address: str, as_json: bool) -> None:
    """Let a paused site be visited again."""
    _pause(ctx, address, paused=False, as_json=as_json)


@sites.command()
@_ADDRESS
@json_option
@click.pass_context
def release(ctx: click.Context, address: str, as_json: bool) -> None:
    """Lift a site's quarantine: it is due now, and its strikes are forgotten."""
    whole = _whole_address(address, as_json=as_json)
    with opened_ledger(settings_of(ctx, as_json=as_json), as_json=as_json) as ledger:
        _rows(ledger.overview(), whole, as_json=as_json)
        released = ledger.release_quarantined(whole)
    if not released:
        fix = "`sightline sites list --state quarantined` names those that are."
        refuse(Refused((Fault(whole, "is not in quarantine", fix),)), Exit.REFUSED, as_json=as_json)
    if as_json:
        print_json({"address": whole, "released": released})
    else:
        out.print(f"Lifted: {whole} is due now.")


def _pause(ctx: click.Context, address: str, *, paused: bool, as_json: bool) -> None:
    whole = _whole_address(address, as_json=as_json)
    with opened_ledger(settings_of(ctx, as_json=as_json), as_json=as_json) as ledger:
        _rows(ledger.overview(), whole, as_json=as_json)
        rows = ledger.pause_site(whole, paused=paused)
    if not rows:
        fix = "`sightline sites list --state paused` names those that are."
        fault = Fault(whole, "is paused already" if paused else "is not paused", fix)
        refuse(Refused((fault,)), Exit.REFUSED, as_json=as_json)
    if as_json:
        print_json({"address": whole, "paused": paused, "lists": rows})
    else:
        out.print(f"{'Paused' if paused else 'Resumed'}: {whole}")


def _whole_address(address: str, *, as_json: bool) -> str:
    text = address.strip().lower()
    parsed = OnionAddress.parse(text if text.endswith(".onion") else f"{text}.onion")
    if isinstance(parsed, Fault):
        refuse(Refused((parsed,)), Exit.USAGE, as_json=as_json)
    return parsed.text


def _rows(overview: Overview, address: str, *, as_json: bool) -> tuple[ScheduledSite, ...]:
    whole = _whole_address(address, as_json=as_json)
    rows = overview.at_address(whole)
    fix = "`sightline sites list` names those that are; a list just imported is taken up with the daemon's next tick."
    fault = Fault(whole, "was never on a list that was in force here", fix)
    return sure(rows or Refused((fault,)), Exit.REFUSED, as_json=as_json)


def _show(one: ScheduledSite, history: tuple[PastVisit, ...], most: int) -> None:
    of, facts = uptime(history), Table.grid(padding=(0, 2))
    share = "no visit tells" if of.share is None else f"at {of.answered} of {of.told} visits ({of.share:.0%})"
    state = state_of(one)
    facts.add_row("list", one.key.list_id)
    facts.add_row("state", f"{state.value}; last outcome: {one.last_outcome}" if one.last_outcome else state.value)
    facts.add_row("urgency", one.urgency.name.lower())
    facts.add_row("answered", f"{share}; last {_short(one.last_up)}")
    facts.add_row("next due", _due(one))
    facts.add_row("failed in a row", str(one.failures))
    if one.strikes:
        facts.add_row("strikes", f"{one.strikes} visits in a row were ended because they killed too many workers")
    out.print(facts)
    _show_spans(spans(history), most)
    table = Table("visit", "ended", "outcome", "read", "failed", "left", "MB", "killed", "tor", box=None)
    table.columns[1].no_wrap = True
    for visit in history[:most]:
        counts = visit.counts
        numbers = (counts.pages_read, counts.pages_failed, counts.pages_left)
        megabytes = f"{counts.received_bytes / 1e6:.1f}"
        cells = (*map(str, numbers), megabytes, str(counts.workers_killed), _own_tor(counts))
        table.add_row(str(visit.attempt), _short(visit.ended), visit.outcome, *cells)
    if history:
        out.print(table)
    if len(history) > most:
        out.print(f"{len(history) - most} older visits: --all shows them.")


def _own_tor(counts: VisitCounts) -> str:
    """Describe the health of our own tor."""
    if not counts.tor_healthy:
        return "ill"
    return "canary silent" if counts.canary_silent else "well"


def _show_spans(found: tuple[Span, ...], most: int) -> None:
    table = Table("from", "until", "visits", "what they showed", box=None)
    for span in found[:most]:
        what = span.seen.value if span.seen.value == span.outcome else f"{span.seen.value}: {span.outcome}"
        table.add_row(_short(span.first), _short(span.last), str(span.visits), what)
    if found:
        out.print(table)


def _short(instant: datetime | None) -> str:
    return "never" if instant is None else f"{instant:%Y-%m-%d %H:%M} UTC"


def _due(one: ScheduledSite) -> str:
    if one.held_by:
        return "is visited now"
    if one.retired or one.paused:
        return "not while it is paused" if one.paused else "not while no list names it"
    return _short(one.due)


def _described(one: ScheduledSite) -> dict[str, object]:
    """Return a row for programs, without closer review: docs/adr/0013."""
    return {
        "address": one.key.address,
        "list": one.key.list_id,
        "state": state_of(one).value,
        "last_outcome": one.last_outcome,
        "last_visit": one.last_visit and rfc3339(one.last_visit),
        "last_answered": one.last_up and rfc3339(one.last_up),
        "next_due": rfc3339(one.due),
        "failures": one.failures,
        "strikes": one.strikes,
        "quarantined_until": one.quarantined_until and rfc3339(one.quarantined_until),
        "paused": one.paused,
        "urgency": one.urgency.name.lower(),
        "visited_now": bool(one.held_by),
    }


def _whole(one: ScheduledSite, history: tuple[PastVisit, ...]) -> dict[str, object]:
    of = uptime(history)
    return {
        **_described(one),
        "uptime": {"answered": of.answered, "visits": of.told, "share": of.share},
        "spans": [_span(span) for span in spans(history)],
        "visits": [_visit(visit) for visit in history],
    }


def _span(span: Span) -> dict[str, object]:
    return {
        "seen": span.seen.value,
        "outcome": span.outcome,
        "from": rfc3339(span.first),
        "until": rfc3339(span.last),
        "visits": span.visits,
    }


def _visit(visit: PastVisit) -> dict[str, object]:
    counts = visit.counts
    return {
        "attempt": visit.attempt,
        "started": rfc3339(counts.started),
        "ended": rfc3339(visit.ended),
        "seen": seen(visit).value,
        "outcome": visit.outcome,
        "pages_read": counts.pages_read,
        "pages_failed": counts.pages_failed,
        "pages_left": counts.pages_left,
        "received_bytes": counts.received_bytes,
        "workers_killed": counts.workers_killed,
        "tor_healthy": counts.tor_healthy,
        "canary_silent": counts.canary_silent,
    }
