"""What is done beside the ticks: taken up once, raised where it is taken up, with short turns only while it lasts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from sys import getswitchinterval
from threading import Event

import pytest

from scanner.background.task import SHORT_TURN_SECONDS, BackgroundTask

USUAL = getswitchinterval()


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as thread:
        yield thread


def test_what_is_done_is_taken_up_once(thread: ThreadPoolExecutor) -> None:
    beside: BackgroundTask[int] = BackgroundTask(thread)
    assert not beside.busy
    assert not beside.done(None)
    beside.begin(lambda: 7)
    assert (beside.done(None), beside.busy, beside.take(), beside.busy) == (True, True, 7, False)
    with pytest.raises(RuntimeError, match="nothing was begun"):
        beside.take()


def test_nobody_waits_for_what_is_not_done(thread: ThreadPoolExecutor) -> None:
    beside: BackgroundTask[bool] = BackgroundTask(thread)
    goes_on = Event()
    beside.begin(goes_on.wait)
    assert not beside.done(0)
    goes_on.set()
    assert beside.done(None)


def test_what_the_work_raises_is_raised_where_it_is_taken_up(thread: ThreadPoolExecutor) -> None:
    beside: BackgroundTask[int] = BackgroundTask(thread)
    beside.begin(lambda: 1 // 0)
    assert beside.done(None)
    with pytest.raises(ZeroDivisionError):
        beside.take()
    assert not beside.busy


def test_turns_are_short_until_the_last_work_is_done(thread: ThreadPoolExecutor) -> None:
    going = [Event(), Event()]
    with ThreadPoolExecutor(1) as other:
        works = [BackgroundTask[bool](thread), BackgroundTask[bool](other)]
        begun = [Event(), Event()]

        def work(number: int) -> bool:
            begun[number].set()
            return going[number].wait(30)

        works[0].begin(lambda: work(0))
        works[1].begin(lambda: work(1))
        assert all(one.wait(30) for one in begun)
        for number in (0, 1):
            assert getswitchinterval() == pytest.approx(SHORT_TURN_SECONDS)
            going[number].set()
            assert works[number].done(30)
    assert getswitchinterval() == pytest.approx(USUAL)
