"""`sightline hashes import`: a file of known hashes becomes a list in force, or a change to one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import click

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from config.text import counted, unfit
from matcher.hash_lists.decisions import Decided, applying, replaced_ids, reused_ids
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.formats.registry import FORMATS
from matcher.hash_lists.hash_list import Chain, HashList
from matcher.hash_lists.importing import Imported, import_pages
from matcher.picture.detail import entries_on_little
from matcher.verdict import ListKind
from reports.ledger.ledger import Ledger
from reports.log.entry import LONGEST_TEXT, Kind
from scanner.app import sender_of
from scanner.cli.context import opened_ledger, settings_of, sure
from scanner.cli.hash_formats import FORMAT_NAMES, Categories, accusing, content_options, reader_of
from scanner.cli.hash_lists import carrying_line, count_hashes, described
from scanner.cli.output import end, err, json_option, out, print_faults, print_json, refuse
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.withdrawal import Withdrawal, withdraw
from scanner.keys.keyring import hash_lists_identity

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
T = TypeVar("T")
SHOWN_FAULTS: Final = 20
_FEW: Final = 10
_KINDS: Final = click.Choice([kind.value for kind in ListKind if kind is not ListKind.NOT_DECLARED])
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=_EXISTING)
@click.option("--format", "file_format", type=FORMAT_NAMES, required=True, help="The files' format.")
@click.option("--list", "name", required=True, help="The list's name: lower-case letters, digits, `-`, `_`, `.`.")
@click.option("--issuer", required=True, help="The list's issuer.")
@click.option("--list-version", "version", default="", help="The issuer's version; else the start of the SHA-256.")
@click.option("--category-scheme", "scheme", default="", help="What the categories mean, such as a national scale.")
@click.option("--kind", type=_KINDS, help="What the list is a list of; needed where the format does not say it.")
@click.option("--threshold", type=click.IntRange(0, 63), default=31, show_default=True, help="PDQ threshold in bits.")
@content_options
@click.option("--change", is_flag=True, help="Change the list in force: additions and withdrawals.")
@click.option("--smaller", is_flag=True, help="Accept that the list lost more than a tenth of its entries.")
@click.option("--harmless", is_flag=True, help="Import a negative bank: pictures known to be harmless.")
@json_option
@click.pass_context
def import_(ctx: click.Context, /, paths: tuple[Path, ...], file_format: str, as_json: bool, **said: object) -> None:
    """Import FILE (all pages of a feed, in their order) as a list, in place of its earlier version.

    A truncated file is refused whole; a bad record is kept out and named by its line.
    """
    settings = settings_of(ctx, as_json=as_json)
    layout = Layout.of(settings)
    identity = sure(hash_lists_identity(layout), Exit.CONFIGURATION, as_json=as_json)
    held = hash_store.load_one(layout, identity, str(said["name"]))
    header, categories = sure(_header(file_format, said, held), Exit.USAGE, as_json=as_json)
    sure(_plain_files(paths), Exit.REFUSED, as_json=as_json)
    columns = said["columns"] if isinstance(said["columns"], tuple) else ()
    ignored = said["ignored"] if isinstance(said["ignored"], tuple) else ()
    reader = reader_of(file_format, columns, str(said["delimiter"]), ignored)
    with ExitStack() as stack, opened_ledger(settings, as_json=as_json) as ledger, err.status("Importing"):
        pages = [(str(path) if len(paths) > 1 else "", stack.enter_context(path.open("rb"))) for path in paths]
        read = import_pages(pages, reader, header, categories)
        change, smaller = bool(said["change"]), bool(said["smaller"])
        if not isinstance(read, Refused):
            read = _expected(read, held, change=change, smaller=smaller)
        imported = _accepted(ledger, header.name, read, as_json=as_json)
        fates = _fates(imported.hash_list, held)
        logged = partial(_log, ledger, settings, imported, len(fates.in_force_again))
        stored = _kept(layout, identity, imported, held, logged, change=change)
        kept = _accepted(ledger, header.name, stored, as_json=as_json)
    _say(imported, kept, 0 if isinstance(held, Refused) else len(held), fates, as_json=as_json)
    end(Exit.DIFFERS if imported.kept_out or imported.dropped_fields else Exit.OK)


def _accepted(ledger: Ledger, name: str, one: T | Refused, *, as_json: bool) -> T:
    """What was accepted; a refusal is logged, and ends the command."""
    if isinstance(one, Refused):
        ledger.note(Kind.HASH_LIST_REFUSED, {"list": name, "faults": len(one.faults)})
        refuse(one, Exit.REFUSED, as_json=as_json)
    return one


def _plain_files(paths: Sequence[Path]) -> Sequence[Path] | Refused:
    """Each once. Anything else might never end."""
    fix = "A pipe might never end: save it as a file first, and name that."
    odd = [Fault(str(path), "is not a plain file", fix) for path in paths if not path.is_file()]
    named = Counter(path.resolve() for path in paths)
    odd += [Fault(str(path), "is named twice", "Name each file once.") for path, times in named.items() if times > 1]
    return Refused(tuple(odd)) if odd else paths


def _header(
    file_format: str, said: dict[str, object], held: HashList | Refused
) -> tuple[ListHeader, Categories] | Refused:
    if not NAME.fullmatch(str(said["name"])):
        fix = "Use lower-case letters, digits, `-`, `_` and `.`, at most 64, the first a letter or digit."
        return Refused((Fault("--list", "not a name for a list", fix),))
    if faults := _unfit(said):
        return Refused(faults)
    known = FORMATS.get(file_format)
    categories = accusing(file_format, said["categories"] if isinstance(said["categories"], tuple) else ())
    if isinstance(categories, Refused):
        return categories
    kind = _kind(file_format, said, held)
    if isinstance(kind, Refused):
        return kind
    header = ListHeader(
        name=str(said["name"]),
        issuer=str(said["issuer"]),
        version=str(said["version"]),
        category_scheme=str(said["scheme"]) or (known.scheme if known is not None else ""),
        sha256="",
        pdq_threshold_bits=int(str(said["threshold"])),
        harmless=kind is ListKind.KNOWN_GOOD,
        kind=kind,
    )
    return header, categories


def _kind(file_format: str, said: dict[str, object], held: HashList | Refused) -> ListKind | Refused:
    """Return what the list is a list of: as named, as the format says, or as declared for its earlier version."""
    named = ListKind(str(said["kind"])) if said["kind"] else None
    if said["harmless"]:
        if named not in {None, ListKind.KNOWN_GOOD}:
            return Refused((Fault("--kind", f"a harmless list is not {named}", "Leave out --harmless or --kind."),))
        named = ListKind.KNOWN_GOOD
    earlier = held.header.kind if isinstance(held, HashList) else ListKind.NOT_DECLARED
    of_format = FORMATS[file_format].kind if file_format in FORMATS else None
    if kind := named or (earlier if earlier is not ListKind.NOT_DECLARED else of_format):
        return kind
    fix = f"Name it with --kind: {', '.join(_KINDS.choices)}. Reports for one kind leave the others out."
    return Refused((Fault("--kind", f"a {file_format} file does not say what the list is a list of", fix),))


def _unfit(said: dict[str, object]) -> tuple[Fault, ...]:
    """What cannot stand in the log and in every record that names the list."""
    options = {"--issuer": "issuer", "--list-version": "version", "--category-scheme": "scheme"}
    texts = {option: str(said[name]) for option, name in options.items()}
    causes = {option: unfit(text, LONGEST_TEXT) for option, text in texts.items()}
    if not texts["--issuer"].strip():
        causes["--issuer"] = "is empty"
    return tuple(Fault(option, cause, "Give it as one short line.") for option, cause in causes.items() if cause)


def _expected(imported: Imported, held: HashList | Refused, *, change: bool, smaller: bool) -> Imported | Refused:
    """Refused where a list would be emptied, pass to another issuer, or be so small that its file was surely cut."""
    issuer = imported.hash_list.header.issuer
    if isinstance(held, HashList) and held.header.issuer != issuer:
        cause = f"is the name of a list of {held.header.issuer}, not of {issuer}"
        fix = "Give the list of another issuer a name of its own, or the issuer as it was named before."
        return Refused((Fault("--list", cause, fix),))
    now, before = len(imported.hash_list), 0 if isinstance(held, Refused) else len(held)
    if change or (now and (smaller or before - now <= max(_FEW, before // 10))):
        return imported
    fix = "Ask its issuer for it again. To take single entries out, use `sightline hashes withdraw`."
    cause = "holds no entry, and would empty the list"
    if now:
        cause = f"holds {now:,} entries where {before:,} are in force: it may have been cut short between two lines"
        fix = "Fetch it again and compare its size; where it is right, say so with --smaller."
    return Refused((Fault("the file", cause, fix),))


def _kept(
    layout: Layout,
    identity: str,
    imported: Imported,
    held: HashList | Refused,
    logged: hash_store.Logged,
    *,
    change: bool,
) -> HashList | Refused:
    """The list as it is in force from now on, once logged. What a person said of single entries outlives an edition."""
    new = _holding_little(imported.hash_list, held)
    if not change:
        earlier = [held.without_entries()] if isinstance(held, HashList) else []
        edition = Chain.of([*earlier, new]).folded()
        return hash_store.keep(layout, identity, edition, logged) or edition
    if isinstance(held, Refused):
        return held

    def said(newest: ListHeader) -> HashList:
        checkpoint = max(newest.checkpoint, new.header.checkpoint)
        return replace(new, header=replace(new.header, checkpoint=checkpoint))

    appended = hash_store.append(layout, identity, new.header.name, said, logged)
    return appended if isinstance(appended, Refused) else Chain.of([held, appended]).folded()


def _holding_little(new: HashList, held: HashList | Refused) -> HashList:
    """Return the list with entries held that carry a PDQ of too little detail and no digest, unless released before."""
    without_digest, _ = entries_on_little(new.entries)
    decisions = held.all_decisions() if isinstance(held, HashList) else ()
    released = {
        new.entries.ids[row]
        for row, decision in applying(new.entries, decisions)
        if decision.decided is Decided.RELEASED
    }
    return replace(new, held=(*new.held, *(one for one in without_digest if one not in released)))


@dataclass(frozen=True, slots=True)
class _Fates:
    """What became of earlier decisions about entries that this import lists, by the entries' ids."""

    in_force_again: tuple[str, ...] = ()
    """Withdrawn by the issuer before, and listed again."""
    still_withdrawn: tuple[str, ...] = ()
    """Withdrawn here by hand: they stay so until they are released."""
    carried: tuple[str, ...] = ()
    """On hold, released or withdrawn under another id before: they share a hash."""
    replaced: tuple[str, ...] = ()
    """Names of other pictures than before: no decision carries."""


