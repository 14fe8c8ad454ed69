"""What leads in circles is bounded and counted; what is one page is read once; a real gallery is read whole."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.crawl.frontier import DATES_MOST, FOLDER_FIRST, ORDERS_MOST, SHAPE_FIRST, Crawl
from scanner.crawl.traps import Trap, malformed, page_key, shape
from tests.crawl.test_frontier import Scope

HOME = "http://site.onion"
SID = "4f9a0c1b2d3e4f5a6b7c8d9e0f1a2b3c"


def crawled(first: list[str], links: dict[str, list[str]] | None = None, most: int = 10_000) -> tuple[Crawl, list[str]]:
    """Crawl from the front page, which links to `first`; `links` by URL for the others."""
    crawl, read = Crawl(Scope(50, most), most), []
    crawl.start([f"{HOME}/"])
    while (step := crawl.next()) is not None:
        read.append(step.url)
        crawl.extend(step, first if step.url == f"{HOME}/" else (links or {}).get(step.url, []))
    return crawl, read[1:]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("/a?x=1&y=2", "/a?y=2&x=1"),
        ("/a", f"/a?PHPSESSID={SID}"),
        ("/a?x=1", f"/a?x=1&sid={SID}"),
        ("/a", f"/a;jsessionid={SID}"),
        ("/a/b", f"/(S({SID[:24]}))/a/b"),
        ("/a", f"/sid/{SID}/a"),
        ("/a", f"/a?session_id={SID[:22]}"),
        ("/a", f"/a;sid={SID}"),
        ("/a?x=1", "/a?x=1&_=1732550000"),
        ("/a", "/a?utm_source=x&utm_medium=y"),
        ("/a?", "/a"),
    ],
)
def test_two_urls_of_one_page(one: str, same: str) -> None:
    assert page_key(HOME + one) == page_key(HOME + same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a?sid=12", "/a?sid=13"),
        ("/a?s=cats", "/a?s=dogs"),
        ("/a", "/a/"),
        ("/a?x=1", "/a?x=2"),
        ("/a?id=1", "/a"),
        *((f"/a?{name}={SID}", f"/a?{name}={SID[1:]}0") for name in ("hash", "h", "key", "k", "u", "s", "t", "token")),
        ("/session/weddingphotographs", "/session/birthdayphotographs"),
        ("/sess-20190512holidayinparis", "/sess-20190513holidayinparis"),
        ("/a?session_id=12", "/a?session_id=13"),
        ("/a?session=2019SummerHolidayPhotosA", "/a?session=2019SummerHolidayPhotosB"),
        ("/a;sid=1", "/a;sid=2"),
        *((f"/a?{name}=1", f"/a?{name}=2") for name in ("ts", "cb", "random", "timestamp", "_")),
    ],
)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert page_key(HOME + one) != page_key(HOME + other)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 99)), max_size=6), st.randoms(use_true_random=False)
)
def test_the_order_of_parameters_never_matters(pairs: list[tuple[str, int]], chance: Random) -> None:
    shuffled = chance.sample(pairs, len(pairs))
    one, other = ("&".join(f"{name}={value}" for name, value in some) for some in (pairs, shuffled))
    assert page_key(f"{HOME}/p?{one}") == page_key(f"{HOME}/p?{other}")


@given(st.text(alphabet="/abc012?=&;()%-._S", max_size=300))
def test_any_url_has_a_key_and_a_shape(rest: str) -> None:
    url = f"{HOME}/{rest}"
    page_key(url)
    shape(url)
    malformed(url)


def test_the_same_page_under_ever_new_session_ids_is_read_once() -> None:
    urls = [f"{HOME}/list?sid={SID[n:]}{SID[:n]}" for n in range(30)]
    crawl, read = crawled(urls)
    assert read == urls[:1]
    assert crawl.refused == {}


@pytest.mark.parametrize(
    "day",
    [
        "/calendar/{0.year}/{0.month}/{0.day}",
        "/calendar?year={0.year}&month={0.month}&day={0.day}",
        "/events?date={0}",
        "/archive/{0}",
    ],
)
def test_an_endless_calendar_is_bounded_and_counted(day: str) -> None:
    urls = [HOME + day.format(date(2026, 1, 1) + timedelta(days=number)) for number in range(2 * DATES_MOST)]
    crawl, read = crawled(urls)
    assert read == urls[:DATES_MOST]
    assert crawl.refused == {Trap.CALENDAR: DATES_MOST}


def test_a_year_of_daily_sets_is_read_and_keeps_nothing_else_waiting() -> None:
    sets = [f"{HOME}/daily/{date(2026, 1, 1) + timedelta(days=number)}" for number in range(365)]
    crawl, read = crawled([*sets, f"{HOME}/other"])
    assert set(read) == {*sets, f"{HOME}/other"}
    assert read.index(f"{HOME}/other") == SHAPE_FIRST
    assert crawl.refused == {}


def test_orders_and_filters_of_one_page_are_bounded() -> None:
    urls = [f"{HOME}/list?sort={key}&order={way}&page=2" for key in "abcdef" for way in ("asc", "desc")]
    crawl, read = crawled(urls)
    assert len(read) == ORDERS_MOST
    assert crawl.refused == {Trap.PERMUTED: len(urls) - ORDERS_MOST}
    assert len(crawled([f"{HOME}/list?page={page}" for page in range(50)])[1]) == 50


@pytest.mark.parametrize("name", ["view", "dir", "display", "style", "layout", "st", "hash", "key", "u"])
def test_pages_that_a_parameter_names_are_read_whole(name: str) -> None:
    urls = [f"{HOME}/index.php?{name}={number:x}{SID}" for number in range(60)]
    urls += [f"{HOME}/gallery.php?{name}=holiday-{chr(97 + number)}" for number in range(20)]
    crawl, read = crawled(urls)
    assert (sorted(read), crawl.refused) == (sorted(urls), {})


def test_a_labyrinth_of_words_lets_the_others_come_first() -> None:
    """Pages without end below one folder, of ever new names: no shape tells them, and they lie nearer."""
    words = {
        f"{HOME}/w/{a}{b}/": [f"{HOME}/w/{b}{c}{a}/x{c}" for c in "abcdefghij"]
        for a in "abcdefghij"
        for b in "klmnopqrst"
    }
    links = {**words, f"{HOME}/in": [f"{HOME}/deeper"], f"{HOME}/deeper": [f"{HOME}/gallery"]}
    _, read = crawled([*words, f"{HOME}/in"], links, most=FOLDER_FIRST + 10)
    assert f"{HOME}/gallery" in read
    assert len(crawled([*words, f"{HOME}/in"], links)[1]) > FOLDER_FIRST + 500


@pytest.mark.parametrize("path", ["/a/a/a/a", "/x/a/b/a/b/a/b", "/a/b/c/a/b/c/a/b/c"])
def test_a_path_that_repeats_itself_is_no_page(path: str) -> None:
    assert malformed(HOME + path) is Trap.REPEATING


@pytest.mark.parametrize(
    "target", ["/" + "d/e1/" * 30, "/a?" + "&".join(f"p{n}=1" for n in range(40)), "/" + "x" * 2_000]
)
def test_an_overlong_path_or_query_is_no_page(target: str) -> None:
    assert malformed(HOME + target) in {Trap.OVERLONG, Trap.REPEATING}


def test_a_path_that_grows_by_itself_ends() -> None:
    growing = {f"{HOME}{'/up' * n}": [f"{HOME}{'/up' * (n + 1)}"] for n in range(1, 40)}
    crawl, read = crawled([f"{HOME}/up"], growing)
    assert len(read) == 3
    assert crawl.refused == {Trap.REPEATING: 1}


def test_many_pages_of_one_shape_let_the_others_come_first() -> None:
    members = [f"{HOME}/member/{number}" for number in range(SHAPE_FIRST + 50)]
    links = {members[0]: [f"{HOME}/gallery/all"]}
    _, read = crawled([*members], links)
    assert len(read) == len(members) + 1
    assert read.index(f"{HOME}/gallery/all") == SHAPE_FIRST


def test_a_gallery_of_many_pages_is_read_whole() -> None:
    urls = [f"{HOME}/gallery/{number}.html" for number in range(800)]
    crawl, read = crawled(urls)
    assert (sorted(read), crawl.refused) == (sorted(urls), {})


def test_what_lies_beyond_the_frontiers_bound_is_counted() -> None:
    crawl, read = crawled([f"{HOME}/{chr(97 + n % 26)}{n:x}x" for n in range(200)], most=20)
    assert len(read) == 19
    assert crawl.left == 181
    assert crawl.spent


@given(
    st.lists(st.sampled_from(["/a", "/b?x=1", "/c/2026/1/2", "/d?sort=a", "/e/e/e/e", f"/f?sid={SID}"]), max_size=40)
)
def test_every_page_is_read_left_or_counted(paths: list[str]) -> None:
    urls = [HOME + path for path in paths]
    crawl, read = crawled(urls)
    assert len(read) + sum(crawl.refused.values()) == len({page_key(url) for url in urls})
