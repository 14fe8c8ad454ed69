"""The main path, over simulated sites and a real ledger: what is asked for, what is sealed, what is due."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.ledger.ledger import ScheduledSite
from scanner.exchange.failure import FailureCause
from scanner.page.content import PageContent
from scanner.page.port import Unreadable
from scanner.page.reading.read_page import read_page
from scanner.schedule.policy import NEVER_UP_DOUBLINGS
from tests.simulators.onions import Reply, SimulatedReader, page_of, picture
from tests.visit.scene import HOME, LIMITS, OTHER, UNLISTED, Scene, scope

GALLERY = {
    f"{HOME}/": page_of(
        links=[f"{HOME}/more", f"{UNLISTED}/", f"{OTHER}/"],
        pictures=[f"{HOME}/a.png", f"{HOME}/b.png", f"{HOME}/c.png", f"{UNLISTED}/x.png", f"{OTHER}/y.png"],
        inline=[b"known-inline"],
    ),
    f"{HOME}/more": page_of(pictures=[f"{HOME}/a.png"]),
    f"{HOME}/a.png": picture("known-a"),
    f"{HOME}/b.png": picture("odd-b"),
    f"{HOME}/c.png": picture("new-c"),
    f"{OTHER}/y.png": picture("known-y"),
}


def site(scene: Scene) -> ScheduledSite:
    return next(site for site in scene.ledger.sites() if site.key == scene.key)


def test_asks_for_what_is_listed_once_and_for_nothing_else(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY)
    assert scene.visit().outcome == "visited"
    assert scene.onions.asked[0] == f"{HOME}/"
    pictures = {f"{HOME}/a.png", f"{HOME}/b.png", f"{HOME}/c.png", f"{OTHER}/y.png"}
    assert sorted(scene.onions.asked) == sorted({f"{HOME}/", f"{HOME}/more", *pictures})


def test_every_picture_ends_somewhere_and_the_counts_add_up(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY)
    scene.visit()
    first, second = scene.pages()
    assert first["counts"]["pictures"] == 6
    assert first["counts"]["matched"] == 3
    assert first["counts"]["undecided"] == {"could not be decoded": 1}
    assert first["counts"]["no_match"] == 1
    assert first["counts"]["not_fetched"] == {"its host is not on the list": 1}
    assert second["counts"] == {**second["counts"], "pictures": 1, "matched": 1}


def test_the_relation_says_who_served_the_picture(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY)
    scene.visit()
    relations = {one["place"]["url"]: one["place"]["relation"] for one in scene.pages()[0]["pictures"]}
    assert relations[f"{HOME}/a.png"] == "hosted here"
    assert relations[f"{OTHER}/y.png"] == "embedded from elsewhere"
    assert relations[""] == "inline"


def test_there_is_a_record_for_each_page_and_visit_found_or_not(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": page_of()})
    scene.visit()
    assert [record["kind"] for record in scene.records()] == ["page", "visit"]


def test_a_redirect_off_the_list_ends_before_a_byte_is_sent(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": Reply(status=302, location=f"{UNLISTED}/trap")})
    assert scene.visit().outcome == FailureCause.REDIRECT_OFF_LIST
    assert scene.onions.asked == [f"{HOME}/"]
    assert scene.pages()[0]["page"]["cause"] == FailureCause.REDIRECT_OFF_LIST


def test_a_redirected_picture_is_judged_by_who_served_it_in_the_end(tmp_path: Path) -> None:
    moved = {f"{HOME}/a.png": Reply(status=301, location=f"{OTHER}/y.png")}
    scene = Scene(tmp_path, {**GALLERY, f"{HOME}/": page_of(pictures=[f"{HOME}/a.png"]), **moved})
    scene.visit()
    (sighting,) = scene.pages()[0]["pictures"]
    assert sighting["place"] == {**sighting["place"], "url": f"{HOME}/a.png", "relation": "embedded from elsewhere"}
    assert [hop["url"] for hop in sighting["redirects"]] == [f"{HOME}/a.png", f"{OTHER}/y.png"]


def test_an_error_page_in_a_pictures_place_is_a_failed_picture(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": page_of(pictures=[f"{HOME}/gone.png"])})
    scene.visit()
    assert scene.pages()[0]["counts"]["failed"] == {"HTTP 404": 1}


def test_a_picture_is_examined_whatever_its_status_says(tmp_path: Path) -> None:
    shown = Reply(b"known-a", "image/png", 403)
    scene = Scene(tmp_path, {f"{HOME}/": page_of(pictures=[f"{HOME}/a.png"]), f"{HOME}/a.png": shown})
    scene.visit()
    assert scene.pages()[0]["counts"]["matched"] == 1


def test_what_a_worker_that_lied_has_said_does_not_stand(tmp_path: Path) -> None:
    pictures = {f"{HOME}/a.png": picture("known-a"), f"{HOME}/c.png": picture("c")}
    home = page_of(pictures=list(pictures), inline=[b"known-b"])
    scene = Scene(tmp_path, {f"{HOME}/": home, **pictures})
    scene.examiner.taken_over = True
    scene.visit()
    assert (scene.pages()[0]["counts"]["matched"], scene.pages()[0]["counts"]["no_match"]) == (2, 1)


def test_layers_of_confinement_that_are_absent_are_stated(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": page_of()})
    scene.visit(replace(scene.services(), confinement_absent=("namespaces",)))
    ends = [record["end"] for record in scene.records() if record["kind"] == "visit"]
    assert [end["confinement_absent"] for end in ends] == [["namespaces"]]


def test_a_picture_in_a_pages_place_is_examined(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": picture("known-a")})
    scene.visit()
    assert scene.pages()[0]["counts"]["matched"] == 1


def test_what_the_head_of_an_answer_names_is_followed_and_seen(tmp_path: Path) -> None:
    """A page that is nothing but a `Refresh`, as those of queues are: the site is behind it."""
    onward = replace(page_of(), refresh="0; url=/in", link="</p>; rel=preload; as=image", etag="1")
    sites = {f"{HOME}/": onward, f"{HOME}/in": page_of(pictures=[f"{HOME}/q"])}
    scene = Scene(tmp_path, {**sites, f"{HOME}/p": picture("known-a"), f"{HOME}/q": picture("known-b")})
    for _ in range(2):  # the second time it says that it is as it was
        assert scene.visit().pages_read == 2
    assert [page["counts"]["matched"] for page in scene.pages()[:2]] == [1, 1]


class ReadsHtml(SimulatedReader):
    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        return read_page(untrusted_page, url, untrusted_content_type)


@pytest.mark.parametrize("tag", ["a href", "iframe src", "frame src", "embed src", "object type=image/jpeg data"])
def test_a_page_behind_a_pictures_name_is_read(tmp_path: Path, tag: str) -> None:
    """As wikis name theirs: the picture is on it. Also when the page that names it has not changed."""
    front = Reply(f"<{tag}='/File:a.jpg'></a><{tag}='/b.jpg'>b</a>".encode(), etag="1")
    sites = {f"{HOME}/": front, f"{HOME}/File:a.jpg": Reply(b"nothing<img src='/a'>"), f"{HOME}/a": picture("known-a")}
    scene = Scene(tmp_path, {**sites, f"{HOME}/b.jpg": picture("known-b")})
    for _ in range(3):
        assert scene.visit(replace(scene.services(), reader=ReadsHtml())).pages_read == 2
    assert [page["counts"]["matched"] for page in scene.pages()[:2]] == [1, 1]
    assert [page["counts"]["pictures"] for page in scene.pages()[:2]] == [2, 1]


def test_a_drawing_in_a_pages_place_is_read_as_a_page_too(tmp_path: Path) -> None:
    drawing = replace(page_of(links=[f"{HOME}/on"], pictures=[f"{HOME}/p"]), content_type="image/svg+xml")
    scene = Scene(tmp_path, {f"{HOME}/": drawing, f"{HOME}/on": page_of(), f"{HOME}/p": picture("known-a")})
    assert scene.visit().pages_read == 2
    counts = scene.pages()[0]["counts"]
    assert (counts["pictures"], counts["matched"]) == (2, 1)


def test_a_site_that_fails_is_due_soon_and_then_later(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": FailureCause.NO_DESCRIPTOR})
    waits = []
    for _ in range(3):
        end = scene.visit()
        assert end.outcome == FailureCause.NO_DESCRIPTOR
        waits.append(site(scene).due - end.ended)
    assert site(scene).failures == 3
    first = timedelta(minutes=10) * 2**NEVER_UP_DOUBLINGS  # it has never answered
    assert first / 2 <= waits[0] <= first < waits[2] <= timedelta(hours=10)


@pytest.mark.parametrize("cause", [FailureCause.BACKEND_DOWN, FailureCause.DEADLINE, FailureCause.MALFORMED_REPLY])
def test_a_site_that_answers_badly_is_up(tmp_path: Path, cause: FailureCause) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": cause})
    end = scene.visit()
    assert (end.outcome, site(scene).failures) == (cause, 0)
    assert site(scene).due - end.ended == timedelta(hours=24)


def test_pictures_that_only_a_style_sheet_names_are_found(tmp_path: Path) -> None:
    sheets = {
        f"{HOME}/": page_of([f"{HOME}/more"], [f"{HOME}/a.png"], parts=[f"{HOME}/one.css", f"{UNLISTED}/x.css"]),
        f"{HOME}/more": page_of(parts=[f"{HOME}/one.css"]),
        f"{HOME}/one.css": page_of(pictures=[f"{HOME}/a.png", f"{HOME}/b.png"], parts=[f"{OTHER}/two.css"]),
        f"{OTHER}/two.css": page_of(pictures=[f"{OTHER}/y.png"], parts=[f"{HOME}/one.css"]),
    }
    scene = Scene(tmp_path, {**GALLERY, **sheets})
    scene.visit()
    first, second = scene.pages()
    assert (first["counts"]["pictures"], second["counts"]["pictures"]) == (3, 3)
    assert first["page"]["notes"] == [
        "a style sheet, manifest or frame was not read"
    ]  # the one on a site that is not listed
    assert second["page"]["notes"] == []
    assert sorted(scene.onions.asked).count(f"{HOME}/one.css") == 1
    assert not [url for url in scene.onions.asked if url.startswith(UNLISTED)]


def test_a_failure_of_our_own_tor_is_not_laid_at_the_sites_door(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": FailureCause.TOR_DOWN})
    assert scene.visit().outcome == "given back"
    assert site(scene).failures == 0
    assert site(scene).due <= scene.clock()


def test_when_our_own_tor_fails_among_the_pictures_the_site_stays_due(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {**GALLERY, f"{HOME}/b.png": FailureCause.TOR_DOWN})
    assert scene.visit().outcome == "given back"
    assert scene.pages()[0]["counts"]["matched"] == 3
    scene.onions.replies = GALLERY
    end = scene.visit()
    assert (end.outcome, end.pages_read) == ("visited", 2)


def test_a_visit_that_is_stopped_seals_what_it_has_and_stays_due(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY)
    scene.onions.before = lambda url: scene.stop.set() if url.endswith(".png") else None
    assert scene.visit().outcome == "given back"
    page = scene.pages()[0]
    assert page["counts"]["pictures"] == 6
    assert page["counts"]["not_fetched"]["the visit was ended early"] > 0
    assert site(scene).due <= scene.clock()
    assert site(scene).held_by == ""


def test_budgets_leave_nothing_uncounted(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY, limits=replace(LIMITS, pages=1, pictures=2))
    end = scene.visit()
    assert (end.pages_read, end.pages_left) == (1, 1)
    counts = scene.pages()[0]["counts"]
    assert counts["pictures"] == 6
    assert counts["not_fetched"]["the visit's picture budget was spent"] == 2


def test_the_scope_of_the_list_bounds_pages(tmp_path: Path) -> None:
    narrow = scope(scope={"depth": 0, "pages": 10})
    scene = Scene(tmp_path, GALLERY, narrow)
    scene.visit()
    assert f"{HOME}/more" not in scene.onions.asked


def test_a_second_visit_knows_what_was_seen(tmp_path: Path) -> None:
    scene = Scene(tmp_path, GALLERY)
    scene.visit()
    home = page_of([f"{HOME}/more"], [f"{HOME}/a.png"])
    scene.onions.replies = {**GALLERY, f"{HOME}/": home}  # what has not changed is not described again
    scene.visit()
    earlier, later = (page["pictures"][0]["novelty"]["times_seen"] for page in scene.pages()[::2])
    assert (earlier, later) == (0, 2)  # it stands on two pages


@pytest.mark.parametrize(
    "cause", [cause for cause in FailureCause if cause not in {FailureCause.TOR_DOWN, FailureCause.TOR_NOT_READY}]
)
def test_every_cause_can_be_sealed_and_logged(tmp_path: Path, cause: FailureCause) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": cause})
    assert scene.visit().outcome == cause
    assert scene.pages()[0]["page"]["cause"] == cause