def _fates(new: HashList, held: HashList | Refused) -> _Fates:
    if isinstance(held, Refused):
        return _Fates()
    decisions = held.all_decisions()
    applied = [(new.entries.ids[row], decision) for row, decision in applying(new.entries, decisions)]
    still = {entry_id for entry_id, decision in applied if decision.decided is Decided.WITHDRAWN}
    by_hand = {decision.entry_id for decision in decisions if decision.decided is Decided.WITHDRAWN}
    listed = {new.entries.ids[row] for row in new.entries.rows_of(held.withdrawn).tolist()}
    ids = {decision.entry_id for decision in decisions}
    return _Fates(
        in_force_again=tuple(sorted(listed - set(new.withdrawn) - still - by_hand)),
        still_withdrawn=tuple(sorted(still)),
        carried=tuple(sorted({entry_id for entry_id, _ in applied} - ids)),
        replaced=tuple(sorted({*replaced_ids(held.entries, new.entries), *reused_ids(new.entries, decisions)})),
    )


def _log(ledger: Ledger, settings: Settings, imported: Imported, again: int) -> None:
    """The import; and what the issuer withdrew goes to the recipients of the referrals that it touched."""
    one, header = imported.hash_list, imported.hash_list.header
    noted = {"list": header.name, "version": header.version, "sha256": header.sha256}
    counts = {"entries": len(one), "kept_out": imported.kept_out, "in_force_again": again}
    ledger.note(Kind.HASH_LIST_IMPORTED, {**noted, **counts})
    if one.withdrawn:
        taken_back = Withdrawal(header.name, header.issuer, one.withdrawn, "withdrawn by its issuer")
        withdraw(ledger, taken_back, sender_of(settings), utc_now, test=settings.report.test)


