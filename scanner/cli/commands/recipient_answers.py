"""`sightline reports answer`, on the recipient's side, and `reports take-answers`, on the scanner's."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.text import counted
from reports import files
from reports.answers import FORMAT, NOTE_MAX, Answers, RecipientAnswer, Rested, Said, seal_answers
from reports.bundle.verify import VerifiedReferral, opened_or_refused
from reports.record.model import PageRecord
from scanner.cli.context import opened_ledger, settings_of
from scanner.cli.files import read_bounded
from scanner.cli.output import err, json_option, out, print_json, sure
from scanner.cli.referral_files import PATH, identity_option, public_key_option, verified_files

ANSWERS_BYTES_MAX: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer as it was given, and where."""

    where: str
    sha256: str
    said: str
    note: str


@click.command()
@click.argument("path", metavar="REFERRAL", type=PATH)
@identity_option
@public_key_option
@click.option("--out", "out_path", required=True, type=PATH, help="The file of answers, to send to the scanner.")
@click.option(
    "--picture",
    "given",
    type=(str, click.Choice([said.value for said in Said])),
    multiple=True,
    metavar="SHA256 ANSWER",
    help="A picture's SHA-256, and: acted on, duplicate, wrong or needs more. May be repeated.",
)
@click.option("--from", "csv_path", type=PATH, help="CSV file with the columns sha256, answer and note.")
@json_option
def answer(  # noqa: PLR0913, PLR0917 - one argument for each option
    path: Path,
    identity_path: Path,
    key_path: Path | None,
    out_path: Path,
    given: tuple[tuple[str, str], ...],
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """Tell the scanner what became of a referral's pictures. Only that scanner can read it."""
    (_, verification), *_ = verified_files((path,), identity_path, key_path, (), None, as_json=as_json)
    opened = sure(opened_or_refused(verification), Exit.REFUSED, as_json=as_json)
    rows = [GivenAnswer(f"--picture {number}", *one, "") for number, one in enumerate(given, start=1)]
    rows += sure(_rows(csv_path), Exit.CONFIGURATION, as_json=as_json) if csv_path else []
    answers = sure(_answers(opened, rows), Exit.REFUSED, as_json=as_json)
    sure(
        files.write_new(out_path, seal_answers(answers, opened.manifest.answer_key)),
        Exit.CONFIGURATION,
        as_json=as_json,
    )
    if as_json:
        print_json({"referral": answers.referral_id, "answers": len(answers.answers), "file": str(out_path)})
        return
    out.print(f"{counted(len(answers.answers), 'answer')} to referral {answers.referral_id}: {out_path}", markup=False)


@click.command("take-answers")
@click.argument("path", metavar="FILE", type=PATH)
@json_option
@click.pass_context
def take_answers(ctx: click.Context, path: Path, as_json: bool) -> None:
    """Count a recipient's answers: in the quality of hash lists, and in the priority of later findings."""
    settings = settings_of(ctx, as_json=as_json)
    untrusted = sure(read_bounded(path, ANSWERS_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)
    with opened_ledger(settings, as_json=as_json) as ledger:
        answers, new = sure(ledger.take_answers(untrusted), Exit.REFUSED, as_json=as_json)
    counts = {said.value: sum(item.said is said for item in answers.answers) for said in Said}
    if as_json:
        print_json({"referral": answers.referral_id, "answers": counts, "new": new, "wrong": _wrong(answers)})
        return
    told = ", ".join(f"{count} {said}" for said, count in counts.items() if count)
    out.print(f"Answers to referral {answers.referral_id}: {told}; {new} of them new.", markup=False)
    for entry in _wrong(answers):
        words = f"Called wrong: entry {entry['entry']} of {entry['list']}. To look into it: sightline hashes hold"
        err.print(f"{words} {entry['list']} {entry['entry']}", markup=False)


def _wrong(answers: Answers) -> list[dict[str, str]]:
    """Return the entries that were called wrong, each once."""
    entries = dict.fromkeys(entry for item in answers.answers if item.said is Said.WRONG for entry in item.entries)
    return [{"list": item.list_name, "issuer": item.list_issuer, "entry": item.entry_id} for item in entries]


def _rows(path: Path) -> list[GivenAnswer] | Refused:
    content = read_bounded(path, ANSWERS_BYTES_MAX)
    if isinstance(content, Refused):
        return content
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        return [
            GivenAnswer(
                f"{path}, line {table.line_num}", row["sha256"] or "", row["answer"] or "", row.get("note") or ""
            )
            for row in table
        ]
    except (UnicodeDecodeError, csv.Error, KeyError):
        fix = "Write a CSV file in UTF-8 with the columns sha256, answer and, if you like, note."
        return Refused((Fault(str(path), "is no table of answers", fix),))


def _answers(opened: VerifiedReferral, rows: Iterable[GivenAnswer]) -> Answers | Refused:
    """Return the answers, each with the entries that its picture matched. Refuse one for no picture of it."""
    matched = _matched(opened)
    answers: dict[bytes, RecipientAnswer] = {}
    faults: list[Fault] = []
    for row in rows:
        try:
            digest, meant = bytes.fromhex(row.sha256.strip()), Said(row.said.strip().lower())
            answers[digest] = RecipientAnswer(digest, meant, row.note[:NOTE_MAX], tuple(matched[digest]))
        except (ValueError, KeyError):
            cause = "is no picture of this referral, or its answer is none"
            fix = f"Give the SHA-256 of a picture in it, and one of: {', '.join(Said)}."
            faults.append(Fault(row.where, cause, fix))
    if not answers and not faults:
        faults.append(Fault("answers", "there is none", "Give some with --picture or --from."))
    if faults:
        return Refused(tuple(faults))
    return Answers(FORMAT, opened.manifest.referral_id, utc_now(), tuple(answers.values()))


def _matched(opened: VerifiedReferral) -> dict[bytes, list[Rested]]:
    pictures = (
        picture
        for record in opened.records
        if isinstance(record.content, PageRecord)
        for picture in record.content.pictures
    )
    matched: dict[bytes, list[Rested]] = {}
    for picture in pictures:
        entries = [Rested(match.list_name, match.list_issuer, match.entry_id) for match in picture.matches]
        matched.setdefault(picture.image.sha256, []).extend(entries)
    return {digest: list(dict.fromkeys(entries)) for digest, entries in matched.items()}
