"""Hash lists that change while a daemon runs: read beside its ticks, those before them judge until then."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL
from threading import Event
from typing import Any

import pytest

from config.faults import Refused
from config.layout import Layout
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from reports.crypto.seal import new_identity, unseal
from reports.crypto.signing import RECORD, check
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.active_lists import HashListsInForce
from tests.authority.making import address
from tests.operator.desk import SETTINGS, Blocked, Desk, SimulatedScanner
from tests.simulators.onions import page_of, picture

HOME = f"http://{address(1)}"
SHOWN = picture("shown")
REPLIES = {f"{HOME}/": page_of(pictures=[f"{HOME}/a.png"]), f"{HOME}/a.png": SHOWN}
KNOWN = sha256(SHOWN.body).digest()
IDENTITY, RECIPIENT = new_identity()


def edition(version: str, name: str = "examples", known: bytes | None = KNOWN) -> HashList:
    """A list that knows the picture, or only another."""
    header = ListHeader(name, "Office of Examples", version, "", "")
    entries = [Entry("other", sha256=b"o" * 32), *([] if known is None else [Entry("shown", sha256=known)])]
    return HashList.of(header, entries)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, sites=1)
    desk.configuration.write_text(
        desk.configuration.read_text().split("[[recipients]]")[0]
        + f'[[recipients]]\nname = "Desk"\npublic_key = "{RECIPIENT}"\n{SETTINGS}'
    )
    desk.keep_hashes(edition("1"))
    return desk


class Counted(Blocked):
    """One that lets so many calls pass before it blocks."""

    def __init__(self, ledger: object, method: str, passing: int) -> None:
        super().__init__(ledger, method)
        self._passing = passing

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the ledger has
        if name == self._method and self._passing:
            self._passing -= 1
            return getattr(self._ledger, name)
        return super().__getattr__(name)


@contextmanager
def reading(scanner: SimulatedScanner, passing: int = 0) -> Iterator[Blocked]:
    """While hash lists are read, and do not come to an end."""
    blocked: Any = Counted(scanner.ledger, "there_are", passing)
    lists = in_force(scanner)
    lists.ledger = blocked
    try:
        yield blocked
    finally:
        blocked.goes_on.set()
        lists.close()


def in_force(scanner: SimulatedScanner) -> HashListsInForce:
    assert scanner.hash_lists is not None
    return scanner.hash_lists


def versions(scanner: SimulatedScanner) -> dict[str, str]:
    return {one.name: one.version for one in in_force(scanner).judge.lists()}


def visited(scanner: SimulatedScanner) -> dict[str, Any]:
    """Visit the site as a daemon does, and open the record of its page."""
    daemon = scanner.daemon()
    scanner.ledger.make_due([site.key for site in scanner.ledger.sites()], scanner.world.clock())
    daemon.tick()
    while daemon._rounds.wait(10):
        pass
    daemon._rounds.close(10)
    return page(scanner)


def page(scanner: SimulatedScanner) -> dict[str, Any]:
    """The newest record of a page: by which editions it was judged, and what came of its picture."""
    opened = []
    for stored in scanner.ledger.undelivered(RECIPIENT):
        plain = unseal(stored.sealed, IDENTITY)
        checked = None if isinstance(plain, Refused) else check(plain, RECORD, (scanner_key(scanner),))
        assert checked is not None
        assert not isinstance(checked, Refused)
        opened.append(json.loads(checked[0]))
    newest: dict[str, Any] = [one for one in opened if one["kind"] == "page"][-1]
    return newest


def scanner_key(scanner: SimulatedScanner) -> Any:  # noqa: ANN401 - a public key
    return scanner.ledger._keys.signing.public


def told(record: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The editions that a page's record names, and the entries that its pictures match."""
    entries = [match["entry_id"] for one in record["pictures"] for match in one["matches"]]
    return [one["version"] for one in record["lists"]], entries