def _say(imported: Imported, kept: HashList, earlier: int, fates: _Fates, *, as_json: bool) -> None:
    if as_json:
        more = {
            "entries_before": earlier,
            "in_force_again": list(fates.in_force_again),
            "still_withdrawn": list(fates.still_withdrawn),
            "carried": list(fates.carried),
            "replaced": len(fates.replaced),
            "same_id": imported.hash_list.entries.repeated(),
            "kept_out": imported.kept_out,
            "dropped_fields": imported.dropped_fields,
            "imported": {"entries": len(imported.hash_list), "carrying": count_hashes(imported.hash_list)},
            "faults": [fault.described() for fault in imported.faults],
            "passed_over": dict(imported.passed_over),
            "unfinished": imported.unfinished,
            "too_little_detail": _on_little(imported),
        }
        print_json(described(kept) | more)
        return
    print_faults(imported.faults[:SHOWN_FAULTS])
    for line in _lines(imported, kept, earlier, fates):
        out.print(line, markup=False)


def _lines(imported: Imported, kept: HashList, earlier: int, fates: _Fates) -> Sequence[str]:
    lines = [f"In force: {counted(len(kept), 'entry', 'entries')} of {kept.header.name} {kept.header.version}."]
    lines.append(carrying_line(count_hashes(imported.hash_list)))
    if earlier > len(kept):
        lines.append(f"Before, there were {earlier:,}: see that none is missing.")
    if same := imported.hash_list.entries.repeated():
        have = "entry has" if same == 1 else "entries have"
        lines.append(f"{same:,} {have} the id of an earlier one: see that no file came twice.")
    lines += _fate_lines(fates, kept)
    lines += _little_lines(imported, kept)
    if imported.kept_out:
        lines.append(f"Kept out: {counted(imported.kept_out, 'bad record')}.")
    if imported.dropped_fields:
        lines.append(f"Left out of their records: {counted(imported.dropped_fields, 'field')} that cannot be read.")
    lines += [f"Passed over: {counted(count, 'record')}, {why}." for why, count in imported.passed_over.items()]
    if imported.hash_list.withdrawn:
        withdrawn = counted(len(imported.hash_list.withdrawn), "entry", "entries")
        lines.append(f"Withdrawn: {withdrawn}; the next referrals say so.")
    if imported.unfinished:
        lines.append("The feed has further pages: its checkpoint has not moved. Import them all in one command.")
    return lines


