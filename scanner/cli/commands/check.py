"""`sightline check`: compare local files with the hash lists, to triage a forensic backlog. Read-only, resumable."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import click
from click.core import ParameterSource

from config.exit_codes import Exit
from config.faults import Fault
from config.text import counted
from matcher.matching.examiner import PictureExaminer
from matcher.verdict import Outcome
from matcher.worker.layers import layers_of
from scanner.cli.commands.import_hashes import SHOWN_FAULTS
from scanner.cli.context import settings_of, sure
from scanner.cli.hash_formats import FORMAT_NAMES, accusing, content_options, reader_of
from scanner.cli.local_files import Write, bar, cores, end_of, entries, paths_options, report, say, stopping
from scanner.cli.local_workers import confined, confinement_option, say_lies
from scanner.cli.output import json_option, print_faults
from scanner.local.earlier_report import EarlierReport, nothing_earlier, read_earlier
from scanner.local.examine import Checking, ExaminedFile
from scanner.local.lists import Compared, Meaning, at_rest, of_files
from scanner.local.open_container import ContainerOpener
from scanner.local.ordered_results import in_order
from scanner.local.path_list import ByteStream
from scanner.local.proven_results import proven
from scanner.local.read_file import UnreadFile
from scanner.local.report_lines import as_json as as_json_line
from scanner.local.report_lines import check_line, check_text, ending_of
from scanner.local.tally import NOT_EXAMINED, Tally
from scanner.local.walk import WalkEntry

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_THRESHOLD_BITS = 31
_OF_FILES = {
    "threshold": "threshold",
    "format": "file_format",
    "category": "categories",
    "column": "columns",
    "ignore-column": "ignored",
    "delimiter": "delimiter",
}
_OUTCOMES = (Outcome.MATCHED, Outcome.NO_MATCH, Outcome.UNDECIDED, NOT_EXAMINED)


@click.command()
@paths_options
@confinement_option
@click.option("--hashes", multiple=True, type=_FILE, help="A file of known hashes, instead of a configuration.")
@click.option("--format", "file_format", type=FORMAT_NAMES, default="csv", show_default=True, help="Of --hashes.")
@content_options
@click.option("--threshold", type=click.IntRange(0, 63), help="PDQ threshold in bits, with --hashes.  [default: 31]")
@click.option("--resume", type=_FILE, help="An earlier report, whose paths are not examined again.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the report, as JSON lines, here.")
@json_option
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 - one argument for each option
    ctx: click.Context,
    paths: Sequence[bytes],
    path_list: ByteStream | None,
    workers: int | None,
    without: Sequence[str],
    hashes: Sequence[Path],
    file_format: str,
    categories: tuple[str, ...],
    columns: tuple[str, ...],
    ignored: tuple[str, ...],
    delimiter: str,
    threshold: int | None,
    resume: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compare the files at and below each PATH with the hash lists. Writes nothing but the report.

    PATH may be `-`: the bytes of one picture on standard input. With --json or --out, one JSON line a path. Exits with
    1 if anything matched, and with 9 if nothing could be decided.
    """
    continues = _same(out, resume)
    earlier = nothing_earlier() if continues else _earlier(resume)
    meaning = Meaning(
        reader_of(file_format, columns, delimiter, ignored),
        sure(accusing(file_format, categories), Exit.USAGE),
        _THRESHOLD_BITS if threshold is None else threshold,
    )
    compared = _compared(ctx, hashes, meaning)
    with stopping() as stop, report(out, goes_on=continues) as grown:
        if continues:
            earlier = _earlier(resume)
            grown.cut(earlier.whole_bytes)
        if resume and compared.changed > earlier.written:
            print_faults([_stale(resume)])
        todo = (entry for entry in entries(paths, path_list, grown.own) if entry.path not in earlier.paths)
        recorder = _Recorder(grown.write, earlier.tally, as_json=as_json or bool(out))
        accepted = (*without, *compared.confinement_without)
        with confined(workers or cores(), compared.limits, accepted) as hasher:
            opener = ContainerOpener(hasher.workers, compared.limits.max_picture_bytes, layers_of(accepted))
            with closing(opener):
                examiner = PictureExaminer(hasher, compared.judge)
                work = Checking(examiner, compared.judge, compared.limits.max_picture_bytes, opener)
                _check(todo, work, hasher.workers, stop, recorder)
            say_lies(hasher)
    say(earlier.tally.lines(*_OUTCOMES))
    end_of(stop, _exit_of(earlier.tally))


def _exit_of(tally: Tally) -> Exit:
    """Return the exit code. It is not OK if nothing could be decided, which would look like `no match`."""
    if tally.outcomes[Outcome.MATCHED]:
        return Exit.DIFFERS
    return Exit.UNDECIDED if tally.doubtful and not tally.outcomes[Outcome.NO_MATCH] else Exit.OK


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Writes the line of each path, and counts it."""

    write: Write
    tally: Tally
    as_json: bool

    def __call__(self, entry: WalkEntry, found: ExaminedFile | UnreadFile) -> None:
        """Record the files within a container first: an earlier report with the line of the container has all."""
        for within, file in found.within if isinstance(found, ExaminedFile) else ():
            self._record(entry.path, file, within)
        self._record(entry.path, found)

    def _record(self, path: bytes, found: ExaminedFile | UnreadFile, within: str = "") -> None:
        ending = found if isinstance(found, UnreadFile) else found.ending()
        as_json = self.as_json
        text = as_json_line(check_line(path, ending, within)) if as_json else check_text(path, ending, within)
        if text is not None:
            self.write(text)
        self.tally.add(*ending_of(ending))


def _check(entries: Iterable[WalkEntry], work: Checking, workers: int, stop: Event, record: _Recorder) -> None:
    with bar() as show:
        for entry, found in proven(in_order(entries, work, 2 * workers, stop), work):
            record(entry, found)
            show(record.tally)


def _compared(ctx: click.Context, hashes: Sequence[Path], meaning: Meaning) -> Compared:
    """Return the lists of --hashes, or the installed lists of the configuration."""
    if hashes and ctx.find_root().obj is not None:
        message = "Give either --config or --hashes: pictures are compared with the lists of one of them."
        raise click.UsageError(message)
    if not hashes and (given := [option for option in _OF_FILES if _given(ctx, option)]):
        message = f"--{given[0]} is for --hashes; installed lists have their own."
        raise click.UsageError(message)
    if not hashes:
        return sure(at_rest(settings_of(ctx)), Exit.CONFIGURATION)
    compared = sure(of_files(hashes, meaning), Exit.REFUSED)
    print_faults(compared.faults[:SHOWN_FAULTS])
    if compared.faults:
        say([f"{counted(len(compared.faults), 'record')} or more were rejected."])
    return compared


def _given(ctx: click.Context, option: str) -> bool:
    return ctx.get_parameter_source(_OF_FILES[option]) is ParameterSource.COMMANDLINE


def _earlier(resume: Path | None) -> EarlierReport:
    return sure(read_earlier(resume), Exit.CONFIGURATION) if resume else nothing_earlier()


def _same(out: Path | None, resume: Path | None) -> bool:
    """Return True if the report to write is the earlier report."""
    return out is not None and resume is not None and out.exists() and out.samefile(resume)


def _stale(report_file: Path) -> Fault:
    cause = "is older than the newest change of the hash lists, so its lines were not compared with it"
    return Fault(str(report_file), cause, "Check again without --resume to compare every file with all lists.")
