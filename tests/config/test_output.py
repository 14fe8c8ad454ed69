"""What commands print: no text, wherever it came from, reaches a terminal as anything but text."""

import json
from io import StringIO
from typing import Literal

import pytest
from click.testing import CliRunner
from rich.console import Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from config.exit_codes import Exit
from config.faults import Fault
from config.settings import Log
from reports.bundle.checks import Check, CheckState, Result
from scanner.cli.commands.verify import _told
from scanner.cli.main import main
from scanner.cli.output import Screen, err, out, print_faults, print_json
from scanner.daemon import events as logs

HOSTILE = "\x1b[31mred\x1b]0;title\x9c \x9b1m \N{RIGHT-TO-LEFT OVERRIDE}abc \udcff"
SPELT = r"\x1b[31mred\x1b]0;title\x9c \x9b1m \u202eabc \udcff"

KEY_ID = 64 * "7"
KEY_TOLD = Result(Check.SIGNATURE, CheckState.HOLDS, f"by {KEY_ID}")


def table(text: str) -> Table:
    made = Table(text, box=None)
    made.add_row(text)
    return made


@pytest.mark.parametrize(
    "renderable",
    [HOSTILE, Text(HOSTILE), table(HOSTILE), Spinner("dots", text=Text(HOSTILE))],
    ids=["a string", "a text", "a table", "a spinner"],
)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_whatever_is_printed_is_spelt_out(renderable: RenderableType, is_terminal: bool) -> None:  # noqa: FBT001
    shown = StringIO()
    Screen(file=shown, force_terminal=is_terminal, color_system=None, soft_wrap=True, width=240).print(renderable)
    assert SPELT in shown.getvalue()
    assert not set(shown.getvalue()) & set("\x1b\x07\x9b\N{RIGHT-TO-LEFT OVERRIDE}\udcff")


def test_colours_of_our_own_and_line_breaks_stay() -> None:
    shown = StringIO()
    Screen(file=shown, force_terminal=True, color_system="standard", highlight=False).print("[red]a[/]\nb")
    assert shown.getvalue() == "\x1b[31ma\x1b[0m\nb\n"


@pytest.mark.parametrize("columns", [20, 40, 80])
@pytest.mark.parametrize("renderable", [_told("a file", [KEY_TOLD]), Group(_told("a file", [KEY_TOLD]))])
def test_what_people_compare_is_never_cut(renderable: RenderableType, columns: int) -> None:
    shown = StringIO()
    Screen(file=shown, soft_wrap=True, width=columns).print(renderable)
    assert shown.getvalue().count("7") == len(KEY_ID)
    assert "\u2026" not in shown.getvalue()


def test_both_consoles_are_such_screens() -> None:
    assert isinstance(out, Screen)
    assert isinstance(err, Screen)


def test_a_fault_is_three_texts_of_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_faults([Fault("a\n\x1b[31mb", r"c \[bold]d[/] [red]e", "f\ng")])
    shown = capsys.readouterr().err
    assert shown == "\u2717 a\\n\\x1b[31mb: c \\[bold]d[/] [red]e\n  f\\ng\n"


def test_a_command_line_that_is_wrong_is_spelt_out() -> None:
    for words in (["hashes", "import", "\x1b[31m", "--format", "csv"], ["hashes", "\x9b1m"], ["check", "--\x1b[31m"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == Exit.USAGE
        assert "Usage: " in done.output
        assert not set(done.output) & set("\x1b\x9b")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_fault_in_the_scanners_messages_is_spelt_out(form: Literal["plain", "json"]) -> None:
    shown = StringIO()
    logs.configure(Log(form=form), shown)
    logs.Events().fault(Fault("a", "b\x1b[31m", "\x9b1m"))
    assert "[31m" in shown.getvalue()
    assert not set(shown.getvalue()) & set("\x1b\x9b")


def test_json_is_the_same_value_and_nothing_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": HOSTILE, "name": "Büro"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"text": HOSTILE, "name": "Büro"}
    assert "Büro" in shown
    assert not set(shown) & set("\x1b\x07\x7f\x9b\N{RIGHT-TO-LEFT OVERRIDE}\udcff")