def test_until_a_new_edition_is_read_the_one_before_it_judges_and_is_named(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    with reading(scanner) as blocked:
        desk.keep_hashes(edition("2", known=None))
        assert told(visited(scanner)) == (["1"], ["shown"])
        assert blocked.begun.is_set()
        blocked.goes_on.set()
        assert in_force(scanner).follow(None)
        assert versions(scanner) == {"examples": "2"}


def test_what_was_read_is_in_force_at_the_next_tick(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    assert told(visited(scanner)) == (["1"], ["shown"])
    desk.keep_hashes(edition("2", known=None))
    daemon = scanner.daemon()
    while versions(scanner) == {"examples": "1"}:
        daemon.tick()
    assert told(visited(scanner)) == (["2"], [])


def test_a_visit_under_way_keeps_the_edition_that_it_began_with(desk: Desk) -> None:
    scanner, asked, goes_on = desk.scanner(REPLIES), Event(), Event()

    def wait(url: str) -> None:
        if url.endswith("a.png"):
            asked.set()
            assert goes_on.wait(30)

    scanner.onions.before = wait
    daemon = scanner.daemon()
    daemon.tick()
    assert asked.wait(30)
    desk.keep_hashes(edition("2", known=None))
    while versions(scanner) == {"examples": "1"}:
        daemon.tick()
    goes_on.set()
    daemon._rounds.close(30)
    assert told(page(scanner)) == (["1"], ["shown"])


def test_nothing_is_begun_while_what_was_withdrawn_is_in_force_still(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    daemon = scanner.daemon()
    with reading(scanner) as blocked:
        desk.change_hashes("examples", withdrawn=["shown"])
        daemon.tick()
        assert (scanner.withdrawing, daemon.tallies.under_way) == (True, 0)
        daemon.tick()
        assert (blocked.begun.is_set(), daemon.tallies.under_way) == (True, 0)
        blocked.goes_on.set()
        while scanner.withdrawing:
            daemon.tick()
        daemon._rounds.close(30)
        assert told(page(scanner)) == (["1"], [])


def test_a_withdrawal_is_in_force_in_the_tick_that_finds_it(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    desk.change_hashes("examples", withdrawn=["shown"])
    scanner.patience_seconds = 30
    assert told(visited(scanner)) == (["1"], [])


def test_withdrawals_do_not_wait_for_the_new_edition_of_another_list(desk: Desk) -> None:
    desk.keep_hashes(edition("1", "large"))
    scanner = desk.scanner(REPLIES)
    with reading(scanner, passing=1) as blocked:
        desk.change_hashes("examples", withdrawn=["shown"])
        desk.change_hashes("large", withdrawn=["other", "shown"])
        desk.keep_hashes(edition("2", "large"))
        assert in_force(scanner).follow(30)
        assert blocked.begun.wait(30)
        assert (versions(scanner), scanner.withdrawing) == ({"examples": "1", "large": "1"}, False)
        counts = {one.name: one.entries for one in in_force(scanner).judge.lists()}
        assert counts == {"examples": 1, "large": 2}
        blocked.goes_on.set()
        assert in_force(scanner).follow(None)
        assert versions(scanner) == {"examples": "1", "large": "2"}
        assert not in_force(scanner).follow(None)


def test_an_edition_that_cannot_be_read_is_named_and_takes_nothing(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    kept = scanner.layout.hash_lists / f"examples{hash_store.SUFFIX}"
    whole = kept.read_bytes()
    kept.write_bytes(b"damaged")
    for _ in range(2):
        in_force(scanner).follow(None)
        (fault,) = in_force(scanner).faults
        assert "cannot be opened" in fault.cause
        assert not scanner.withdrawing
    assert told(visited(scanner)) == (["1"], ["shown"])
    kept.write_bytes(whole)
    in_force(scanner).follow(None)
    assert in_force(scanner).faults == ()


def test_what_cannot_be_read_is_not_read_again_and_again(desk: Desk) -> None:
    scanner = desk.scanner(REPLIES)
    (scanner.layout.hash_lists / f"examples{hash_store.SUFFIX}").write_bytes(b"damaged")
    with reading(scanner, passing=1) as blocked:
        in_force(scanner).follow(None)
        in_force(scanner).follow(0)
        assert not blocked.begun.is_set()


def test_killed_while_it_reads_it_loses_nothing(desk: Desk) -> None:
    child = os.fork()
    if child == 0:
        scanner = desk.scanner(REPLIES)
        desk.keep_hashes(edition("2", known=None))
        with reading(scanner) as blocked:
            in_force(scanner).follow(0)
            blocked.begun.wait(30)
            os.kill(os.getpid(), SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == SIGKILL
    scanner = desk.scanner(REPLIES)
    assert told(visited(scanner)) == (["2"], [])


class Moving:
    """A layout in which a new edition takes the place of the old one when it is looked at again.

    The old one's changes go with it, unless the writer was killed before.
    """

    def __init__(self, desk: Desk, after: int, *, killed: bool) -> None:
        self._desk, self._left, self._killed = desk, after, killed
        self.folder = Layout.of(desk.settings()).hash_lists

    @property
    def hash_lists(self) -> Path:
        self._left -= 1
        if self._left == 0:
            (change,) = self.folder.glob("*~*")
            left = change.read_bytes()
            self._desk.keep_hashes(edition("2"))
            if self._killed:
                change.write_bytes(left)
        return self.folder


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("after", range(1, 9))
def test_a_list_is_never_read_with_the_changes_of_another_edition(desk: Desk, after: int, *, killed: bool) -> None:
    desk.change_hashes("examples", withdrawn=["shown"])
    moving: Any = Moving(desk, after, killed=killed)
    loaded = hash_store.load(moving, desk.identity())
    assert isinstance(loaded, hash_store.Loaded)
    read = [(one.header.version, one.withdrawn) for one in loaded.lists]
    assert read in ([("1", ()), ("1", ("shown",))], [("2", ())])
