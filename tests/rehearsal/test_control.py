"""The control connection: replies of every shape, events in between, and a tor that refuses or goes away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.rehearsal.network.control import ControlRefused, RehearsalTorControl

LINE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).filter(
    lambda text: text != "."
)


@contextmanager
def tor_that_says(*replies: bytes) -> Iterator[int]:
    """The port of a tor that answers each command, the log-in first, with the next of `replies`, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as commands:
                for reply in (b"250 OK\r\n", *replies):
                    commands.readline()
                    connection.sendall(reply)

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def test_a_reply_of_several_lines() -> None:
    with tor_that_says(b"250-version=0.4.9.11\r\n250 OK\r\n") as port, RehearsalTorControl(port, b"") as control:
        assert control.ask("GETINFO version") == "version=0.4.9.11\nOK"


def test_events_before_a_reply_are_kept_for_later() -> None:
    said = b"650 HS_DESC UPLOAD a\r\n250 OK\r\n650 HS_DESC UPLOADED a\r\n"
    with tor_that_says(said) as port, RehearsalTorControl(port, b"") as control:
        assert control.ask("ADD_ONION") == "OK"
        assert [control.event(5), control.event(5)] == ["HS_DESC UPLOAD a", "HS_DESC UPLOADED a"]


def test_no_event_is_none_after_its_time() -> None:
    with tor_that_says(b"250 OK\r\n", b"250 OK\r\n") as port, RehearsalTorControl(port, b"") as control:
        control.ask("NOOP")
        assert control.event(0.01) is None
        assert control.ask("NOOP") == "OK"


def test_a_refusal_is_raised_with_the_words_of_tor() -> None:
    with (
        tor_that_says(b"512 Bad arguments to ADD_ONION\r\n") as port,
        RehearsalTorControl(port, b"") as control,
        pytest.raises(ControlRefused, match="512 Bad arguments"),
    ):
        control.ask("ADD_ONION nonsense")


def test_a_tor_that_goes_away_is_noticed() -> None:
    with tor_that_says() as port, RehearsalTorControl(port, b"") as control, pytest.raises((EOFError, OSError)):
        control.ask("GETINFO version")


@given(st.lists(LINE, max_size=5), st.lists(LINE, max_size=5))
def test_a_data_block_is_read_whole(block: list[str], lines: list[str]) -> None:
    said = [*(f"250-{line}" for line in lines), "250+desc=", *block, ".", "250 OK", ""]
    with tor_that_says("\r\n".join(said).encode()) as port, RehearsalTorControl(port, b"") as control:
        assert control.ask("GETINFO desc/all-recent").split("\n") == [*lines, "desc=", *block, "OK"]
