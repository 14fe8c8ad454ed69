"""The gate's judgement, event by event; `test_running.py` shows it within a real tor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.fetch.causes import Cause
from scanner.tor.gate import Judge
from tests.authority.making import address

LISTED, UNLISTED = address(1), address(9)
ISOLATION = ' SOCKS_USERNAME="a" SOCKS_PASSWORD="b" CLIENT_PROTOCOL=SOCKS5 NYM_EPOCH=0 SESSION_GROUP=-4'
ATTACHED, CLOSED = b"ATTACHSTREAM 7 0\r\n", b"CLOSESTREAM 7 4\r\n"


@pytest.fixture
def judge() -> Judge:
    return Judge(lambda asked: asked == LISTED)


def waiting(target: str, state: str = "CONTROLLER_WAIT") -> str:
    return f"650 STREAM 7 {state} 0 {target}{ISOLATION}\r\n"


@pytest.mark.parametrize("state", ["CONTROLLER_WAIT", "DETACHED"])
@pytest.mark.parametrize("target", [f"{LISTED}:80", f"www.{LISTED}:443", f"{LISTED.upper()}:80"])
def test_a_listed_onion_is_attached(target: str, state: str, judge: Judge) -> None:
    assert judge.answer(waiting(target, state)) == ATTACHED


@pytest.mark.parametrize(
    "target",
    [
        f"{UNLISTED}:80",
        "example.com:80",
        "127.0.0.1:80",
        f"{LISTED}.example.com:80",
        f"{LISTED}.{UNLISTED}:80",
        f"x{LISTED}:80",
        LISTED,
        f"{LISTED}:80:80",
        "",
    ],
)
def test_anything_else_is_closed(target: str, judge: Judge) -> None:
    assert judge.answer(waiting(target)) == CLOSED


@pytest.mark.parametrize("state", ["NEW", "SENTCONNECT", "SUCCEEDED", "REMAP", "FAILED", "CLOSED"])
def test_a_stream_that_does_not_wait_is_left_alone(state: str, judge: Judge) -> None:
    """To attach one that is under way would take it off its circuit; tor's own streams never wait."""
    assert judge.answer(waiting(f"{LISTED}:80", state)) == b""


@pytest.mark.parametrize(
    "line", ["250 OK\r\n", "552 Unknown stream\r\n", "650 CIRC 7 BUILT\r\n", "\r\n", "650 STREAM x\r\n"]
)
def test_other_lines_ask_for_nothing(line: str, judge: Judge) -> None:
    assert judge.answer(line) == b""


@given(st.text(max_size=80), st.sampled_from(["CONTROLLER_WAIT", "DETACHED", "NEW"]))
def test_no_other_text_is_ever_attached(target: str, state: str) -> None:
    judge = Judge(lambda asked: asked == LISTED)
    assert judge.answer(waiting(target, state)) in {b"", CLOSED}


def ended(judge: Judge, reasons: str, port: int = 4711) -> Cause | None:
    judge.answer(f"650 STREAM 7 NEW 0 {LISTED}:80 SOURCE_ADDR=127.0.0.1:{port} PURPOSE=USER{ISOLATION}\r\n")
    judge.answer(f"650 STREAM 7 FAILED 3 {LISTED}:80 {reasons}{ISOLATION}\r\n")
    return judge.causes.get(port)


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        ("REASON=END REMOTE_REASON=MISC", Cause.BACKEND_DOWN),
        ("REASON=END REMOTE_REASON=DONE", Cause.PORT_CLOSED),
        ("REASON=DESTROY", Cause.CIRCUIT_LOST),
        ("REASON=TIMEOUT", None),
    ],
)
def test_how_a_stream_ended_is_remembered_by_its_port(reasons: str, cause: Cause | None, judge: Judge) -> None:
    assert ended(judge, reasons) == cause


def test_a_port_that_is_used_again_begins_anew(judge: Judge) -> None:
    assert ended(judge, "REASON=DESTROY") is Cause.CIRCUIT_LOST
    assert ended(judge, "REASON=TIMEOUT") is None


def test_memory_of_streams_is_bounded(judge: Judge) -> None:
    for port in range(10_000):
        ended(judge, "REASON=DESTROY", port)
    assert len(judge.causes) <= 1_000
    for stream in range(10_000):
        judge.answer(f"650 STREAM {stream} NEW 0 {LISTED}:80 SOURCE_ADDR=127.0.0.1:1 PURPOSE=USER\r\n")
    assert len(judge._sources) <= 4_000
