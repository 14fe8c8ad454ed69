"""What a visit's records say of its fetches, its recipient can hold against the log's own entries, offline."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from config.settings import Recipient
from reports.checks import Check, State
from reports.log import Entry, Kind, url_token
from reports.verify import verify
from scanner.dispatch import dispatch
from scanner.fetch.causes import Cause
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, Scene

MOVED = {f"{HOME}/": Reply(status=302, location=f"{HOME}/new"), f"{HOME}/new": page_of(pictures=[f"{HOME}/a.png"])}
SITES: dict[str, Mapping[str, Reply | Cause]] = {
    "a redirect": {**MOVED, f"{HOME}/a.png": picture("known-a")},
    "a failure": {f"{HOME}/": Cause.CIRCUIT_LOST},
    "a status": {f"{HOME}/": page_of(links=[f"{HOME}/gone"])},
    "a redirect off the list": {f"{HOME}/": Reply(status=302, location="http://example.com/")},
}


@pytest.mark.parametrize("replies", SITES.values(), ids=SITES.keys())
def test_the_log_bears_them_out(tmp_path: Path, replies: Mapping[str, Reply | Cause]) -> None:
    scene = Scene(tmp_path, replies)
    scene.visit()
    scene.visit()  # what has not changed names its fetches as well
    assert all(page["fetches"] for page in scene.pages())
    (made,) = dispatch(scene.ledger, [Recipient(name="Unit", public_key=scene.recipient)], tmp_path)
    told = verify(made.path.read_bytes(), scene.identity, scene.keys.signing.public)
    assert {one.check: one.state for one in told.results}[Check.FETCHED] is State.HOLDS
    assert told.verified


def test_they_are_those_of_the_page_itself_in_their_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SITES["a redirect"])
    scene.visit()
    (page,) = scene.pages()
    assert [(one["url"], one["purpose"]) for one in page["fetches"]] == [
        (f"{HOME}/", "page"),
        (f"{HOME}/new", "redirect"),
    ]
    for one in page["fetches"]:
        entry = Entry.from_bytes(scene.ledger.leaf(one["leaf_index"]))
        assert entry.kind is Kind.FETCH_INTENDED
        assert entry.text("url_token") == url_token(bytes.fromhex(one["opening"]), one["url"])