def _on_little(imported: Imported) -> dict[str, list[str]]:
    """Return the entries whose PDQ shows too little detail, by their ids."""
    without_digest, with_digest = entries_on_little(imported.hash_list.entries)
    return {"without_digest": without_digest, "with_digest": with_digest}


def _little_lines(imported: Imported, kept: HashList) -> list[str]:
    """Say which entries' PDQ shows too little detail to accuse anyone by its looks."""
    found, lines = _on_little(imported), []
    if ids := found["without_digest"]:
        named = ", ".join(ids[:SHOWN_FAULTS])
        entries = counted(len(ids), "entry", "entries")
        lines.append(
            f"On hold: {entries} whose PDQ shows too little detail and that carry no digest: {named}. After a review: "
            f"`sightline hashes hold {kept.header.name} ENTRY --release`."
        )
    if ids := found["with_digest"]:
        entries = counted(len(ids), "entry", "entries")
        lines.append(f"Found by their digests only: {entries} whose PDQ shows too little detail.")
    return lines


def _fate_lines(fates: _Fates, kept: HashList) -> Iterator[str]:
    if fates.in_force_again:
        yield _again_line(fates.in_force_again, kept)
    if fates.still_withdrawn:
        yield (
            f"Still withdrawn: {_some(fates.still_withdrawn)}, although this file lists them. If "
            f"{kept.header.issuer} means that, run `sightline hashes hold --release {kept.header.name} ENTRY`, "
            "and import again."
        )
    if fates.carried:
        yield f"Decisions carried over to entries with another id that share a hash: {_some(fates.carried)}."
    if fates.replaced:
        yield f"Replaced: {len(fates.replaced):,}; ids that name another picture than before: {_some(fates.replaced)}."


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN_FAULTS:,} more" if len(ids) > SHOWN_FAULTS else ""
    return ", ".join(ids[:SHOWN_FAULTS]) + more


def _again_line(again: Sequence[str], kept: HashList) -> str:
    """That what was taken back accuses again: an edition that is older than the withdrawal does this as well."""
    ids = _some(again)
    entries = "1 entry that was withdrawn is" if len(again) == 1 else f"{len(again):,} entries that were withdrawn are"
    return (
        f"{entries} in force again, for this file lists them: {ids}. Unless {kept.header.issuer} means that, take them "
        f"out again: `sightline hashes withdraw {kept.header.name} ENTRY`."
    )
