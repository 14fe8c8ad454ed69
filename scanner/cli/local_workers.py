"""The confined workers of `check` and `fingerprint`: no file is decoded without a layer that nobody gave up."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import click

from config.faults import Fault, Refused
from config.text import counted
from matcher.limits import Limits
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import ACCEPTABLE, layers_of, named
from scanner.cli.exits import Exit
from scanner.cli.output import err, print_faults, refuse

Command = TypeVar("Command", bound=Callable[..., Any])


def confinement_option(command: Command) -> Command:
    """--confinement-without."""
    return click.option(
        "--confinement-without",
        "without",
        multiple=True,
        type=click.Choice(named(ACCEPTABLE)),
        help="Go on although this machine lacks that layer of the workers' confinement.",
    )(command)


@contextmanager
def confined(workers: int, limits: Limits, without: Sequence[str]) -> Iterator[WorkerHasher]:
    """A hasher for local files. Ends the command when its workers lack a layer that is not accepted as absent."""
    with closing(WorkerHasher(workers, limits, accepted=layers_of(without))) as hasher:
        if faults := hasher.check():
            refuse(Refused(faults), Exit.CONFIGURATION)
        if absent := hasher.absent():
            err.print(f"Pictures are decoded without a layer of confinement: {', '.join(absent)}.", markup=False)
        yield hasher


def doubted(hasher: WorkerHasher) -> bool:
    """Whether a worker failed its proof; says so, and which files' lines are not to be relied on."""
    files, lies = len(hasher.doubted()), hasher.lies
    if lies:
        cause = f"{lies} answered a known picture wrongly, and the lines of up to {counted(files, 'file')} may be wrong"
        print_faults((Fault("workers", cause, "Examine these files again, each by itself, to find the one to blame."),))
    return bool(lies)
