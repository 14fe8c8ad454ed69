"""The last resort: what no command expected. Its text may hold anything, so only its class and its place are told."""

from typing import NoReturn

from config.faults import Fault, Refused
from scanner.cli.exits import Exit
from scanner.cli.output import end, err, refuse


def refuse_interrupted() -> NoReturn:
    """Ctrl-C, or no answer where one was needed."""
    err.print("Interrupted. (A question needs a terminal; `--no-password` asks none where it is offered.)")
    end(Exit.INTERRUPTED)


def refuse_disk(error: OSError) -> NoReturn:
    """The disk did not take it: full, read-only, not ours."""
    where = str(error.filename or "the disk")
    mend = "See that there is room, and that this user may write there; nothing was half done."
    refuse(Refused((Fault(where, f"does not allow it ({error.strerror or type(error).__name__})", mend),)), Exit.STORE)


def refuse_unexpected(error: Exception) -> NoReturn:
    """A fault of Sightline itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}" if trace is not None else "?"
    cause = f"something happened that was not foreseen ({type(error).__name__} in {place})"
    fault = Fault("sightline", cause, "Please report it, with the command, and without any data.")
    refuse(Refused((fault,)), Exit.FAULT)
