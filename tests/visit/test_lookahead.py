"""Pages that are asked for ahead: in which order, how many at once, and what a cut between them costs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.ledger.ledger import Claim, Intent, PageEnd
from reports.store.reading import audit_store
from scanner.exchange.failure import FailureCause
from scanner.visit.lookahead import PAGES_MOST, pipeline
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, LIMITS, Scene, scope

SLOW, QUICK = f"{HOME}/slow.png", f"{HOME}/quick.png"
TWO: dict[str, Reply | FailureCause] = {
    f"{HOME}/": page_of([f"{HOME}/more"], [SLOW]),
    f"{HOME}/more": page_of([f"{HOME}/last"], [QUICK]),
    f"{HOME}/last": page_of(),
    SLOW: picture("known-slow"),
    QUICK: picture("known-quick"),
}


@dataclass
class Thing:
    """A page, or its request: ready once all that it waits for is done."""

    number: int
    waits_for: set[int] = field(default_factory=set)

    def ready(self) -> bool:
        return not self.waits_for


@dataclass
class SimulatedSteps:
    """Pages with these numbers of pictures; each wait lets one more thing arrive, drawn at random."""

    pictures: list[int]
    data: st.DataObject
    planned: list[tuple[Thing, int]] = field(default_factory=list)
    pending: list[tuple[Thing, int]] = field(default_factory=list)
    asked: list[Thing] = field(default_factory=list)
    opened: list[Thing] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    most_open: int = 0
    overlapped: bool = False

    def request(self) -> Thing | None:
        if len(self.asked) == len(self.pictures):
            return None
        assert len(self.opened) == len(self.asked)  # one page at a time, after the links of those before
        self.overlapped |= len(self.finished) < len(self.opened)
        thing = Thing(len(self.asked))
        self.asked.append(self.sent(thing, 1))
        return thing

    def read(self, asked: Thing, /) -> Thing:
        assert asked.ready()
        page = self.sent(Thing(asked.number), self.pictures[asked.number])
        self.opened.append(page)
        self.most_open = max(self.most_open, len(self.opened) - len(self.finished))
        return page

    def sent(self, thing: Thing, parts: int) -> Thing:
        thing.waits_for = set(range(parts))
        self.planned += [(thing, part) for part in range(parts)]
        return thing

    def send(self) -> None:
        self.pending += self.planned
        self.planned = []

    def room(self) -> bool:
        return len(self.planned) + len(self.pending) < 4

    def wait(self) -> None:
        assert self.pending, "waits for nothing"
        assert not self.planned, "waits while something has not set out"
        thing, part = self.pending.pop(self.data.draw(st.integers(0, len(self.pending) - 1)))
        thing.waits_for.discard(part)

    def clear(self) -> None:
        pass


def finished_pages(steps: SimulatedSteps) -> Iterator[Thing]:
    yield from pipeline(steps)


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_pages_are_finished_in_order_each_once_it_is_complete(pictures: list[int], data: st.DataObject) -> None:
    steps = SimulatedSteps(pictures, data)
    for page in finished_pages(steps):
        assert page.ready()
        steps.finished.append(page.number)
    assert steps.finished == list(range(len(pictures)))
    assert steps.most_open <= PAGES_MOST
    assert not steps.pending


def test_the_next_page_is_asked_for_while_pictures_come() -> None:
    @given(st.data())
    @settings(max_examples=5)
    def overlaps(data: st.DataObject) -> None:
        steps = SimulatedSteps([3, 3], data)
        for page in finished_pages(steps):
            steps.finished.append(page.number)
        assert steps.overlapped

    overlaps()


def test_slow_pictures_of_a_page_hold_up_neither_the_next_page_nor_its_pictures(tmp_path: Path) -> None:
    quick_asked = Event()
    scene = Scene(tmp_path, TWO)
    scene.onions.before = lambda url: quick_asked.set() if url == QUICK else None
    scene.onions.held = {SLOW: quick_asked}
    assert scene.visit().pages_read == 3
    assert [page["page"]["url"] for page in scene.pages()] == [f"{HOME}/", f"{HOME}/more", f"{HOME}/last"]
    assert [page["counts"]["matched"] for page in scene.pages()] == [1, 1, 0]


class KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("by", ["killed", "stop"])
def test_a_cut_while_a_page_waits_for_the_one_before_loses_nothing(tmp_path: Path, by: str) -> None:
    """The second page is whole and the first is not: both are read again; no sighting is new twice."""
    scene = Scene(tmp_path, TWO)

    def before(url: str) -> None:
        if url == f"{HOME}/last":
            if by == "killed":
                raise KilledError
            scene.stop.set()
            last_asked.set()

    last_asked = Event()
    scene.onions.before = before
    scene.onions.held = {SLOW: last_asked}
    if by == "killed":
        last_asked.set()
        with pytest.raises(KilledError):
            scene.visit()
        scene.ledger.release_abandoned("the next run")
    else:
        assert scene.visit().outcome == "given back"
    scene.stop.clear()
    scene.onions.before, scene.onions.held = (lambda _url: None), {}
    end = scene.visit()
    assert (end.outcome, end.pages_left) == ("visited", 0)
    read = Counter(page["page"]["url"] for page in scene.pages() if not page["page"]["cause"])
    assert set(read) == {f"{HOME}/", f"{HOME}/more", f"{HOME}/last"}
    new = Counter(
        one["image"]["sha256"] for page in scene.pages() for one in page["pictures"] if not one["novelty"]["times_seen"]
    )
    assert set(new.values()) == {1}
    assert len(new) == 2
    report = audit_store(tmp_path / "store.sqlite3", (scene.signing.public,), None)
    assert getattr(report, "holds", False), report


def test_a_page_that_was_whole_when_the_visit_was_stopped_is_not_read_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, TWO)
    first_told = Event()

    class Telling:
        """The ledger, which sets an event once the first page is durable."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the ledger has
            return self.proceed if name == "proceed" else getattr(scene.ledger, name)

        def proceed(self, claim: Claim, ends: Sequence[PageEnd], intents: Sequence[Intent] = ()) -> tuple[int, ...]:
            leaves = scene.ledger.proceed(claim, ends, intents)
            if ends:
                first_told.set()
            return leaves

    telling: Any = Telling()
    scene.onions.held = {f"{HOME}/more": first_told}
    scene.onions.before = lambda url: scene.stop.set() if url == QUICK else None
    scene.visit(replace(scene.services(), ledger=telling))
    scene.stop.clear()
    scene.onions.before, scene.onions.held = (lambda _url: None), {}
    scene.visit()
    read = Counter(page["page"]["url"] for page in scene.pages() if not page["page"]["cause"])
    assert read[f"{HOME}/"] == 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 12), max_size=5), min_size=1, max_size=7),
    st.integers(0, 12),
    st.integers(1, 8),
)
def test_budgets_are_spent_in_the_order_of_the_pages(
    tmp_path_factory: pytest.TempPathFactory, shown: list[list[int]], most: int, pages_most: int
) -> None:
    """Of the pages in order, pictures in page order: so many, each once, as if one page were read after the other."""
    pages = {f"{HOME}/": page_of([f"{HOME}/{n}" for n in range(1, len(shown))], pictures_of(shown[0]))}
    pages |= {f"{HOME}/{n}": page_of(pictures=pictures_of(named)) for n, named in enumerate(shown) if n}
    bytes_of = {f"{HOME}/{n}.png": picture(f"known-{n}") for n in range(13)}
    scene = Scene(
        tmp_path_factory.mktemp("visit"),
        {**pages, **bytes_of},
        scope(scope={"depth": 9, "pages": 99}),
        replace(LIMITS, pages=pages_most, pictures=most),
    )
    end = scene.visit()
    scene.ledger.close()
    in_budget = list(pages)[:pages_most]
    wanted = dict.fromkeys(url for n in range(len(in_budget)) for url in pictures_of(shown[n]))
    fetched = Counter(url for url in scene.onions.asked if url.endswith(".png"))
    assert fetched == Counter(list(wanted)[:most])
    assert end.pages_read == len(in_budget)


def pictures_of(numbers: list[int]) -> list[str]:
    return [f"{HOME}/{n}.png" for n in numbers]


def test_parts_of_a_page_come_beside_each_other_and_beside_its_pictures(tmp_path: Path) -> None:
    """Neither is answered until all of them were asked for."""
    styles = [f"{HOME}/{name}.css" for name in "ab"]
    awaited = {*styles, QUICK}
    asked, all_asked = set[str](), Event()

    def before(url: str) -> None:
        asked.add(url)
        if awaited <= asked:
            all_asked.set()

    style = page_of(pictures=[SLOW])
    replies = dict.fromkeys(styles, style)
    home = page_of(pictures=[QUICK], parts=styles)
    pictures = {SLOW: picture("known-slow"), QUICK: picture("known-quick")}
    scene = Scene(tmp_path, {f"{HOME}/": home, **replies, **pictures}, limits=replace(LIMITS, pictures_at_once=3))
    scene.onions.before = before
    scene.onions.held = dict.fromkeys(awaited, all_asked)
    scene.visit()
    (page,) = scene.pages()
    assert page["counts"]["matched"] == 2
    assert page["page"]["notes"] == []
