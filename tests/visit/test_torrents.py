"""A torrent file within the scope is read as a page of its site, and what it describes compared with the lists."""

from dataclasses import dataclass, replace
from pathlib import Path

from matcher.identifiers import Identifier
from matcher.verdict import Match
from scanner.page.content import PageContent
from scanner.page.port import Unreadable
from scanner.page.reading.read_page import read_page
from tests.page.test_torrents import HYBRID, HYBRID_NAMED
from tests.simulators.onions import HTML, Reply, SimulatedExaminer, SimulatedReader, _match
from tests.visit.scene import HOME, UNLISTED, Scene

PAGE = f'<a href="/x.torrent">x</a><a href="{UNLISTED}/y.torrent">y</a>'.encode()


class Reader(SimulatedReader):
    """The real reader, in this process."""

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        return read_page(untrusted_page, url, untrusted_content_type)


@dataclass
class Examiner(SimulatedExaminer):
    """One whose list has these identifiers."""

    listed: tuple[Identifier, ...]

    def __post_init__(self) -> None:
        super().__init__()

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        return (_match("an entry", "infohash", "identifier"),) if identifier in self.listed else ()


def test_a_listed_torrent_file_is_a_finding_of_its_own_page(tmp_path: Path) -> None:
    replies = {f"{HOME}/": Reply(PAGE, HTML), f"{HOME}/x.torrent": Reply(HYBRID, "application/x-bittorrent")}
    scene = Scene(tmp_path, replies)
    scene.examiner = Examiner(HYBRID_NAMED[1:])
    scene.visit(replace(scene.services(), reader=Reader()))
    assert scene.onions.asked == [f"{HOME}/", f"{HOME}/x.torrent"]
    home, torrent = scene.pages()
    assert home["identifiers"] == []
    (named,) = torrent["identifiers"]
    assert (named["kind"], named["value"], named["named_by"]) == (
        HYBRID_NAMED[1].kind.value,
        HYBRID_NAMED[1].value.hex(),
        "torrent file",
    )
    assert torrent["identifiers_seen"] == {one.kind.value: 1 for one in HYBRID_NAMED}
