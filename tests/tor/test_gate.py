"""The gate's judgement, event by event; `test_running.py` shows it within a real tor."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchange.active_credentials import ActiveCredentials
from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials
from scanner.tor.stream_gate import Shut, StreamPolicy
from tests.authority.making import address

LISTED, ALSO_LISTED, UNLISTED = address(1), address(2), address(9)
OURS = Credentials(b"0a1b", b"2c3d")
AFTER = " CLIENT_PROTOCOL=SOCKS5 NYM_EPOCH=0 SESSION_GROUP=-4"
ISOLATION = f' SOCKS_USERNAME="0a1b" SOCKS_PASSWORD="2c3d"{AFTER}'
ATTACHED, CLOSED = b"ATTACHSTREAM 7 0\r\n", b"CLOSESTREAM 7 4\r\n"


def judging(asked: ActiveCredentials, shut: Counter[Shut] | None = None) -> StreamPolicy:
    return StreamPolicy(lambda onion: onion in {LISTED, ALSO_LISTED}, asked, Counter() if shut is None else shut)


@pytest.fixture
def shut() -> Counter[Shut]:
    return Counter()


@pytest.fixture
def judge(shut: Counter[Shut]) -> Iterator[StreamPolicy]:
    """While a fetcher of ours asks for every address, listed or not."""
    asked = ActiveCredentials()
    with asked.registered(LISTED, OURS), asked.registered(UNLISTED, OURS):
        yield judging(asked, shut)


def waiting(target: str, state: str = "CONTROLLER_WAIT", isolation: str = ISOLATION) -> str:
    return f"650 STREAM 7 {state} 0 {target}{isolation}\r\n"


@pytest.mark.parametrize("target", [f"{LISTED}:80", f"www.{LISTED}:443", f"{LISTED.upper()}:80"])
def test_a_listed_onion_is_attached(target: str, judge: StreamPolicy) -> None:
    assert judge.answer(waiting(target)) == ATTACHED


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
def test_anything_else_is_closed(target: str, judge: StreamPolicy, shut: Counter[Shut]) -> None:
    assert judge.answer(waiting(target)) == CLOSED
    assert shut == {Shut.NOT_LISTED: 1}


@pytest.mark.parametrize(
    "isolation",
    [
        AFTER,
        "",
        f' SOCKS_USERNAME="0a1b"{AFTER}',
        f' SOCKS_PASSWORD="2c3d"{AFTER}',
        f' SOCKS_USERNAME="" SOCKS_PASSWORD=""{AFTER}',
        f' SOCKS_USERNAME="0a1b" SOCKS_PASSWORD="2c3e"{AFTER}',
        f' SOCKS_USERNAME="0a1c" SOCKS_PASSWORD="2c3d"{AFTER}',
        f' SOCKS_USERNAME="0a1b" SOCKS_PASSWORD="2c3"{AFTER}',
        f' SOCKS_USERNAME="2c3d" SOCKS_PASSWORD="0a1b"{AFTER}',
        f' SOCKS_USERNAME="x\\" SOCKS_USERNAME=\\"0a1b" SOCKS_PASSWORD="2c3d"{AFTER}',
        f' SOCKS_USERNAME="\xe90a1b" SOCKS_PASSWORD="2c3d"{AFTER}',
    ],
)
def test_a_stream_to_a_listed_onion_with_other_credentials_is_closed(
    isolation: str, judge: StreamPolicy, shut: Counter[Shut]
) -> None:
    assert judge.answer(waiting(f"{LISTED}:80", isolation=isolation)) == CLOSED
    assert shut == {Shut.NOT_OURS: 1}
    assert judge.answer(waiting(f"{LISTED}:80")) == ATTACHED, "the control"


def test_credentials_are_good_for_their_address_alone(judge: StreamPolicy) -> None:
    assert judge.answer(waiting(f"{ALSO_LISTED}:80")) == CLOSED
    assert judge.answer(waiting(f"{LISTED}:80")) == ATTACHED


def test_credentials_are_good_for_as_long_as_they_are_used() -> None:
    """Two connections to one site ask with the same: the end of the first leaves the second its own."""
    asked = ActiveCredentials()
    judge = judging(asked)
    assert judge.answer(waiting(f"{LISTED}:80")) == CLOSED
    with asked.registered(LISTED, OURS):
        with asked.registered(LISTED, OURS):
            assert judge.answer(waiting(f"{LISTED}:80")) == ATTACHED
        assert judge.answer(waiting(f"{LISTED}:80")) == ATTACHED
    assert judge.answer(waiting(f"{LISTED}:80")) == CLOSED


def test_two_fetchers_may_ask_for_one_address_with_credentials_of_their_own() -> None:
    """A visit, and the canary beside it."""
    asked, other = ActiveCredentials(), Credentials(b"4e", b"5f")
    judge = judging(asked)
    with asked.registered(LISTED, other):
        with asked.registered(LISTED, OURS):
            assert judge.answer(waiting(f"{LISTED}:80")) == ATTACHED
        assert judge.answer(waiting(f"{LISTED}:80")) == CLOSED
        of_other = f' SOCKS_USERNAME="4e" SOCKS_PASSWORD="5f"{AFTER}'
        assert judge.answer(waiting(f"{LISTED}:80", isolation=of_other)) == ATTACHED


def test_an_exchange_that_raises_leaves_nothing_standing() -> None:
    asked = ActiveCredentials()
    with pytest.raises(OSError, match="gone"), asked.registered(LISTED, OURS):
        raise OSError("gone")  # noqa: EM101 - a test's own
    assert not asked.contains(LISTED, OURS)


def test_credentials_say_nothing_of_themselves() -> None:
    assert "0a1b" not in f"{OURS!r}{OURS}"
    assert "2c3d" not in f"{OURS!r}{OURS}"


def test_a_stream_that_is_taken_off_its_circuit_is_attached_again_once(judge: StreamPolicy) -> None:
    """As tor 0.4.9.11 tells of it (of an exit's, for it takes no onion service's off): detached, then waiting.

    To attach it at both would take it off the circuit that it was just attached to.
    """
    lost = judge.answer(f"650 STREAM 7 DETACHED 8 {LISTED}:80 REASON=END REMOTE_REASON=MISC{ISOLATION}\r\n")
    assert lost + judge.answer(f"650 STREAM 7 CONTROLLER_WAIT 8 {LISTED}:80{ISOLATION}\r\n") == ATTACHED


@pytest.mark.parametrize(
    "state", ["NEW", "NEWRESOLVE", "SENTCONNECT", "SUCCEEDED", "REMAP", "DETACHED", "FAILED", "CLOSED"]
)
def test_a_stream_that_does_not_wait_is_left_alone(state: str, judge: StreamPolicy) -> None:
    """To attach one that is under way would take it off its circuit; tor's own streams never wait."""
    assert judge.answer(waiting(f"{LISTED}:80", state)) == b""


