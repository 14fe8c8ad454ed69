"""An entry that hits on very many sites is put on hold by the scanner, visibly, and an operator ends the hold."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.faults import Refused
from config.layout import Layout
from matcher.fingerprint import Digests, Fingerprint, UndecidedReason
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome
from reports import files
from reports.crypto.seal import new_identity
from reports.ledger.ledger import Ledger, StoreFault
from reports.sighting import PageSeen, Place, Relation, Sighting
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.noisy_entries import NoisyEntryHold
from tests.simulators.onions import page_of, picture
from tests.visit.scene import HOME, Scene

LOGO = Digests(b"m" * 16, b"s" * 20, b"S" * 32)
LOGO_SEEN = Fingerprint(LOGO, 500, "image/png", 9, 9, (), None)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
ENTRY = ("examples", "logo")


def unlogged() -> None:
    """A change that no log is told of."""


class Bench:
    """A list with two entries at rest, a ledger, and the control, all anew whenever `opened` is called."""

    def __init__(self, folder: Path) -> None:
        self.scene = Scene(folder, {})
        self.layout, self.identity = Layout(folder, folder / "outbox"), new_identity()[0]
        header = ListHeader("examples", "Office of Examples", "1", "", "")
        entries = [Entry("logo", sha256=LOGO.sha256), Entry("other", sha256=b"o" * 32)]
        assert hash_store.keep(self.layout, self.identity, HashList.of(header, entries), unlogged) is None

    @property
    def ledger(self) -> Ledger:
        return self.scene.ledger

    def loaded(self) -> hash_store.Loaded:
        loaded = hash_store.load(self.layout, self.identity)
        assert isinstance(loaded, hash_store.Loaded)
        return loaded

    def judge(self) -> IndexJudge:
        return IndexJudge(self.loaded().lists)

    def opened(self) -> NoisyEntryHold:
        hold = NoisyEntryHold(self.layout, self.identity, self.ledger, 3, bytes(32))
        hold.settle(self.judge().reviewed())
        return hold

    def page(self, number: int) -> PageSeen:
        """A page of site `number` that shows the logo, judged by what is at rest now."""
        place = Place(f"http://{number}/logo.png", f"http://{number}/", "img src", Relation.HOSTED_HERE)
        verdict = self.judge().judge(LOGO_SEEN)
        sighting = Sighting(place, (), NOW, NOW, "", complete=True, fingerprint=LOGO_SEEN, verdict=verdict)
        return PageSeen(f"http://{number}/", (), 200, NOW, NOW, f"{number}", "", True, (sighting,), (), ())

    def see(self, hold: NoisyEntryHold, *sites: int) -> None:
        for number in sites:
            hold.saw(f"site-{number}.onion", self.page(number))

    def log(self) -> str:
        size = int(self.ledger.checkpoint().splitlines()[1])
        return "\n".join(self.ledger.leaf(index).decode() for index in range(size))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_entry_on_very_many_sites_is_held_and_said(bench: Bench) -> None:
    hold = bench.opened()
    bench.see(hold, 1, 2, 3, 3, 2)
    assert hold.told() == ()
    assert bench.judge().judge(LOGO_SEEN).outcome is Outcome.MATCHED
    bench.see(hold, 4)
    (told,) = hold.told()
    assert (told.entry, told.more_sites_than, told.fault) == (ENTRY, 3, None)
    verdict = bench.judge().judge(LOGO_SEEN)
    assert (verdict.outcome, verdict.reason) == (Outcome.UNDECIDED, UndecidedReason.ON_HOLD)
    assert "hits on more than 3 unrelated sites" in bench.log()
    assert "site-4" not in bench.log()
    bench.see(hold, 5, 6)
    assert hold.told() == ()


def test_the_count_outlives_the_process_and_the_disk_tells_nothing(bench: Bench) -> None:
    hold = bench.opened()
    bench.see(hold, 1, 2, 3)
    hold.keep()
    written = b"".join(path.read_bytes() for path in bench.layout.directory.rglob("*") if path.is_file())
    assert not any(word in written for word in (b"site-1.onion", b"logo", LOGO.sha256, LOGO.sha256.hex().encode()))
    again = bench.opened()
    bench.see(again, 4)
    assert [told.entry for told in again.told()] == [ENTRY]


def test_what_an_operator_released_is_never_held_again(bench: Bench) -> None:
    hold = bench.opened()
    bench.see(hold, 1, 2, 3, 4)
    hold.told()
    hash_store.append(
        bench.layout, bench.identity, "examples", lambda header: HashList.saying(header, released=["logo"]), unlogged
    )
    hold.settle(bench.judge().reviewed())
    bench.see(hold, 5, 6, 7, 8, 9)
    bench.see(bench.opened(), 11, 12, 13, 14, 15)
    assert hold.told() == ()
    assert bench.judge().judge(LOGO_SEEN).outcome is Outcome.MATCHED


def test_a_hold_that_cannot_be_written_is_said_and_tried_again(bench: Bench) -> None:
    hold = bench.opened()
    pages = [bench.page(number) for number in range(6)]
    list_file = bench.layout.hash_lists / "examples.age"
    whole = list_file.read_bytes()
    files.write(list_file, b"damaged")
    for number in range(4):
        hold.saw(f"site-{number}.onion", pages[number])
    (told,) = hold.told()
    assert told.fault is not None
    assert "cannot be opened" in told.fault.cause
    files.write(list_file, whole)
    hold.saw("site-5.onion", pages[5])
    assert [told.fault for told in hold.told()] == [None]


def test_a_hold_that_the_log_does_not_take_is_none(bench: Bench) -> None:
    hold = bench.opened()
    bench.see(hold, 1, 2, 3)
    seen = bench.page(4)
    with closing(sqlite3.connect(bench.scene.folder / "store.sqlite3")) as store:
        store.execute("CREATE TRIGGER no_room BEFORE INSERT ON leaf BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(StoreFault):
        hold.saw("site-4.onion", seen)
    assert bench.judge().reviewed() == set()


class Listening:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.kept = 0

    def saw(self, address: str, page: PageSeen) -> None:
        self.seen.append((address, page.url))

    def keep(self) -> None:
        self.kept += 1


def test_a_visit_tells_of_every_page_and_of_its_end(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": page_of(pictures=[f"{HOME}/a.png"]), f"{HOME}/a.png": picture("known-a")})
    scene.hits = listening = Listening()
    scene.visit()
    assert listening.seen == [(HOME.removeprefix("http://"), f"{HOME}/")]
    assert listening.kept == 1


def test_later_changes_are_taken_in_alone(bench: Bench) -> None:
    before = bench.loaded()
    said = hash_store.append(
        bench.layout, bench.identity, "examples", lambda header: HashList.saying(header, withdrawn=["logo"]), unlogged
    )
    assert not isinstance(said, Refused)
    later = hash_store.later(bench.layout, bench.identity, before)
    assert isinstance(later, hash_store.Loaded)
    assert [one.withdrawn for one in later.lists] == [("logo",)]
    judge = IndexJudge(before.lists)
    after = judge.and_then(later.lists)
    assert judge.judge(LOGO_SEEN).outcome is Outcome.MATCHED
    assert after.judge(LOGO_SEEN).outcome is not Outcome.MATCHED
    header = before.lists[0].header
    assert (
        hash_store.keep(
            bench.layout, bench.identity, HashList.of(header, [Entry("logo", sha256=LOGO.sha256)]), unlogged
        )
        is None
    )
    assert hash_store.later(bench.layout, bench.identity, later) is None
    assert bench.judge().judge(LOGO_SEEN).outcome is Outcome.MATCHED


def test_a_change_of_an_earlier_edition_is_not_read(bench: Bench) -> None:
    hash_store.append(
        bench.layout, bench.identity, "examples", lambda one: HashList.saying(one, withdrawn=["logo"]), unlogged
    )
    (change,) = bench.layout.hash_lists.glob("*~*")
    left_by_a_crash = change.read_bytes()
    header = bench.loaded().lists[0].header
    hash_store.keep(bench.layout, bench.identity, HashList.of(header, [Entry("logo", sha256=LOGO.sha256)]), unlogged)
    change.write_bytes(left_by_a_crash)
    assert bench.judge().judge(LOGO_SEEN).outcome is Outcome.MATCHED


def test_many_changes_are_folded(bench: Bench) -> None:
    def held(header: ListHeader) -> HashList:
        return HashList.saying(header, held=["logo"])

    def released(header: ListHeader) -> HashList:
        return HashList.saying(header, released=["logo"])

    for number in range(hash_store.MOST_CHANGES + 3):
        hash_store.append(bench.layout, bench.identity, "examples", held if number % 2 else released, unlogged)
    assert len(list(bench.layout.hash_lists.glob("*~*"))) < hash_store.MOST_CHANGES
    assert bench.judge().reviewed() == {ENTRY}
    assert bench.judge().judge(LOGO_SEEN).outcome is Outcome.MATCHED
