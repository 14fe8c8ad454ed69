"""A tor is asked beside whoever wants to know: a question that stays open keeps nobody waiting, and is counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Event
from time import monotonic

from scanner.tor import health_check as module
from scanner.tor.control import Facts
from scanner.tor.health_check import Pulse

FACTS = Facts("0.4.9.11", True, True, True, None, None)


@contextmanager
def pulse_of(ask: Callable[[], Facts | None], silent: Callable[[float], None]) -> Iterator[Pulse]:
    pulse = Pulse(ask, silent, beat_seconds=0.001)
    try:
        yield pulse
    finally:
        pulse.stop()


def test_what_was_said_last_is_there_at_once_while_a_question_is_open() -> None:
    asked, go_on, answers = Event(), Event(), iter([FACTS])

    def ask() -> Facts | None:
        if (first := next(answers, None)) is not None:
            return first
        asked.set()
        go_on.wait(30)
        return None

    silences: Queue[float] = Queue()
    with pulse_of(ask, silences.put) as pulse:
        assert asked.wait(10)
        assert pulse.recent_health() == FACTS
        go_on.set()
        assert silences.get(timeout=10) == 0.0
        assert pulse.recent_health() is None


def test_what_was_said_too_long_ago_is_not_known() -> None:
    pulse = Pulse(lambda: FACTS, beat_seconds=1_000)
    assert pulse.recent_health() == FACTS
    pulse._heard = (monotonic() - module.FRESH_SECONDS - 1, FACTS)
    assert pulse.recent_health() is None
    pulse.stop()


def test_a_silence_is_counted_from_its_first_open_question_and_ends_with_an_answer() -> None:
    answers: Iterator[Facts | None] = iter([FACTS, None, None, None, FACTS, None])
    silences: Queue[float] = Queue()
    done = Event()

    def ask() -> Facts | None:
        try:
            return next(answers)
        except StopIteration:
            done.wait(30)
            return FACTS

    with pulse_of(ask, silences.put):
        heard = [silences.get(timeout=10) for _ in range(4)]
        done.set()
    assert heard == [0.0, heard[1], heard[2], 0.0]
    assert 0.0 < heard[1] < heard[2]


def test_a_tor_that_answers_is_never_called_silent() -> None:
    """The control of those above."""
    beats: Queue[None] = Queue()
    silences: Queue[float] = Queue()

    def ask() -> Facts:
        beats.put(None)
        return FACTS

    with pulse_of(ask, silences.put):
        for _ in range(5):
            beats.get(timeout=10)
    assert silences.empty()
