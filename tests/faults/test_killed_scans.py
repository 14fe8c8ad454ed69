"""`kill -9` at every call of a scan: after the next start nothing found is lost, and nothing goes out twice."""

import sys
from collections import Counter
from subprocess import run

import pytest

from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.crypto.signing import ScannerKey
from reports.log.audit import AuditReport
from reports.record.model import PageRecord
from reports.store.reading import audit_store
from scanner.referrals.dispatch import dispatch
from tests.faults.mortal import IDENTITY_FILE, KEY_FILE, LIVED, PAGES, SITE, recipients
from tests.visit.scene import Scene

TWENTY = 20


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    """Every scanner that died, in the order of the calls at which it did, opened anew; last the one that lived."""
    folder = tmp_path_factory.mktemp("scans")
    run([sys.executable, "-m", "tests.faults.mortal", str(folder)], check=True)
    signing, identity = ScannerKey.load(folder / KEY_FILE), (folder / IDENTITY_FILE).read_text()
    assert isinstance(signing, ScannerKey)
    places = sorted((place for place in folder.iterdir() if place.is_dir()), key=lambda place: int(place.name))
    return [Scene(place, SITE, signing=signing, identity=identity) for place in places]


def next_start(scene: Scene) -> None:
    """What the daemon does: release what the dead run held, visit what is due, refer what is new."""
    scene.ledger.release_abandoned("run-2")
    if any(site.key == scene.key for site in scene.ledger.due(scene.clock(), 9)):
        scene.visit()
    dispatch(scene.ledger, recipients(scene), scene.folder / "outbox")


def referred(scene: Scene) -> list[VerifiedReferral]:
    """Every referral in the outbox, opened as its recipient opens it."""
    files = sorted((scene.folder / "outbox").iterdir())
    opened = [open_bundle(path.read_bytes(), scene.identity, scene.signing.public) for path in files]
    assert all(isinstance(one, VerifiedReferral) for one in opened), opened
    return [one for one in opened if isinstance(one, VerifiedReferral)]


def pages(scene: Scene) -> list[PageRecord]:
    records = [record.content for one in referred(scene) for record in one.records]
    return [record for record in records if isinstance(record, PageRecord)]


def log_of(scene: Scene) -> AuditReport:
    report = audit_store(scene.folder / "store.sqlite3", (scene.signing.public,), None)
    assert isinstance(report, AuditReport), report
    return report


def test_they_died_at_more_than_twenty_places(scenes: list[Scene]) -> None:
    assert len(scenes) > TWENTY
    assert [(scene.folder / LIVED).exists() for scene in scenes] == [False] * (len(scenes) - 1) + [True]


def test_after_the_next_start_every_finding_has_gone_out_and_none_twice(scenes: list[Scene]) -> None:
    for scene in scenes:
        next_start(scene)
        found = {match.entry_id for page in pages(scene) for one in page.pictures for match in one.matches}
        assert found == {f"known-{number}" for number in range(PAGES)}, scene.folder
        sent = Counter(record.record_id for one in referred(scene) for record in one.manifest.records)
        assert set(sent.values()) == {1}, scene.folder
        new = Counter(one.image.sha256 for page in pages(scene) for one in page.pictures if not one.novelty.times_seen)
        assert set(new.values()) == {1}, scene.folder
        report = log_of(scene)
        assert report.holds, report.faults
        assert report.open_visits == report.open_fetches == 0
