from threading import Event

from scanner.fetch.rate_limit import RateLimiter, RateLimiters


class Stopwatch(Event):
    """An event whose `wait` moves the time instead of passing it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self.seconds += timeout or 0.0
        return self.is_set()

    def now(self) -> float:
        return self.seconds


def test_requests_are_spaced_evenly_at_the_highest_rate() -> None:
    watch = Stopwatch()
    pace = RateLimiter(30, watch.now)
    turns: list[float] = []
    for _ in range(4):
        assert pace.wait(watch) == watch.seconds - (turns[-1] if turns else 0.0)
        turns.append(watch.seconds)
    assert turns == [0.0, 2.0, 4.0, 6.0]


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    watch = Stopwatch()
    pace = RateLimiter(60, watch.now)
    pace.wait(watch)
    watch.seconds = 100.0
    pace.wait(watch)
    pace.wait(watch)
    assert watch.seconds == 101.0


def test_a_stopped_visit_waits_for_no_turn() -> None:
    watch = Stopwatch()
    pace = RateLimiter(60, watch.now)
    pace.wait(watch)
    watch.set()
    assert pace.wait(watch) == 1.0
    assert watch.seconds == 0.0


def test_all_visits_share_the_pace_of_an_address_until_a_newer_list_changes_it() -> None:
    rates = {"a": 60.0, "b": 60.0}
    paces = RateLimiters(rates.__getitem__)
    first = paces.of("a")
    assert paces.of("a") is first
    assert paces.of("b") is not first
    rates["a"] = 6.0
    assert paces.of("a") is not first
