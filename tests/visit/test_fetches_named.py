"""Recipients compare the fetches of a visit's records with the entries of the log, offline."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from config.settings import Recipient
from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import verify
from reports.log.entry import Kind, LogEntry, url_token
from scanner.exchange.failure import FailureCause
from scanner.referrals.dispatch import dispatch
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, Scene
from tests.visit.test_bundles import zipped

MOVED = {f"{HOME}/": Reply(status=302, location=f"{HOME}/new"), f"{HOME}/new": page_of(pictures=[f"{HOME}/a.png"])}
SITES: dict[str, Mapping[str, Reply | FailureCause]] = {
    "a redirect": {**MOVED, f"{HOME}/a.png": picture("known-a")},
    "a failure": {f"{HOME}/": FailureCause.CIRCUIT_LOST},
    "a status": {f"{HOME}/": page_of(links=[f"{HOME}/gone"])},
    "a redirect off the list": {f"{HOME}/": Reply(status=302, location="http://example.com/")},
    "every way to a picture": {
        f"{HOME}/": page_of(
            links=[f"{HOME}/more"],
            parts=[f"{HOME}/style.css", f"{HOME}/gone.css"],
            pictures=[
                f"{HOME}/a.png",
                f"{HOME}/moved.png#top",
                f"{HOME}/all.zip",
                f"{HOME}/lost.png",
                f"{HOME}/no.png",
            ],
            inline=[b"known-inline"],
        ),
        f"{HOME}/style.css": page_of(pictures=[f"{HOME}/styled.png"]),
        f"{HOME}/a.png": picture("known-a"),
        f"{HOME}/moved.png": Reply(status=302, location="/new.png"),
        f"{HOME}/new.png": picture("new"),
        f"{HOME}/styled.png": picture("odd-styled"),
        f"{HOME}/all.zip": Reply(zipped(**{"z.gif": b"known-z"}), "application/zip"),
        f"{HOME}/lost.png": FailureCause.CIRCUIT_LOST,
        f"{HOME}/more": page_of(pictures=[f"{HOME}/a.png", f"{HOME}/other.png"]),
        f"{HOME}/other.png": picture("other"),
    },
    "an archive in a page's place": {f"{HOME}/": Reply(zipped(**{"a.gif": b"known-a"}), "application/zip")},
    "a picture in a page's place": {f"{HOME}/": picture("known-a")},
}


@pytest.mark.parametrize("replies", SITES.values(), ids=SITES.keys())
def test_the_log_bears_them_out(tmp_path: Path, replies: Mapping[str, Reply | FailureCause]) -> None:
    scene = Scene(tmp_path, replies)
    scene.visit()
    scene.visit()  # what has not changed names its fetches as well
    assert all(page["fetches"] for page in scene.pages())
    (made,) = dispatch(scene.ledger, [Recipient(name="Unit", public_key=scene.recipient)], tmp_path)
    told = verify(made.path.read_bytes(), scene.identity, scene.keys.signing.public)
    assert {one.check: one.state for one in told.results}[Check.FETCHED] is CheckState.HOLDS
    assert told.verified


def test_they_are_those_of_the_page_itself_in_their_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SITES["a redirect"])
    scene.visit()
    (page,) = scene.pages()
    assert [(one["url"], one["purpose"]) for one in page["fetches"]] == [
        (f"{HOME}/", "page"),
        (f"{HOME}/new", "redirect"),
        (f"{HOME}/robots.txt", "robots.txt"),
    ]
    for one in page["fetches"]:
        entry = LogEntry.from_bytes(scene.ledger.leaf(one["leaf_index"]))
        assert entry.kind is Kind.FETCH_INTENDED
        assert entry.text("url_token") == url_token(bytes.fromhex(one["opening"]), one["url"])


def test_every_address_that_was_asked_for_is_named_and_opens(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SITES["every way to a picture"])
    scene.visit()
    named: dict[str, set[int]] = {}
    for page in scene.pages():
        described = [one for kind in ("pictures", "failed") for one in page[kind]]
        for fetch in [*page["fetches"], *(fetch for one in described for fetch in one["fetches"])]:
            entry = LogEntry.from_bytes(scene.ledger.leaf(fetch["leaf_index"]))
            assert entry.text("url_token") == url_token(bytes.fromhex(fetch["opening"]), fetch["url"])
            named.setdefault(fetch["url"], set()).add(fetch["leaf_index"])
    assert named.keys() == {*scene.onions.asked, f"{HOME}/robots.txt"}
    assert all(len(leaves) == 1 for leaves in named.values())  # `a.png` stands on two pages, and was fetched once


def test_a_picture_of_an_earlier_page_has_its_end_there(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SITES["every way to a picture"])
    scene.visit()
    first, second = [one.entries for one in scene.ledger.undelivered(scene.recipient)][:2]
    (shared,) = set(first) & set(second)
    kinds = [LogEntry.from_bytes(scene.ledger.leaf(leaf)).kind for leaf in second]
    assert kinds.count(Kind.FETCH_ENDED) == kinds.count(Kind.FETCH_INTENDED) - 1
    assert LogEntry.from_bytes(scene.ledger.leaf(shared)).kind is Kind.FETCH_INTENDED
