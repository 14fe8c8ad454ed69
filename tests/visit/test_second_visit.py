"""The requests and records of a second visit, over simulated sites and a real ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from config.faults import Refused
from matcher.verdict import ListInForce, Tier
from reports.crypto.seal import new_identity, unseal
from reports.crypto.signing import RECORD, check
from reports.ledger.ledger import Claim, Intent, PageEnd, SiteKey
from reports.record.build import Policy
from reports.store.reading import audit_store
from scanner.exchange.failure import FailureCause
from scanner.exchange.validators import Validators
from scanner.fetch.log import ENDS_WAITING
from scanner.page.content import PageContent
from scanner.page.port import Unreadable
from scanner.referrals.recipients import RecipientRule, Recipients
from scanner.visit.site_memory import (
    CONTRADICTED,
    Conditional,
    RememberedBody,
    RememberedPage,
    RevisitPolicy,
    SiteMemory,
)
from tests.authority.making import address
from tests.simulators.onions import Reply, SimulatedExaminer, SimulatedReader, page_of, picture
from tests.visit.scene import HOME, Scene, scope

AT_ONCE = RevisitPolicy(Conditional.AT_ONCE)
DEEP = scope(scope={"depth": 99, "pages": 99})
PICTURES = [f"{HOME}/{name}.png" for name in ("a", "b", "c")]


def tagged(reply: Reply, etag: str = '"1"') -> Reply:
    return replace(reply, etag=etag)


def gallery() -> dict[str, Reply | FailureCause]:
    return {
        f"{HOME}/": tagged(page_of([f"{HOME}/more"], PICTURES, inline=[b"known-inline"])),
        f"{HOME}/more": tagged(page_of()),
        PICTURES[0]: tagged(picture("known-a")),
        PICTURES[1]: tagged(picture("new-b")),
        PICTURES[2]: tagged(picture("odd-c")),
    }


@dataclass
class OtherEdition(SimulatedExaminer):
    version: str = "2"

    def __post_init__(self) -> None:
        super().__init__()

    def lists(self) -> tuple[ListInForce, ...]:
        return (replace(super().lists()[0], version=self.version),)


class Site:
    """A site that is visited again and again, and can be changed in between."""

    def __init__(self, folder: Path, trust: RevisitPolicy = AT_ONCE) -> None:
        self.replies = gallery()
        self.trust = trust
        self.scene = Scene(folder, self.replies)
        self.told: tuple[str, ...] = (self.scene.recipient,)
        self.reader = SimulatedReader()

    def visit(self) -> None:
        self.scene.onions.asked.clear()
        self.scene.onions.received_bytes = 0
        self.scene.examiner.examined.clear()
        audience = Recipients(tuple(RecipientRule(one, Policy((Tier.EXACT,))) for one in self.told))
        self.scene.visit(replace(self.scene.services(), revisit=self.trust, recipients=audience, reader=self.reader))

    def reply(self, url: str) -> Reply:
        reply = self.replies[url]
        assert isinstance(reply, Reply)
        return reply

    def pages(self) -> list[dict[str, Any]]:
        """The records of the last visit's two pages."""
        return self.scene.pages()[-2:]

    def unchanged(self) -> list[bool]:
        return [page["unchanged"] is not None for page in self.pages()]

    def sent(self) -> set[str]:
        return set(self.scene.onions.sent)


def test_an_unchanged_site_is_told_as_unchanged_and_costs_next_to_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    first, asked = site.scene.onions.received_bytes, list(site.scene.onions.asked)
    described = site.scene.records()
    site.visit()
    home, more = site.pages()
    assert sorted(site.scene.onions.asked) == sorted(asked)
    assert site.scene.examiner.examined == []
    drawn = set(asked) - site.sent()
    robots = len(b"nothing here")
    received = site.scene.onions.received_bytes - robots
    assert received == sum(len(site.reply(url).body) for url in drawn) < first
    assert home["counts"] == {
        **described[0]["counts"],
        "matched": 0,
        "no_match": 0,
        "undecided": {},
        "standing": {},
        "unchanged": 4,
    }
    assert home["pictures"] == more["pictures"] == []
    leaves = [stored.leaf_index for stored in site.scene.ledger.undelivered(site.scene.recipient)]
    assert home["unchanged"] == {"record_leaf": leaves[0], "pictures": 4}
    assert more["unchanged"] == {"record_leaf": leaves[1], "pictures": 0}


