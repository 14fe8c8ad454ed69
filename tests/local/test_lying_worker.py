"""A file that takes its worker over, among local files: no line is written on that worker's word.

The worker is a real one, confined by every layer (`tests/matcher/lying_child.py`).
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from config.faults import Refused
from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.matching.examiner import PictureExaminer
from matcher.picture.readings import hash_picture
from matcher.verdict import Outcome
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.cli.hash_formats import reader_of
from scanner.cli.local_workers import say_lies
from scanner.local.examine import Checking, ExaminedFile, Fingerprinting
from scanner.local.lists import Compared, Meaning, of_files
from scanner.local.ordered_results import in_order
from scanner.local.proven_results import HELD, proven
from scanner.local.read_file import UnreadFile
from scanner.local.walk import LocalFile
from tests.local.tree import EDITED, KNOWN
from tests.matcher.lying_child import TAKES_OVER
from tests.matcher.pictures import jpeg, scene

LYING = "tests.matcher.lying_child"
FIRST = jpeg(scene(4)) + TAKES_OVER
"""A picture like any other, which takes its worker over."""


@pytest.fixture
def lying() -> Iterator[WorkerHasher]:
    with closing(WorkerHasher(1, ExaminationLimits(), LYING, accepted=Layer.NAMESPACES)) as hasher:
        assert hasher.check() == ()
        yield hasher


@pytest.fixture
def files(tmp_path: Path) -> list[LocalFile]:
    """The file that takes over, and after it known pictures: more than are proven at once."""
    found = []
    for number, body in enumerate([FIRST, *[KNOWN, EDITED] * HELD]):
        path = tmp_path / f"{number:03}.jpg"
        path.write_bytes(body)
        found.append(LocalFile(bytes(path), (0, number), 1))
    return found


@pytest.fixture
def compared(hashes: Path) -> Compared:
    compared = of_files([hashes], Meaning(reader_of("csv", (), ","), None, 31))
    assert not isinstance(compared, Refused)
    return compared


def checking(hasher: WorkerHasher, compared: Compared) -> Checking:
    return Checking(PictureExaminer(hasher, compared.judge), compared.judge, compared.limits.max_picture_bytes)


def outcomes(results: Iterator[tuple[object, ExaminedFile | UnreadFile]]) -> list[Outcome | str]:
    return [one.reason if isinstance(one, UnreadFile) else one.verdict.outcome for _, one in results]


def test_no_line_of_check_is_what_a_lying_worker_said(
    lying: WorkerHasher, files: list[LocalFile], compared: Compared, capsys: pytest.CaptureFixture[str]
) -> None:
    work = checking(lying, compared)
    found = outcomes(proven(in_order(files, work, 1, Event()), work))
    assert len(found) == len(files)
    assert set(found[1:]) == {Outcome.MATCHED}
    assert found[0] is Outcome.UNDECIDED
    assert lying.lies >= 1
    say_lies(lying)
    assert "took its worker over" in capsys.readouterr().err


def test_the_control_without_proof_it_hides_known_pictures(
    lying: WorkerHasher, files: list[LocalFile], compared: Compared
) -> None:
    found = outcomes(in_order(files[:5], checking(lying, compared), 1, Event()))
    assert found[1:] == [Outcome.NO_MATCH] * 4
    assert lying.lies == 0


def test_no_line_of_fingerprint_is_what_a_lying_worker_said(lying: WorkerHasher, files: list[LocalFile]) -> None:
    work = Fingerprinting(lying, ExaminationLimits().max_picture_bytes)
    found = [one for _, one in proven(in_order(files, work, 1, Event()), work)]
    truth = {body: hash_picture(body, ExaminationLimits()).readings[0].pdq for body in (KNOWN, EDITED)}
    assert [one.readings[0].pdq for one in found[1:] if isinstance(one, Fingerprint)] == [*truth.values()] * HELD
    assert isinstance(found[0], Fingerprint)
    assert found[0].undecided is UndecidedReason.KILLED_LIED


def test_honest_workers_cost_no_line_anything(files: list[LocalFile], compared: Compared) -> None:
    with closing(WorkerHasher(2, ExaminationLimits(), accepted=Layer.NAMESPACES)) as hasher:
        work = checking(hasher, compared)
        found = outcomes(proven(in_order(files, work, 4, Event()), work))
        assert found == [Outcome.NO_MATCH, *[Outcome.MATCHED] * (2 * HELD)]
        assert hasher.lies == 0
