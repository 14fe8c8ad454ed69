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
    task: BackgroundTask[int] = BackgroundTask(thread)
    assert not task.busy
    assert not task.ready(None)
    task.begin(lambda: 7)
    assert (task.ready(None), task.busy, task.result(), task.busy) == (True, True, 7, False)
    with pytest.raises(RuntimeError, match="nothing was begun"):
        task.result()


def test_nobody_waits_for_what_is_not_done(thread: ThreadPoolExecutor) -> None:
    task: BackgroundTask[bool] = BackgroundTask(thread)
    goes_on = Event()
    task.begin(goes_on.wait)
    assert not task.ready(0)
    goes_on.set()
    assert task.ready(None)


def test_what_the_work_raises_is_raised_where_it_is_taken_up(thread: ThreadPoolExecutor) -> None:
    task: BackgroundTask[int] = BackgroundTask(thread)
    task.begin(lambda: 1 // 0)
    assert task.ready(None)
    with pytest.raises(ZeroDivisionError):
        task.result()
    assert not task.busy


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
            assert works[number].ready(30)
    assert getswitchinterval() == pytest.approx(USUAL)
