"""Work shared between sites: hashed once, judged each time, proven first, audited by lot, never poisoned."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import Fingerprint, Reading, UndecidedReason, digest
from matcher.matching.examiner import PictureExaminer
from matcher.matching.fingerprint_cache import FingerprintCache
from matcher.verdict import Outcome
from tests.matcher.matching.test_examiner import FAR, NEAR, ZERO, SimulatedJudge


class CountingHasher:
    """Hashes every picture as `pdq`, and remembers which it was asked for."""

    def __init__(self, pdq: bytes = ZERO, undecided: UndecidedReason | None = None, *, scales: bool = False) -> None:
        self.pdq, self.undecided, self.scales = pdq, undecided, scales
        self.asked: list[bytes] = []
        self.lies: list[bytes] = []

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        self.asked.append(untrusted_picture)
        reading = Reading("plain", self.pdq, 100, ZERO)
        scaled = self.scales and not full
        return Fingerprint(digest(untrusted_picture), 1, "image/jpeg", 9, 9, (reading,), self.undecided, scaled)

    def suspects(self) -> tuple[bytes, ...]:
        return tuple(self.lies)

    @contextmanager
    def leased(self) -> Iterator["CountingHasher"]:
        yield self

    def close(self) -> None:
        """Nothing to end."""


def two_sites(
    hasher: CountingHasher, judge: SimulatedJudge, *, lot: bool = False, proven: bool = True
) -> tuple[PictureExaminer, Outcome]:
    """One site shows a picture, then another shows the same bytes; the examiner, and the second site's outcome."""
    examiner = PictureExaminer(hasher, judge, lot=lambda _one_in: lot)
    with examiner.isolated() as one:
        one.examine(b"p")
        if proven:
            one.recheck()
    with examiner.isolated() as other:
        return examiner, other.examine(b"p").verdict.outcome


def test_the_same_bytes_on_a_second_site_are_not_hashed_again() -> None:
    hasher = CountingHasher()
    examiner, outcome = two_sites(hasher, SimulatedJudge(ZERO))
    assert (outcome, hasher.asked, examiner.cache.used) == (Outcome.MATCHED, [b"p"], 1)


def test_the_verdict_is_made_anew_by_the_lists_in_force() -> None:
    judge = SimulatedJudge(FAR)
    examiner = PictureExaminer(CountingHasher(), judge, lot=lambda _one_in: False)
    with examiner.isolated() as site:
        assert site.examine(b"p").verdict.outcome is Outcome.NO_MATCH
        site.recheck()
        judge.entry = int.from_bytes(ZERO)  # a list was changed
        assert site.examine(b"p").verdict.outcome is Outcome.MATCHED


def test_a_scaled_fingerprint_that_might_match_now_is_decoded_in_full() -> None:
    judge, hasher = SimulatedJudge(FAR), CountingHasher(scales=True)
    examiner = PictureExaminer(hasher, judge, lot=lambda _one_in: False)
    with examiner.isolated() as site:
        assert site.examine(b"p").fingerprint.scaled
        site.recheck()
        assert (site.examine(b"p").verdict.outcome, len(hasher.asked)) == (Outcome.NO_MATCH, 1)
        judge.entry = int.from_bytes(NEAR)
        assert site.examine(b"p").verdict.outcome is Outcome.MATCHED
        assert len(hasher.asked) == 3


def test_nothing_is_shared_before_its_workers_were_proven() -> None:
    hasher = CountingHasher()
    two_sites(hasher, SimulatedJudge(ZERO), proven=False)
    assert hasher.asked == [b"p", b"p"]


def test_what_a_lying_worker_said_is_not_shared() -> None:
    hasher = CountingHasher(FAR)
    examiner = PictureExaminer(hasher, SimulatedJudge(ZERO), lot=lambda _one_in: False)
    with examiner.isolated() as one:
        assert one.examine(b"p").verdict.outcome is Outcome.NO_MATCH
        hasher.pdq, hasher.lies = ZERO, [b"p"]  # found lying, and replaced
        (again,) = one.recheck().values()
        assert again.verdict.outcome is Outcome.MATCHED
    with examiner.isolated() as other:
        assert other.examine(b"p").verdict.outcome is Outcome.MATCHED
    assert hasher.asked == [b"p", b"p"]


def test_an_audit_that_differs_ends_all_sharing_and_a_match_counts() -> None:
    for first, second in ((FAR, ZERO), (ZERO, FAR)):
        hasher = CountingHasher(first)
        examiner = PictureExaminer(hasher, SimulatedJudge(ZERO), lot=lambda _one_in: True)
        with examiner.isolated() as one:
            one.examine(b"p")
            one.recheck()
        hasher.pdq = second
        with examiner.isolated() as other:
            assert other.examine(b"p").verdict.outcome is Outcome.MATCHED
            other.recheck()
        assert not examiner.cache.trusted
        assert examiner.cache.of(b"p") is None


def test_an_audit_that_agrees_changes_nothing() -> None:
    hasher = CountingHasher()
    examiner, outcome = two_sites(hasher, SimulatedJudge(ZERO), lot=True)
    assert (outcome, hasher.asked, examiner.cache.trusted) == (Outcome.MATCHED, [b"p", b"p"], True)


def test_a_failure_of_a_worker_is_not_shared() -> None:
    hasher = CountingHasher(undecided=UndecidedReason.TIME_LIMIT)
    two_sites(hasher, SimulatedJudge(FAR))
    assert len(hasher.asked) == 2


@given(st.lists(st.integers(0, 30), max_size=80), st.integers(1, 8))
def test_is_bounded_and_keeps_what_was_used_last(numbers: list[int], most: int) -> None:
    shared = FingerprintCache(most)
    hasher = CountingHasher()
    for number in numbers:
        picture = bytes([number])
        shared.keep({digest(picture).sha256: hasher.fingerprint(picture)})
    last = list(dict.fromkeys(reversed(numbers)))
    kept = [number for number in last if shared.of(bytes([number]))]
    assert len(kept) == min(most, len(set(numbers)))
    if numbers:
        assert kept[0] == numbers[-1]


def test_another_scale_of_the_same_bytes_is_no_lie() -> None:
    full = CountingHasher().fingerprint(b"p", full=True)
    shared = FingerprintCache()
    shared.keep({full.digests.sha256: replace(full, scaled=True)})
    hasher = CountingHasher()
    examiner = PictureExaminer(hasher, SimulatedJudge(ZERO), lot=lambda _one_in: True, cache=shared)
    assert examiner.examine(b"p").verdict.outcome is Outcome.MATCHED
    assert shared.trusted
