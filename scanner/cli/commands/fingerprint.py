"""`sightline fingerprint`: print digests, readings and hashes of local pictures. Needs no configuration."""

from collections.abc import Iterable, Sequence

import click

from config.exit_codes import Exit
from matcher.fingerprint import Fingerprint
from matcher.limits import ExaminationLimits
from scanner.cli.local_files import bar, cores, end_of, entries, paths_options, report, say, stopping
from scanner.cli.local_workers import confined, confinement_option, say_lies
from scanner.local import hash_list_rows as list_rows
from scanner.local.examine import Fingerprinting
from scanner.local.ordered_results import in_order
from scanner.local.path_list import ByteStream
from scanner.local.proven_results import proven
from scanner.local.read_file import UnreadFile
from scanner.local.report_lines import as_json, fingerprint_line
from scanner.local.tally import Tally


@click.command()
@paths_options
@confinement_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    default="json",
    show_default=True,
    help="JSON lines, or a hash list that `hashes import --format csv` and `check --hashes` read.",
)
def fingerprint(
    paths: Sequence[bytes], path_list: ByteStream | None, workers: int | None, without: Sequence[str], form: str
) -> None:
    """Print digests, readings and perceptual hashes of the files at and below each PATH, one JSON line a path.

    PATH may be `-`: the bytes of one picture on standard input.
    """
    limits, count, tally = ExaminationLimits(), workers or cores(), Tally()
    with stopping() as stop, report(None) as lines:
        found = entries(paths, path_list, lines.own)
        with confined(count, limits, without) as hasher, bar() as show:
            work = Fingerprinting(hasher, limits.max_picture_bytes)
            if form == "csv":
                lines.write(list_rows.head())
            for entry, result in proven(in_order(found, work, 2 * count, stop), work):
                line = fingerprint_line(entry.path, result)
                for text in [as_json(line)] if form == "json" else _rows(result):
                    lines.write(text)
                tally.add(line["outcome"], line["reason"])
                show(tally)
            say_lies(hasher)
        say(tally.lines("hashed", "undecided"))
    end_of(stop, Exit.OK)


def _rows(found: Fingerprint | UnreadFile) -> Iterable[str]:
    return () if isinstance(found, UnreadFile) else list_rows.rows(found)
