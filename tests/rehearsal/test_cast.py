"""The plan holds together before any site is started: what is planted is served, and would be found."""

import io
from collections import Counter
from collections.abc import Iterator

import pytest

from config.faults import Refused
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.importing import import_list
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome, Verdict
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.rehearsal.expectations import OTHERS, Planted, SitePlan
from scanner.rehearsal.hash_list import hash_list_csv
from scanner.rehearsal.scenario import cast
from scanner.urls.onion_address import OnionAddress


@pytest.fixture(scope="module")
def sites() -> tuple[SitePlan, ...]:
    return cast()


def pictures_of(site: SitePlan) -> Iterator[Planted]:
    return (row for row in site.planted if row.way not in OTHERS)


def test_every_site_has_an_address_of_its_own(sites: tuple[SitePlan, ...]) -> None:
    assert len({site.key.address for site in sites}) == len(sites)
    assert all(isinstance(OnionAddress.parse(site.key.address), OnionAddress) for site in sites)


def test_nothing_is_planted_twice(sites: tuple[SitePlan, ...]) -> None:
    rows = Counter((row.page, row.picture, row.way) for site in sites for row in site.planted)
    assert rows.most_common(1)[0][1] == 1


def test_every_picture_is_served_by_somebody_or_must_be_missed(sites: tuple[SitePlan, ...]) -> None:
    served = {f"http://{site.key.address}{path}" for site in sites for path in site.answers}
    for site in sites:
        for row in pictures_of(site):
            missed = row.expected[0].startswith(("failed", "not fetched"))
            assert missed or row.picture in served or not row.picture, row


def test_forbidden_paths_are_served_and_never_planted(sites: tuple[SitePlan, ...]) -> None:
    """Else a scanner that went there would not be noticed, or one that obeyed would be blamed."""
    for site in sites:
        planted = {row.picture.removeprefix(f"http://{site.key.address}") for row in site.planted}
        assert not site.forbidden_paths & planted
    assert {path for site in sites for path in site.forbidden_paths & site.answers.keys()}


def test_an_unlisted_site_is_embedded_linked_and_redirected_to(sites: tuple[SitePlan, ...]) -> None:
    (unlisted,) = (site for site in sites if not site.listed)
    listed = [answer for site in sites if site.listed for answer in site.answers.values()]
    goal = f"http://{unlisted.key.address}"
    assert any(goal in answer.location for answer in listed)
    assert any(f'src="{goal}'.encode() in answer.body for answer in listed)
    assert any(f'href="{goal}'.encode() in answer.body for answer in listed)
    assert unlisted.planted == ()


@pytest.fixture(scope="module")
def hasher() -> Iterator[WorkerHasher]:
    running = WorkerHasher(workers=2, accepted=Layer.NAMESPACES)
    yield running
    running.close()


def test_the_matcher_says_of_each_picture_what_is_planted(sites: tuple[SitePlan, ...], hasher: WorkerHasher) -> None:
    """Without any network: the bytes that are served, against the hash list that is imported."""
    header = ListHeader("rehearsal", "Rehearsal", "1", "", sha256="")
    imported = import_list(io.BytesIO(hash_list_csv(hasher)), CsvFormat(), header)
    assert not isinstance(imported, Refused)
    assert imported.kept_out == 0
    judge = IndexJudge([imported.hash_list])
    bodies = {
        f"http://{site.key.address}{path}": answer.body[: len(answer.body) // 2] if answer.cut_short else answer.body
        for site in sites
        for path, answer in site.answers.items()
    }
    judged = 0
    for row in (row for site in sites for row in pictures_of(site)):
        body = bodies.get(row.picture, b"")
        if body and row.expected[0].startswith(("matched", "undecided", "no match")):
            judged += 1
            assert fate(judge.judge(hasher.fingerprint(body))) in [word.partition(",")[0] for word in row.expected], row
    assert judged > 80


def fate(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.MATCHED:
        return f"matched {verdict.matches[0].entry_id}: {verdict.matches[0].tier}"
    return f"undecided: {verdict.reason}" if verdict.outcome is Outcome.UNDECIDED else "no match"
