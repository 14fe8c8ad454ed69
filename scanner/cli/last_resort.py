"""The last resort for unexpected errors. Their text may hold anything, so only class and place are reported."""

import errno
import sys
from typing import Final, NoReturn

import click

from config.exit_codes import Exit
from config.faults import Fault, Refused, disk_fault
from config.text import readable
from scanner.cli.output import end, err, give_up_output, refuse

_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))


def refuse_usage(error: click.UsageError, *, as_json: bool) -> NoReturn:
    """Refuse a wrong command line: in JSON for a program, else by click, with the command's usage."""
    if not as_json:
        raise click.UsageError(readable(error.format_message()), error.ctx) from error
    command = error.ctx.command_path if error.ctx else "sightline"
    refuse(Refused((Fault(command, error.format_message(), f"See `{command} --help`."),)), Exit.USAGE, as_json=True)


def refuse_interrupted(*, asked: bool) -> NoReturn:
    """Ctrl-C; or, where something was `asked`, no answer."""
    unheard = asked and not sys.stdin.isatty()
    hint = " A question was not answered: a pipe may answer it in a line, and `--no-password` asks none where offered."
    err.print("Interrupted." + (hint if unheard else ""))
    end(Exit.INTERRUPTED)


def refuse_disk(error: OSError, *, as_json: bool = False) -> NoReturn:
    """Refuse with the disk's error: full, read-only, not ours."""
    where = error.filename
    if where is None and error.errno in _NO_ROOM:
        # Whatever else we write to has a name. What standard output still holds must not be tried once more at the end.
        give_up_output()
        where, as_json = "standard output", False
    refuse(Refused((disk_fault(str(where or "a file"), error),)), Exit.STORE, as_json=as_json)


def refuse_unread() -> NoReturn:
    """End quietly: the reader of our output closed it, as `head` does."""
    give_up_output()
    end(Exit.UNREAD)


def refuse_unexpected(error: Exception, *, as_json: bool = False) -> NoReturn:
    """Report a fault of Sightline itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}" if trace is not None else "?"
    cause = f"something happened that was not foreseen ({type(error).__name__} in {place})"
    fault = Fault("sightline", cause, "Please report it, with the command, and without any data.")
    refuse(Refused((fault,)), Exit.FAULT, as_json=as_json)
