"""Parts of `check` and `fingerprint`: the paths to examine, the growing report, a progress bar, and a clean stop.

The report goes to standard output or to one new file. Nothing else is opened for writing.
"""

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, Final, NoReturn, TypeVar

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from config.exit_codes import Exit
from config.faults import Fault, Refused
from reports import files
from scanner.cli.output import end, err, refuse, write_out
from scanner.local.path_list import ByteStream, separated
from scanner.local.tally import Tally
from scanner.local.walk import STANDARD_INPUT, Inode, WalkEntry, distinct, listed, walk

Command = TypeVar("Command", bound=Callable[..., Any])
Write = Callable[[str], None]
"""Write one line at once. Ends the command if it cannot be written."""

_PATHS: Final = click.Path(exists=True, readable=False, allow_dash=True, path_type=bytes)
_UNWRITTEN: Final = "Make room or name another place; the report so far is complete, and `--resume` continues it."


def paths_options(command: Command) -> Command:
    """Add PATH..., --from-file0 and --workers to a command."""
    from_file0 = click.option(
        "--from-file0",
        "path_list",
        type=click.File("rb"),
        help="Examine the paths in this file too, each ended by NUL.",
    )
    workers = click.option(
        "--workers",
        type=click.IntRange(1, 256),
        default=None,
        help="Pictures to examine at a time.  [default: one for each core]",
    )
    paths = click.argument("paths", nargs=-1, type=_PATHS, metavar="PATH...")
    return paths(from_file0(workers(command)))


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def entries(paths: Sequence[bytes], path_list: ByteStream | None, reports: frozenset[Inode]) -> Iterator[WalkEntry]:
    """Yield the paths of the command line. Ends the command if there are none, or standard input is used twice."""
    if not paths and path_list is None:
        message = "Name at least one PATH, or a list of paths with --from-file0."
        raise click.UsageError(message)
    if STANDARD_INPUT in paths and getattr(path_list, "name", None) == sys.stdin.name:
        message = "Standard input cannot be both a picture and a list of paths."
        raise click.UsageError(message)
    roots, within = distinct(paths)
    if within:
        which = "is a duplicate or lies" if len(within) == 1 else "are duplicates or lie"
        err.print(f"{len(within):,} of the named paths {which} within another: each is examined once.", markup=False)
    return _each(roots, path_list, reports)


def _each(roots: Iterable[bytes], path_list: ByteStream | None, reports: frozenset[Inode]) -> Iterator[WalkEntry]:
    yield from walk(roots, reports)
    if path_list is not None:
        yield from listed(separated(path_list), reports)


@contextmanager
def stopping() -> Iterator[Event]:
    """Yield an event that the first Ctrl-C or SIGTERM sets; the second ends the program at once."""
    stop = Event()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def on_signal(*_: object) -> None:
        stop.set()
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)

    before = [signal.signal(number, on_signal) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A growing report: how to add a line, which file it is, and how to truncate one that is continued.

    Read a report to continue only after it is locked here: another run may have added lines before.
    """

    write: Write
    own: frozenset[Inode]
    cut: Callable[[int], object]


@contextmanager
def report(path: Path | None, *, goes_on: bool = False) -> Iterator[ReportFile]:
    """Open the report: standard output, a new file, or an existing one to continue, locked meanwhile."""
    if path is None:
        yield ReportFile(_to_standard_output, _inodes(sys.__stdout__.fileno() if sys.__stdout__ else 1), lambda _: None)
        return
    try:
        with files.growing(path, goes_on=goes_on) as file:
            yield ReportFile(lambda line: _append(file, path, line), _inodes(file.fileno()), file.truncate)
    except BlockingIOError:
        fix = "Wait until it ends, or name another file with --out."
        refuse(Refused((Fault(str(path), "another check is writing this report", fix),)), Exit.BUSY)
    except FileExistsError:
        fix = "Name a new file, or continue this one with `--resume` and the same file."
        refuse(Refused((Fault(str(path), "exists, and no report is overwritten", fix),)), Exit.CONFIGURATION)
    except OSError as error:
        _unwritten(str(path), error)


@contextmanager
def bar() -> Iterator[Callable[[Tally], None]]:
    """Show a count of paths on a terminal. The total is unknown until the walk ends."""
    columns = (BarColumn(), TextColumn("{task.completed:,} paths{task.fields[counts]}"), TimeElapsedColumn())
    shown = Progress(
        *columns,
        console=err,
        disable=not err.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # elsewhere, rich would take the report for the terminal
        redirect_stderr=False,
    )
    with shown:
        task = shown.add_task("", total=None, counts="")

        def show(tally: Tally) -> None:
            counts = f", {tally.outcomes['matched']:,} matched, {tally.doubtful:,} undecided"
            shown.update(task, completed=tally.paths, counts=counts)

        yield show


def say(lines: Iterable[str]) -> None:
    """Print the summary on standard error, so that a report on standard output holds paths only."""
    for line in lines:
        err.print(line, markup=False)


def end_of(stop: Event, code: Exit) -> NoReturn:
    """End the command with `code`, or as interrupted after a stop."""
    end(Exit.INTERRUPTED if stop.is_set() else code)


def _to_standard_output(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    write_out()


def _append(file: BinaryIO, path: Path, line: str) -> None:
    rest = memoryview(f"{line}\n".encode())
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        _unwritten(str(path), error)


def _unwritten(where: str, error: OSError) -> NoReturn:
    refuse(Refused((Fault(where, f"cannot be written ({error.strerror})", _UNWRITTEN),)), Exit.STORE)


def _inodes(descriptor: int) -> frozenset[Inode]:
    """Return the inode behind a descriptor, if it is a plain file."""
    with suppress(OSError):
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            return frozenset(((status.st_dev, status.st_ino),))
    return frozenset()
