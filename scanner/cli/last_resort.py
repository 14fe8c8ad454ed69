"""The last resort: what no command expected. Its text may hold anything, so only its class and its place are told."""

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
    """A command line that is wrong: told to a program here, and to people by click, with the command's usage."""
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
    """The disk did not take or give it: full, read-only, not ours."""
    where = error.filename
    if where is None and error.errno in _NO_ROOM:
        # Whatever else we write to has a name. What standard output still holds must not be tried once more at the end.
        give_up_output()
        where, as_json = "standard output", False
    refuse(Refused((disk_fault(str(where or "a file"), error),)), Exit.STORE, as_json=as_json)


def refuse_unread() -> NoReturn:
    """Whoever read our output went away, as `head` does: no fault, and no success to speak of either."""
    give_up_output()
    end(Exit.UNREAD)


def refuse_unexpected(error: Exception, *, as_json: bool = False) -> NoReturn:
    """A fault of Sightline itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}" if trace is not None else "?"
    cause = f"something happened that was not foreseen ({type(error).__name__} in {place})"
    fault = Fault("sightline", cause, "Please report it, with the command, and without any data.")
    refuse(Refused((fault,)), Exit.FAULT, as_json=as_json)