@pytest.mark.parametrize(
    "line", ["250 OK\r\n", "552 Unknown stream\r\n", "650 CIRC 7 BUILT\r\n", "\r\n", "650 STREAM x\r\n"]
)
def test_other_lines_ask_for_nothing(line: str, judge: StreamPolicy) -> None:
    assert judge.answer(line) == b""


@given(st.text(max_size=80), st.sampled_from(["CONTROLLER_WAIT", "DETACHED", "NEW"]))
def test_no_other_text_is_ever_attached(target: str, state: str) -> None:
    asked = ActiveCredentials()
    with asked.registered(LISTED, OURS):
        assert judging(asked).answer(waiting(target, state)) in {b"", CLOSED}


@given(st.text(max_size=80))
def test_no_other_words_for_who_asks_are_ever_attached(isolation: str) -> None:
    asked = ActiveCredentials()
    with asked.registered(LISTED, OURS):
        assert judging(asked).answer(waiting(f"{LISTED}:80", isolation=f" {isolation}")) in {b"", CLOSED}


def ended(judge: StreamPolicy, reasons: str, port: int = 4711) -> FailureCause | None:
    judge.answer(f"650 STREAM 7 NEW 0 {LISTED}:80 SOURCE_ADDR=127.0.0.1:{port} PURPOSE=USER{ISOLATION}\r\n")
    judge.answer(f"650 STREAM 7 FAILED 3 {LISTED}:80 {reasons}{ISOLATION}\r\n")
    return judge.causes.get(port)


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        ("REASON=END REMOTE_REASON=MISC", FailureCause.BACKEND_DOWN),
        ("REASON=END REMOTE_REASON=DONE", FailureCause.PORT_CLOSED),
        ("REASON=DESTROY", FailureCause.CIRCUIT_LOST),
        ("REASON=TIMEOUT", None),
    ],
)
def test_how_a_stream_ended_is_remembered_by_its_port(
    reasons: str, cause: FailureCause | None, judge: StreamPolicy
) -> None:
    assert ended(judge, reasons) == cause


def test_a_port_that_is_used_again_begins_anew(judge: StreamPolicy) -> None:
    assert ended(judge, "REASON=DESTROY") is FailureCause.CIRCUIT_LOST
    assert ended(judge, "REASON=TIMEOUT") is None


def test_memory_of_streams_is_bounded(judge: StreamPolicy) -> None:
    for port in range(10_000):
        ended(judge, "REASON=DESTROY", port)
    assert len(judge.causes) <= 1_000
    for stream in range(10_000):
        judge.answer(f"650 STREAM {stream} NEW 0 {LISTED}:80 SOURCE_ADDR=127.0.0.1:1 PURPOSE=USER\r\n")
    assert len(judge._sources) <= 4_000
