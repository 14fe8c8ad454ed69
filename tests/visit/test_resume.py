"""A visit that is cut goes on where it was; nothing of its trail can be read on the disk, and nothing outlives it."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.ledger.ledger import SiteKey
from reports.ledger.resume_seal import open_entry, seal_entry
from scanner.exchange.failure import FailureCause
from scanner.visit.lookahead import PAGES_MOST
from tests.authority.making import NOW, address
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, LIMITS, Scene, scope

WORD = "avocado"
PAGES: dict[str, Reply | FailureCause] = {
    f"{HOME}/": page_of(links=[f"{HOME}/{WORD}/{n}" for n in range(6)]),
    **{
        f"{HOME}/{WORD}/{n}": page_of(links=[f"{HOME}/deep/{n}", f"{HOME}/a/a/a/a"], pictures=[f"{HOME}/{n}.png"])
        for n in range(6)
    },
    **{f"{HOME}/deep/{n}": page_of() for n in range(6)},
    **{f"{HOME}/{n}.png": picture(f"known-{n}") for n in range(6)},
}
LAST = [one for one in PAGES if not one.endswith(".png")][-1]
"""More pages come before it than may be under way at once: some of them have left their trail when it is asked for."""
WHOLE = scope(scope={"depth": 9, "pages": 99})


def under_way_before(url: str) -> set[str]:
    """The pages before this one whose pictures may still have been on their way when it was asked for."""
    order = [one for one in PAGES if not one.endswith(".png")]
    return set(order[max(0, order.index(url) - PAGES_MOST) : order.index(url)])


class KilledError(BaseException):
    """Stands for the end of the process: nothing in a visit catches it."""


def entries_on_disk(scene: Scene) -> int:
    with closing(sqlite3.connect(scene.folder / "store.sqlite3")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM trail").fetchone()
        return int(count)


def pages_of(scene: Scene) -> Counter[str]:
    """How often each page was read."""
    return Counter(page["page"]["url"] for page in scene.pages() if not page["page"]["cause"])


def cut_at(scene: Scene, url: str, *, by: str) -> None:
    """Visit until `url` is asked for, and end there: by stopping, by our own tor, or by the end of the process."""

    def before(asked: str) -> None:
        if asked == url and by == "stop":
            scene.stop.set()
        if asked == url and by == "killed":
            raise KilledError

    replies = scene.onions.replies
    if by == "tor":
        scene.onions.replies = {**replies, url: FailureCause.TOR_DOWN}
    scene.onions.before = before
    if by == "killed":
        with pytest.raises(KilledError):
            scene.visit()
        scene.ledger.release_abandoned("the next run")
    else:
        assert scene.visit().outcome == "given back"
    scene.stop.clear()
    scene.onions.before = lambda _url: None
    scene.onions.replies = replies


@pytest.mark.parametrize("url", [f"{HOME}/", f"{HOME}/{WORD}/0", f"{HOME}/{WORD}/3", f"{HOME}/deep/5"])
@pytest.mark.parametrize("by", ["stop", "tor", "killed"])
def test_goes_on_where_it_was(tmp_path: Path, by: str, url: str) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, url, by=by)
    asked = len(scene.onions.asked)
    end = scene.visit()
    assert (end.outcome, end.pages_left) == ("visited", 0)
    assert end.links_left["its path repeats itself"] in {1, 2}  # once in each part
    read = pages_of(scene)
    assert set(read) == {one for one in PAGES if not one.endswith(".png")}
    again = {one for one, times in read.items() if times > 1}
    assert again <= {url} | under_way_before(url)  # the page that was cut is read again, and those not whole yet
    assert f"{HOME}/" not in scene.onions.asked[asked:] or url == f"{HOME}/"
    assert entries_on_disk(scene) == 0


def test_the_record_says_which_visit_it_went_on_from(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, f"{HOME}/{WORD}/1", by="stop")
    cut_at(scene, f"{HOME}/{WORD}/4", by="killed")
    scene.visit()
    visits = list(dict.fromkeys(record["visit"]["visit_id"] for record in scene.records()))
    end = scene.records()[-1]["end"]
    assert end["continues"] == visits[:-1]
    assert len(visits) == 3
    read_last = [one for one in scene.pages() if one["visit"]["visit_id"] == visits[-1]]
    assert end["pages_read"] == len(read_last)


def test_budgets_go_on_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE, replace(LIMITS, pages=5, pictures=3))
    cut_at(scene, f"{HOME}/{WORD}/1", by="killed")
    end = scene.visit()
    assert end.spent == "pages"
    assert end.pages_read in {3, 4}  # one more where a page's picture was still on its way when the process ended
    fetched = sum(page["counts"]["matched"] for page in scene.pages())
    assert fetched == 3


@pytest.mark.parametrize(("seconds_each", "spent"), [(35, "time"), (1, "")])
def test_time_goes_on_too(tmp_path: Path, seconds_each: int, spent: str) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE, replace(LIMITS, seconds=2_000))
    scene.clock.step = timedelta(seconds=seconds_each)
    cut_at(scene, f"{HOME}/{WORD}/1", by="stop")
    scene.clock.now += timedelta(hours=1)  # while nobody visits, no time is spent
    scene.clock.step = timedelta(seconds=8)
    assert scene.visit().spent == spent


def test_a_day_later_the_site_is_read_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, f"{HOME}/{WORD}/3", by="stop")
    scene.clock.now += timedelta(hours=25)
    end = scene.visit()
    assert (end.continues, end.pages_read) == ((), 13)


def test_a_trail_that_is_old_or_of_no_listed_site_is_erased_at_the_next_start(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, LAST, by="stop")
    scene.ledger.release_abandoned("the next run")
    assert entries_on_disk(scene) > 0
    scene.ledger.set_sites({SiteKey("examples", address(2)): NOW})
    scene.ledger.release_abandoned("the run after it")
    assert entries_on_disk(scene) == 0


def test_nothing_of_a_trail_can_be_read_on_the_disk(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, LAST, by="killed")
    assert entries_on_disk(scene) > 0  # how many is chance: pages that are under way leave none
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert address(1).encode() in on_disk  # the control: the schedule's own addresses are there to be found
    assert WORD.encode() not in on_disk
    assert b"/deep" not in on_disk


def test_an_entry_belongs_to_its_key_and_site_and_its_length_tells_little() -> None:
    site, other = SiteKey("list", address(1)), SiteKey("list", address(2))
    key = bytes(range(32))
    sealed = seal_entry(key, site, b"entry")
    assert open_entry(key, site, sealed) == b"entry"
    assert open_entry(bytes(32), site, sealed) is None
    assert open_entry(key, other, sealed) is None
    assert open_entry(key, site, sealed[:-1]) is None
    assert open_entry(key, site, b"") is None
    assert len(sealed) == len(seal_entry(key, site, b"x" * 1_000))


def test_an_entry_that_does_not_read_makes_the_visit_begin_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, WHOLE)
    cut_at(scene, LAST, by="stop")
    forged = seal_entry(bytes(32), scene.key, json.dumps({"url": 1}).encode())
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection, connection:
        connection.execute("UPDATE trail SET sealed = ? WHERE trail_id = 2", (forged,))
    end = scene.visit()
    assert (end.continues, end.pages_read) == ((), 13)
