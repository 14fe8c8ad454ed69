"""The confined workers of `check` and `fingerprint`: no file is decoded without a layer unless that is accepted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import click

from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.text import counted
from matcher.limits import ExaminationLimits
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import ACCEPTABLE, layers_of, named
from scanner.cli.output import err, print_faults, refuse

Command = TypeVar("Command", bound=Callable[..., Any])


def confinement_option(command: Command) -> Command:
    """--confinement-without."""
    return click.option(
        "--confinement-without",
        "without",
        multiple=True,
        type=click.Choice(named(ACCEPTABLE)),
        help="Continue although this machine lacks that layer of the workers' confinement.",
    )(command)


@contextmanager
def confined(workers: int, limits: ExaminationLimits, without: Sequence[str]) -> Iterator[WorkerHasher]:
    """Return a hasher for local files. End the command if its workers lack a layer that is not accepted as absent."""
    with closing(WorkerHasher(workers, limits, accepted=layers_of(without))) as hasher:
        if faults := hasher.check():
            refuse(Refused(faults), Exit.CONFIGURATION)
        if absent := hasher.absent():
            err.print(f"Pictures are decoded without a layer of confinement: {', '.join(absent)}.", markup=False)
        yield hasher


def say_lies(hasher: WorkerHasher) -> None:
    """Report workers that failed their proof. Their pictures were examined again, and no line rests on them."""
    if hasher.lies:
        cause = f"{counted(hasher.lies, 'worker')} answered a known picture wrongly: a file took its worker over"
        fix = "The lines hold: other workers examined those files again. Handle these files with care."
        print_faults((Fault("workers", cause, fix),))
