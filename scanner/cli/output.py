"""The commands' output: results to standard output (plain or JSON), everything else to standard error.

Texts of sites, lists, files and folders may hold anything: characters that a terminal would act on are spelt out here,
in one place, for all commands. Colour, width and quiet follow the terminal's conventions (`NO_COLOR`, `COLUMNS`, not a
terminal: no colour, no bars).
"""

import json
import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.text import NOT_SEEN, readable

_PIPED_COLUMNS = 240
"""Nothing is cut off in a file or a pipe: it has no width."""

PASSWORD_CHARACTERS_MAX = 1_024

T = TypeVar("T")


def hold_standard_streams() -> None:
    """Occupy closed standard streams, so that no file of ours ever takes their place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, number)
            if nothing > number:
                os.close(nothing)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we run


def write_out() -> None:
    """Flush standard output. Raise OSError; BrokenPipeError if nobody reads it."""
    sys.stdout.flush()


def give_up_output() -> None:
    """Discard standard output and its buffer."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


class Screen(Console):
    """A console that no text can control: only the program itself draws, colours or names anything.

    No table cell is cut off, because people compare their contents: a long one continues on the next line.
    """

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - rich's, handed on
        """Return a text's form, as long as it will be shown: tables are measured by it."""
        return super().render_str(_lines_readable(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render like a console, without anything invisible."""
        if isinstance(renderable, Table):
            for column in renderable.columns:
                column.overflow = "fold"
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=_lines_readable(segment.text))


def _lines_readable(text: str) -> str:
    return "\n".join(map(readable, text.split("\n")))


hold_standard_streams()
out = Screen(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
err = Screen(stderr=True, highlight=False, soft_wrap=True)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs instead of text for people."
)


def print_json(value: object) -> None:
    """Print one JSON document on standard output."""
    lines = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).split("\n")
    click.echo("\n".join(NOT_SEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in lines))


def print_faults(faults: Iterable[Fault], *, as_json: bool = False) -> None:
    """Print each Fault with its fix: on standard error for people, on standard output for programs."""
    if as_json:
        print_json({"faults": [fault.described() for fault in faults]})
        return
    for fault in faults:
        where, cause, fix = map(readable, (fault.where, fault.cause, fault.fix))
        err.print(Text.assemble(("\u2717", "bold red"), " ", (where, "bold"), f": {cause}\n  {fix}"))


def ask_password(words: str, *, twice: bool = False) -> str:
    """Ask for a password on the terminal, unseen; without a terminal read the next line of standard input.

    `twice`: ask again on a terminal, where a typing error is invisible. Raise click.Abort without an answer.
    """
    if _has_terminal():
        return str(click.prompt(words, hide_input=True, confirmation_prompt=twice, err=True))
    line = sys.stdin.readline(PASSWORD_CHARACTERS_MAX)
    if not line:
        raise click.Abort
    return line.rstrip("\r\n")


def _has_terminal() -> bool:
    """Return True if somebody can be asked: a command in a pipe still has its starting terminal."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def end(code: Exit) -> NoReturn:
    """End the command with a documented exit code."""
    sys.exit(int(code))


def refuse(refused: Refused, code: Exit, *, as_json: bool = False) -> NoReturn:
    """Say every fault and end."""
    print_faults(refused.faults, as_json=as_json)
    end(code)


def sure(value: T | Refused, code: Exit, *, as_json: bool = False) -> T:
    """Return the value, unless it was refused: then end the command with `code` and print every Fault."""
    if isinstance(value, Refused):
        refuse(value, code, as_json=as_json)
    return value
