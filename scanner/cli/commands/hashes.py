"""`sightline hashes`: import lists of known material, see what is in force, withdraw entries and put them on hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import click
from rich.table import Table

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from config.text import counted, unfit
from matcher.hash_lists.decisions import Decided
from matcher.hash_lists.hash_list import Chain, HashList
from reports.answers import Said
from reports.log.entry import LONGEST_TEXT, Details, Kind
from scanner.app import sender_of
from scanner.cli.commands.import_hashes import import_
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.hash_lists import described, held_lines, table
from scanner.cli.output import json_option, out, print_json, refuse
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.withdrawal import Withdrawal, withdraw
from scanner.keys.keyring import hash_lists_identity

_LIST = click.argument("name", metavar="LIST")
_ENTRIES = click.argument("entries", metavar="ENTRY...", nargs=-1, required=True)


@click.group()
def hashes() -> None:
    """Lists of known material: import them, see what is in force, withdraw entries, put them on hold."""


hashes.add_command(import_)


@hashes.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """The lists in force: issuer, version, entries, what they can match by, what was withdrawn or is on hold."""
    layout = Layout.of(settings_of(ctx, as_json=as_json))
    identity = sure(hash_lists_identity(layout), Exit.CONFIGURATION, as_json=as_json)
    lists = sure(hash_store.load_all(layout, identity), Exit.CONFIGURATION, as_json=as_json)
    if as_json:
        print_json([described(one) for one in lists])
    elif lists:
        out.print(table(lists))
        for line in held_lines(lists):
            out.print(line, markup=False)
    else:
        out.print("No hash list is in force. Import one with `sightline hashes import`.")


@hashes.command()
@json_option
@click.pass_context
def quality(ctx: click.Context, as_json: bool) -> None:
    """What recipients answered of each list: how often a match was acted on, known already, wrong, or too little."""
    settings = settings_of(ctx, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        said = ledger.list_quality()
    if as_json:
        print_json([{"list": name, "issuer": issuer, **_counts(counts)} for (issuer, name), counts in said.items()])
        return
    shown = Table("list", "issuer", *(one.value for one in Said), box=None)
    for (issuer, name), counts in said.items():
        shown.add_row(name, issuer, *map(str, _counts(counts).values()))
    if said:
        out.print(shown)
    else:
        out.print("No recipient has answered yet. `sightline reports take-answers` takes their answers in.")


def _counts(counts: Mapping[Said, int]) -> dict[str, int]:
    return {said.value: counts[said] for said in Said}


@hashes.command("withdraw")
@_LIST
@_ENTRIES
@click.option("--reason", default="", help="The issuer's reason, if it gave one.")
@json_option
@click.pass_context
def withdraw_(ctx: click.Context, name: str, entries: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Take entries out of LIST on their issuer's word, and tell the recipients of each referral that they touched."""
    if cause := unfit(reason, LONGEST_TEXT):
        refuse(Refused((Fault("--reason", cause, "Say it in one line."),)), Exit.USAGE, as_json=as_json)
    settings = settings_of(ctx, as_json=as_json)
    entries = tuple(dict.fromkeys(entries))
    at_rest = sure(_at_rest(settings, name, entries, "withdrawn"), Exit.REFUSED, as_json=as_json)
    taken_back = Withdrawal(name, at_rest.held.header.issuer, entries, reason)
    with opened_ledger(settings, as_json=as_json) as ledger:
        tell = partial(withdraw, ledger, taken_back, sender_of(settings), utc_now, test=settings.report.test)
        said = sure(at_rest.changed("withdrawn", entries, tell), Exit.REFUSED, as_json=as_json)
    _say(said, f"Withdrawn: {counted(len(entries), 'entry', 'entries')}; the next referrals say so.", as_json=as_json)


@hashes.command()
@_LIST
@_ENTRIES
@click.option("--release", is_flag=True, help="End the hold.")
@json_option
@click.pass_context
def hold(ctx: click.Context, name: str, entries: tuple[str, ...], release: bool, as_json: bool) -> None:
    """Put entries of LIST on hold until a person has reviewed them: they accuse no one, and clear no one."""
    settings = settings_of(ctx, as_json=as_json)
    kind = "released" if release else "held"
    entries = tuple(dict.fromkeys(entries))
    at_rest = sure(_at_rest(settings, name, entries, kind), Exit.REFUSED, as_json=as_json)
    details: Details = {"list": name, "entries": len(entries), "change": kind}
    with opened_ledger(settings, as_json=as_json) as ledger:
        changed = at_rest.changed(kind, entries, lambda: ledger.note(Kind.POLICY, details))
        said = sure(changed, Exit.REFUSED, as_json=as_json)
    what = "In force again" if release else "On hold"
    _say(said, f"{what}: {counted(len(entries), 'entry', 'entries')}.", as_json=as_json)


@dataclass(frozen=True, slots=True)
class _AtRest:
    """A list as it is in force before a change, and what it takes to write one."""

    layout: Layout
    identity: str = field(repr=False)
    held: HashList

    def changed(self, kind: str, entries: tuple[str, ...], logged: hash_store.Logged) -> HashList | Refused:
        """The list after this change, which was logged first."""
        name = self.held.header.name
        said = hash_store.append(
            self.layout, self.identity, name, lambda header: HashList.saying(header, **{kind: entries}), logged
        )
        return said if isinstance(said, Refused) else Chain.of([self.held, said]).folded()


def _at_rest(settings: Settings, name: str, entries: tuple[str, ...], kind: str) -> _AtRest | Refused:
    """The list of this name. Refused when this cannot be said of one of its entries."""
    layout = Layout.of(settings)
    identity = hash_lists_identity(layout)
    if isinstance(identity, Refused):
        return identity
    held = hash_store.load_one(layout, identity, name)
    if isinstance(held, Refused):
        return held
    faults = [Fault(entry, *why) for entry in entries if (why := _why_not(held, entry, kind))]
    return Refused(tuple(faults)) if faults else _AtRest(layout, identity, held)


def _why_not(held: HashList, entry: str, kind: str) -> tuple[str, str] | None:
    """Why this cannot be said of an entry, and what to do about it."""
    if kind == "released":
        withdrawn = any(one.entry_id == entry and one.decided is Decided.WITHDRAWN for one in held.decisions)
        return None if entry in held.held or withdrawn else ("is not on hold", _SEE_STATUS)
    if entry in held.withdrawn:
        return "was withdrawn: it matches nothing any more", "Nothing is left to be done."
    if not len(held.entries.rows_of([entry])):
        return f"is no entry of {held.header.name}", f"Name entries as {held.header.issuer} does."
    return ("is on hold already", _SEE_STATUS) if kind == "held" and entry in held.held else None


_SEE_STATUS: Final = "`sightline hashes status` shows which entries are on hold."


def _say(hash_list: HashList, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(described(hash_list))
    else:
        out.print(words)
