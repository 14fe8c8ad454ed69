"""`check` opens containers: each picture within has a line of its own, with its path within."""

from pathlib import Path

import pytest

from config.exit_codes import Exit
from scanner.local.open_container import shown_path
from tests.containers.making import message, tarred, zipped
from tests.local.conftest import Run, lines
from tests.local.tree import EDITED, KNOWN, OTHER

FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + bytes(40)


def encrypted(whole: bytes) -> bytes:
    changed = bytearray(whole)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(magic) + at] |= 1
    return bytes(changed)


def endings(text: str) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason by path, in the order of the report."""
    return {
        "!".join(filter(None, (Path(line["path"]).name, line.get("within")))): (line["outcome"], line["reason"])
        for line in lines(text)
    }


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    files = {
        "a.zip": zipped({"folder/1.jpg": KNOWN, "2.jpg": OTHER, "words.txt": b"words"}),
        "b.tar": tarred({"in.zip": zipped({"3.bin": EDITED}), "film.mp4": FILM}),
        "c.eml": message({"4.jpg": KNOWN}),
        "d.zip": encrypted(zipped({"5.jpg": KNOWN, "6.jpg": OTHER})),
        "e.dat": b"\x00junk" + KNOWN,
        "e.jpg": OTHER + zipped({"7.jpg": KNOWN}),
        "f.zip": zipped({"words.txt": b"words"}),
        "g.mp4": FILM,
        "h.pdf": b"%PDF-1.4\n" + OTHER,
        "i.zip": zipped({"x": KNOWN})[:-30],
    }
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return folder


NO_MATCH, MATCHED = ("no match", None), ("matched", None)


def test_each_file_within_ends_with_an_outcome(run: Run, evidence: Path, hashes: Path) -> None:
    ended = run("check", evidence, "--hashes", hashes, "--json", code=Exit.DIFFERS)
    assert endings(ended.stdout) == {
        "a.zip!folder/1.jpg": MATCHED,
        "a.zip!2.jpg": NO_MATCH,
        "a.zip": NO_MATCH,
        "b.tar!in.zip!3.bin": MATCHED,
        "b.tar!film.mp4": ("not examined", "film"),
        "b.tar": NO_MATCH,
        "c.eml!4.jpg": MATCHED,
        "c.eml": NO_MATCH,
        "d.zip!5.jpg": ("undecided", "encrypted"),
        "d.zip!6.jpg": NO_MATCH,
        "d.zip": ("undecided", "not everything in it could be read"),
        "e.dat!embedded at byte 5": MATCHED,
        "e.dat": ("not examined", "unknown"),
        f"e.jpg!appended at byte {len(OTHER)}!7.jpg": MATCHED,
        "e.jpg": NO_MATCH,
        "f.zip": ("not examined", "archive"),
        "g.mp4": ("not examined", "film"),
        "h.pdf!embedded at byte 9": NO_MATCH,
        "h.pdf": ("not examined", "document"),
        "i.zip!0": ("undecided", "damaged"),
        "i.zip": ("undecided", "not everything in it could be read"),
    }
    assert "21 paths: 5 matched, 7 no match, 4 undecided, 5 not examined" in ended.stderr
    assert "2  not examined: film" in ended.stderr


def test_people_see_the_path_within(run: Run, evidence: Path, hashes: Path) -> None:
    ended = run("check", evidence, "--hashes", hashes, code=Exit.DIFFERS)
    assert f"matched    {evidence}/a.zip!folder/1.jpg: " in ended.stdout
    assert f"undecided  {evidence}/d.zip!5.jpg: encrypted" in ended.stdout
    assert "g.mp4" not in ended.stdout


def test_an_interrupted_report_resumes_at_the_container(run: Run, tmp_path: Path, evidence: Path, hashes: Path) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    run("check", evidence, "--hashes", hashes, "--out", whole, code=Exit.DIFFERS)
    written = whole.read_bytes().splitlines(keepends=True)
    for count in (1, 2, 3, 5):
        part.write_bytes(b"".join(written[:count]))
        ended = run("check", evidence, "--hashes", hashes, "--out", part, "--resume", part, code=Exit.DIFFERS)
        assert part.read_bytes() == whole.read_bytes()
        assert "21 paths: 5 matched" in ended.stderr


def test_a_film_alone_is_not_called_ok(run: Run, evidence: Path, hashes: Path) -> None:
    run("check", evidence / "g.mp4", "--hashes", hashes, code=Exit.UNDECIDED)
    run("check", evidence / "f.zip", "--hashes", hashes, code=Exit.UNDECIDED)


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ("1/folder/a.jpg", "folder/a.jpg"),
        ("1/a.zip!2/b%21.png", "a.zip!b%21.png"),
        ("7/embedded", "embedded at byte 7"),
        ("1/a!7/embedded", "a!embedded at byte 7"),
        ("3/", "3"),
    ],
)
def test_the_path_within_has_no_ordinals(entry: str, shown: str) -> None:
    assert shown_path(entry) == shown