def test_a_validator_is_sent_only_once_it_came_twice_unasked(tmp_path: Path) -> None:
    site = Site(tmp_path, RevisitPolicy())
    site.visit()
    assert site.sent() == set()
    site.visit()
    assert site.sent() == set()
    assert site.scene.examiner.examined == []
    assert site.unchanged() == [True, True]
    site.visit()
    assert site.sent()


def test_a_validator_that_is_each_visitors_own_is_never_sent(tmp_path: Path) -> None:
    site = Site(tmp_path, RevisitPolicy())
    for number in range(5):
        site.replies |= {
            url: tagged(reply, f'"{number}"') for url, reply in gallery().items() if isinstance(reply, Reply)
        }
        site.visit()
        assert site.sent() == set()
    assert site.unchanged() == [True, True]


def test_without_leave_no_validator_is_ever_sent_and_nothing_is_decoded_twice(tmp_path: Path) -> None:
    site = Site(tmp_path, RevisitPolicy(Conditional.NEVER))
    for _ in range(3):
        site.visit()
        assert site.sent() == set()
    assert site.scene.examiner.examined == []
    assert site.unchanged() == [True, True]


def test_a_changed_picture_has_its_page_described_anew(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies[PICTURES[1]] = tagged(picture("known-b"), '"2"')
    site.visit()
    assert site.unchanged() == [False, True]
    home = site.pages()[0]
    assert home["counts"]["matched"] == 3
    site.visit()
    assert site.unchanged() == [True, True]


def test_a_new_picture_has_its_page_described_anew(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies |= {
        f"{HOME}/d.png": picture("known-d"),
        f"{HOME}/": page_of([f"{HOME}/more"], [*PICTURES, f"{HOME}/d.png"]),
    }
    site.visit()
    assert site.unchanged() == [False, True]


def test_a_page_whose_text_changed_around_the_same_pictures_is_unchanged(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies[f"{HOME}/"] = page_of([f"{HOME}/more", f"{HOME}/new"], PICTURES, inline=[b"known-inline"])
    site.visit()
    home = site.scene.pages()[-3]
    assert home["unchanged"] is not None
    assert f"{HOME}/new" in site.scene.onions.asked


def test_other_bytes_within_the_page_have_it_described_anew(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies[f"{HOME}/"] = page_of([f"{HOME}/more"], PICTURES, inline=[b"known-other"])
    site.visit()
    assert site.unchanged() == [False, True]


def test_a_picture_that_cannot_be_had_now_is_named_and_the_rest_is_unchanged(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies[PICTURES[0]] = FailureCause.CUT_SHORT
    site.visit()
    home = site.pages()[0]
    assert home["unchanged"]["pictures"] == 3
    assert [one["place"]["url"] for one in home["failed"]] == [PICTURES[0]]


def test_a_new_edition_of_a_list_has_everything_judged_anew(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.visit()
    site.scene.examiner = OtherEdition()
    site.visit()
    assert site.sent() == set()
    assert site.unchanged() == [False, False]
    assert len(site.scene.examiner.examined) == 4


def test_a_site_that_calls_unchanged_what_has_changed_is_caught_and_trusted_no_more(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies |= {url: tagged(picture(f"known-{url[-5]}")) for url in PICTURES}
    for _ in range(100):
        site.visit()
        if not all(site.unchanged()):
            break
    home = site.pages()[0]
    assert CONTRADICTED in home["page"]["notes"]
    assert home["counts"]["matched"] == 4
    site.visit()
    assert site.sent() == set()


def test_every_week_the_site_meets_a_visitor_that_it_does_not_know(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.visit()
    assert site.sent()
    site.scene.clock.now += timedelta(days=7)
    site.visit()
    assert site.sent() == set()
    site.visit()
    assert site.sent()


def test_under_a_clock_that_was_ahead_it_met_none(tmp_path: Path) -> None:
    """A full visit that is still to come would put every other off until then."""
    site = Site(tmp_path)
    site.scene.clock.now += timedelta(days=5)
    site.visit()
    site.visit()
    assert site.sent()
    site.scene.clock.now -= timedelta(days=5)
    site.visit()
    assert site.sent() == set()
    site.visit()
    assert site.sent()


def test_after_the_longest_time_a_page_is_described_anew(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(AT_ONCE, kept=timedelta(hours=10)))
    site.visit()
    site.scene.clock.now += timedelta(hours=6)
    site.visit()
    assert site.unchanged() == [True, True]
    site.scene.clock.now += timedelta(hours=6)
    site.visit()
    assert site.unchanged() == [False, False]


def test_a_304_to_a_first_request_is_a_failed_page(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.replies[f"{HOME}/"] = replace(page_of(), always_304=True)
    site.visit()
    assert site.scene.pages()[-1]["page"]["cause"] == FailureCause.MALFORMED_REPLY


def test_a_304_to_everything_tells_nothing_of_a_picture_that_was_never_seen(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.replies |= {
        url: replace(reply, always_304=True) for url, reply in gallery().items() if isinstance(reply, Reply)
    }
    site.replies[f"{HOME}/"] = page_of([f"{HOME}/more"], [*PICTURES, f"{HOME}/d.png"])
    site.replies[f"{HOME}/d.png"] = replace(picture("known-d"), always_304=True)
    site.visit()
    home = site.pages()[0]
    assert home["unchanged"] is None
    assert len(home["failed"]) == 4


def test_validators_are_headers_of_this_site_only(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.visit()
    assert set(site.scene.onions.sent.values()) == {Validators('"1"')}


SHEET, BELOW = f"{HOME}/style.css", f"{HOME}/below.css"


@dataclass
class NamingReader(SimulatedReader):
    """A reader that remembers what it read."""

    read_urls: list[str] = field(default_factory=list)

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        self.read_urls.append(url)
        return super().read(untrusted_page, url, untrusted_content_type)


class StyledSite(Site):
    """Its pages share a style sheet, which names a picture, has one within it, and imports another sheet."""

    def __init__(
        self, folder: Path, trust: RevisitPolicy = AT_ONCE, inline: tuple[bytes, ...] = (b"known-within",)
    ) -> None:
        super().__init__(folder, trust)
        self.reader = self.naming = NamingReader()
        self.replies |= {
            f"{HOME}/": tagged(page_of([f"{HOME}/more"], PICTURES, parts=[SHEET])),
            f"{HOME}/more": tagged(page_of(parts=[SHEET])),
            SHEET: tagged(page_of(pictures=[f"{HOME}/back.png"], parts=[BELOW], inline=list(inline))),
            BELOW: tagged(page_of()),
            f"{HOME}/back.png": tagged(picture("known-back")),
        }

    def visit(self) -> None:
        self.naming.read_urls.clear()
        self.scene.onions.sent.clear()
        super().visit()

    def times(self, url: str) -> int:
        """How often it was asked for at the last visit."""
        return self.scene.onions.asked.count(url)

    def visit_that_draws_none(self, *urls: str) -> None:
        """Visit until none of these is asked for whole by lot."""
        for _ in range(200):
            self.visit()
            if self.sent() >= set(urls):
                return
        raise AssertionError(urls)


def test_an_unchanged_style_sheet_is_asked_for_only_if_it_has_changed_and_not_read_again(tmp_path: Path) -> None:
    site = StyledSite(tmp_path)
    site.visit()
    assert {SHEET, BELOW} <= set(site.naming.read_urls)
    assert [page["counts"]["matched"] for page in site.pages()] == [3, 2]
    site.visit_that_draws_none(SHEET, BELOW)
    assert site.scene.onions.sent[SHEET] == Validators('"1"')
    assert (site.times(SHEET), site.times(BELOW)) == (1, 1)
    assert not {SHEET, BELOW} & set(site.naming.read_urls)
    assert site.scene.examiner.examined == []
    assert site.unchanged() == [True, True]
    assert [page["unchanged"]["pictures"] for page in site.pages()] == [5, 2]


def test_a_style_sheets_validator_is_sent_only_once_it_came_twice_unasked(tmp_path: Path) -> None:
    site = StyledSite(tmp_path, RevisitPolicy())
    for _ in range(2):
        site.visit()
        assert site.sent() == set()
    site.visit_that_draws_none(SHEET)


def test_the_same_style_sheet_without_validators_is_not_read_again(tmp_path: Path) -> None:
    site = StyledSite(tmp_path, RevisitPolicy(Conditional.NEVER))
    site.visit()
    site.visit()
    assert not {SHEET, BELOW} & set(site.naming.read_urls)
    assert site.unchanged() == [True, True]


def test_a_page_that_is_described_anew_has_the_pictures_within_its_style_sheet(tmp_path: Path) -> None:
    """What is remembered of the sheet has tokens in their place: it is asked for once more, whole."""
    site = StyledSite(tmp_path)
    site.visit()
    site.replies[PICTURES[1]] = tagged(picture("known-b"), '"2"')
    site.visit()
    home, more = site.pages()
    assert (home["unchanged"], home["counts"]["matched"], home["counts"]["failed"]) == (None, 4, {})
    assert more["unchanged"]["pictures"] == 2
    assert site.times(SHEET) in (1, 2)
    assert site.times(BELOW) == 1
    assert b"known-within" in site.scene.examiner.examined


def test_a_page_that_is_described_anew_needs_no_style_sheet_again_that_has_no_picture_within(tmp_path: Path) -> None:
    site = StyledSite(tmp_path, inline=())
    site.visit()
    site.replies[PICTURES[1]] = tagged(picture("known-b"), '"2"')
    site.visit()
    assert site.unchanged() == [False, True]
    assert (site.times(SHEET), site.times(BELOW)) == (1, 1)


def test_a_changed_style_sheet_has_its_pages_described_anew(tmp_path: Path) -> None:
    site = StyledSite(tmp_path)
    site.visit()
    site.replies[SHEET] = tagged(page_of(pictures=[PICTURES[1]], inline=[b"known-other"]), '"2"')
    site.visit()
    assert site.unchanged() == [False, False]
    assert site.pages()[1]["counts"]["matched"] == 1
    site.visit()
    assert site.unchanged() == [True, True]


def test_a_style_sheet_that_lies_is_caught_and_its_site_trusted_no_more(tmp_path: Path) -> None:
    site = StyledSite(tmp_path)
    site.visit()
    site.replies[SHEET] = tagged(page_of(pictures=[PICTURES[1]], inline=[b"known-other"]))
    for _ in range(100):
        site.visit()
        if not all(site.unchanged()):
            break
    assert CONTRADICTED in site.pages()[0]["page"]["notes"]
    site.visit()
    assert site.sent() == set()


def test_a_new_edition_of_a_list_has_style_sheets_asked_for_whole(tmp_path: Path) -> None:
    site = StyledSite(tmp_path)
    site.visit()
    site.visit_that_draws_none(SHEET)
    site.scene.examiner = OtherEdition()
    site.visit()
    assert site.sent() == set()
    assert {SHEET, BELOW} <= set(site.naming.read_urls)


def test_what_one_site_showed_of_a_style_sheet_is_not_known_to_another(tmp_path: Path) -> None:
    """Else a host that two sites share could tell that one visitor reads both."""
    scene = Scene(tmp_path, {})
    now = scene.clock()
    memories = [
        SiteMemory(scene.ledger, SiteKey("examples", address(number)), "visit", AT_ONCE, b"", now, None)
        for number in (1, 2)
    ]
    part = RememberedPage(b"", b"", b"", RememberedBody(b""), PageContent((), (), ()), {}, now)
    one, other = (memory.subresource_row(SHEET, part) for memory in memories)
    assert one.url != other.url


def told_to(site: Site, *recipients: str) -> None:
    """From now on these recipients are told, and nobody else."""
    scene = site.scene
    scene.ledger.close()
    scene.keys = replace(scene.keys, recipients=recipients)
    scene.ledger = scene.opened()
    site.told = recipients


def test_a_recipient_who_is_new_is_told_everything_and_then_each_has_its_own_earlier_record(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    site.visit()
    assert site.unchanged() == [True, True]
    identity, new = new_identity()
    told_to(site, site.scene.recipient, new)
    site.visit()
    assert site.sent() == set()
    assert site.unchanged() == [False, False]
    site.visit()
    assert site.unchanged() == [True, True]
    for recipient, opened_with in ((site.scene.recipient, site.scene.identity), (new, identity)):
        records = opened_records(site, recipient, opened_with)
        described = [leaf for leaf, record in records if record["kind"] == "page" and record["unchanged"] is None]
        named = [record["unchanged"]["record_leaf"] for _, record in records if record.get("unchanged")]
        assert named[-2:] == described[-2:]


def test_a_recipient_who_is_told_no_more_has_the_pages_described_anew(tmp_path: Path) -> None:
    """The row names whoever was told: with one of them gone it is written anew, so that it names nobody else."""
    site = Site(tmp_path)
    _, other = new_identity()
    told_to(site, site.scene.recipient, other)
    site.visit()
    told_to(site, site.scene.recipient)
    site.visit()
    assert site.unchanged() == [False, False]
    site.visit()
    assert site.unchanged() == [True, True]


def test_a_recipient_whose_key_changed_is_the_same_recipient(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.visit()
    identity, key = new_identity()
    scene = site.scene
    scene.ledger.close()
    scene.keys = replace(scene.keys, keys_now={scene.recipient: key})
    scene.ledger = scene.opened()
    site.visit()
    last = [record for _, record in opened_records(site, scene.recipient, f"{scene.identity}\n{identity}")]
    assert [record["unchanged"] is not None for record in last if record["kind"] == "page"] == [False] * 2 + [True] * 2


def opened_records(site: Site, recipient: str, identity: str) -> list[tuple[int, dict[str, Any]]]:
    """Each record of this recipient with its place in the log, oldest first."""
    scene, found = site.scene, []
    for stored in scene.ledger.undelivered(recipient):
        endorsed = unseal(stored.sealed, identity)
        assert not isinstance(endorsed, Refused), endorsed
        checked = check(endorsed, RECORD, (scene.keys.signing.public,))
        assert not isinstance(checked, Refused), checked
        found.append((stored.leaf_index, json.loads(checked[0])))
    return found


class CountingReader(SimulatedReader):
    """A reader that remembers how many pages it read."""

    def __init__(self) -> None:
        self.pages = 0

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        self.pages += 1
        return super().read(untrusted_page, url, untrusted_content_type)


def test_the_same_page_is_not_parsed_twice_however_it_came(tmp_path: Path) -> None:
    site = Site(tmp_path, RevisitPolicy(Conditional.NEVER))
    site.reader = reader = CountingReader()
    site.visit()
    assert reader.pages == len(site.pages())
    site.visit()
    assert site.sent() == set()
    assert reader.pages == len(site.pages())
    assert site.unchanged() == [True, True]
    assert len(site.scene.onions.asked) == len(gallery())


def test_the_same_page_with_another_picture_is_described_from_its_own_bytes(tmp_path: Path) -> None:
    site = Site(tmp_path, RevisitPolicy(Conditional.NEVER))
    site.visit()
    site.replies[PICTURES[1]] = picture("known-b")
    site.visit()
    assert site.unchanged() == [False, True]
    assert site.pages()[0]["counts"]["matched"] == 3
    assert b"known-inline" in site.scene.examiner.examined


@dataclass
class Counting:
    """A ledger that counts transactions with ends of pages; at the one of this number, the process ends."""

    ledger: Any
    dies_at: int = 0
    ends: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the ledger has
        return getattr(self.ledger, name)

    def proceed(self, claim: Claim, ends: Sequence[PageEnd], intents: Sequence[Intent] = ()) -> tuple[int, ...]:
        self.ends += [len(ends)] if ends else []
        if ends and len(self.ends) == self.dies_at:
            raise KilledError
        leaves: tuple[int, ...] = self.ledger.proceed(claim, ends, intents)
        return leaves


class KilledError(BaseException):
    """Stands for the end of the process."""


CHAIN = 2 * ENDS_WAITING


def chained(folder: Path) -> Scene:
    """A site of pages without pictures, each of which links to the next."""
    pages = [tagged(page_of([f"{HOME}/{number + 1}"])) for number in range(CHAIN - 1)]
    urls = [f"{HOME}/{number or ''}" for number in range(CHAIN - 1)]
    return Scene(folder, {**dict(zip(urls, pages, strict=True)), f"{HOME}/{CHAIN - 1}": tagged(page_of())}, DEEP)


def test_pages_that_are_as_they_were_wait_for_the_next_transaction_and_all_others_for_none(tmp_path: Path) -> None:
    scene = chained(tmp_path)
    first, second = Counting(scene.ledger), Counting(scene.ledger)
    scene.visit(replace(scene.services(), revisit=AT_ONCE, ledger=cast("Any", first)))
    assert first.ends == [1] * CHAIN
    scene.visit(replace(scene.services(), revisit=AT_ONCE, ledger=cast("Any", second)))
    assert sum(second.ends) == CHAIN
    assert len(scene.pages()) == 2 * CHAIN


@pytest.mark.parametrize("dies_at", [1, 2, CHAIN // 2])
def test_a_kill_while_ends_of_pages_wait_loses_none_of_them(tmp_path: Path, dies_at: int) -> None:
    scene = chained(tmp_path)
    scene.visit(replace(scene.services(), revisit=AT_ONCE))
    dying = Counting(scene.ledger, dies_at)
    with pytest.raises(KilledError):
        scene.visit(replace(scene.services(), revisit=AT_ONCE, ledger=cast("Any", dying)))
    scene.ledger.release_abandoned("the next run")
    assert scene.visit(replace(scene.services(), revisit=AT_ONCE)).outcome == "visited"
    told = [page["page"]["url"] for page in scene.pages()[CHAIN:]]
    assert set(told) == {f"{HOME}/{number or ''}" for number in range(CHAIN)}
    report = audit_store(tmp_path / "store.sqlite3", (scene.signing.public,), None)
    assert getattr(report, "holds", False), report
