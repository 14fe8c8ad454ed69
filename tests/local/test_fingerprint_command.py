"""`sightline fingerprint`: the lines, against what is found in process."""

from pathlib import Path

from config.exit_codes import Exit
from matcher.fingerprint import digest
from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from tests.local.conftest import Run, lines
from tests.local.tree import KNOWN, OTHER, state
from tests.matcher.pictures import animation, jpeg, png, scene

KEYS = ["path", "md5", "sha1", "sha256", "outcome", "reason", "readings"]


def test_a_line_tells_digests_and_every_reading(run: Run, tree: Path) -> None:
    (line,) = lines(run("fingerprint", tree / "known.jpg").stdout)
    digests, found = digest(KNOWN), hash_picture(KNOWN, ExaminationLimits(), full=True)
    assert list(line) == KEYS
    assert (line["md5"], line["sha1"], line["sha256"]) == tuple(
        one.hex() for one in (digests.md5, digests.sha1, digests.sha256)
    )
    assert (line["outcome"], line["reason"]) == ("hashed", None)
    assert line["readings"] == [
        {"reading": one.steps.name, "pdq": one.pdq.hex(), "quality": one.quality, "phash": one.phash.hex()}
        for one in found.readings
    ]
    assert {(len(one["pdq"]), len(one["phash"])) for one in line["readings"]} == {(64, 64)}


def test_every_path_has_a_line(run: Run, tree: Path) -> None:
    before = state(tree)
    ended = run("fingerprint", tree)
    found = {line["path"].rsplit("/", 1)[-1]: line for line in lines(ended.stdout)}
    assert len(found) == 13
    assert all(list(line) == KEYS for line in found.values())
    assert found["cut.jpg"]["outcome"] == "undecided"
    assert found["cut.jpg"]["readings"]
    assert found["notes.txt"]["md5"] == digest(b"notes").md5.hex()
    assert found["another name"]["sha256"] == found["known.jpg"]["sha256"]
    assert (found["pipe"]["md5"], found["pipe"]["readings"]) == (None, [])
    assert "13 paths: 6 hashed, 7 undecided" in ended.stderr
    assert state(tree) == before


def test_standard_input(run: Run) -> None:
    (line,) = lines(run("fingerprint", "-", given=OTHER).stdout)
    assert (line["path"], line["outcome"], line["md5"]) == ("-", "hashed", digest(OTHER).md5.hex())


def test_a_list_in_csv_is_read_back_and_finds_the_pictures_it_was_made_of(run: Run, tree: Path, tmp_path: Path) -> None:
    (tree / "layers.gif").write_bytes(animation(scene(1), scene(4)))
    listed = tmp_path / "made.csv"
    listed.write_text(run("fingerprint", tree, "--format", "csv").stdout)
    heads = listed.read_text().splitlines()[0].split(",")
    assert heads == ["entry_id", "md5", "sha1", "sha256", "pdq", "phash", "reading", "quality"]
    assert str(tree) not in listed.read_text()
    assert "notes" not in listed.read_text()
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "known").write_bytes(jpeg(scene(1), quality=70))
    (tmp_path / "copies" / "second-frame").write_bytes(png(scene(4)))
    (tmp_path / "copies" / "stranger").write_bytes(png(scene(77)))
    ended = run("check", tmp_path / "copies", "--hashes", listed, "--json", code=Exit.DIFFERS)
    outcomes = {line["path"].rsplit("/", 1)[-1]: line["outcome"] for line in lines(ended.stdout)}
    assert outcomes == {"known": "matched", "second-frame": "matched", "stranger": "no match"}
