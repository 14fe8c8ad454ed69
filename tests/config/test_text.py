"""Text for people: what may stand in a line, and what a screen would act on instead of showing it."""

import pytest

from config.text import readable, unfit


@pytest.mark.parametrize("text", ["", "Office of Examples", "Büro\N{NO-BREAK SPACE}für «Beispiele»", "שלום", "例え"])
def test_a_line_stays_as_it_is(text: str) -> None:
    assert (readable(text), unfit(text)) == (text, "")


@pytest.mark.parametrize(
    ("untrusted", "spelt"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("one\ntwo\r", r"one\ntwo\r"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", r"\u202efdp.exe"),
        ("\udcff", r"\udcff"),
    ],
)
def test_what_a_screen_would_act_on_is_spelt_out(untrusted: str, spelt: str) -> None:
    assert readable(untrusted) == spelt
    assert unfit(untrusted)


def test_a_line_has_a_length() -> None:
    assert unfit("x" * 11, 10) == "is longer than 10 characters"
    assert not unfit("x" * 10, 10)
