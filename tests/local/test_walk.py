"""Which paths there are, in which order, and what is passed over with which reason."""

import os
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scanner.local.path_list import separated
from scanner.local.walk import (
    NOT_ENTERED,
    OWN_REPORT,
    SYMBOLIC_LINK,
    LocalFile,
    SkippedPath,
    StandardInput,
    distinct,
    listed,
    walk,
)


def reasons(root: Path) -> dict[bytes, str]:
    return {one.path: one.reason for one in walk([bytes(root)]) if isinstance(one, SkippedPath)}


def test_every_path_below_is_met_once_and_in_order(tree: Path) -> None:
    met = [one.path for one in walk([bytes(tree)])]
    there = [os.fsencode(path) for path in tree.rglob("*") if path.is_symlink() or not path.is_dir()]
    assert sorted(met) == sorted(there)
    assert met == [one.path for one in walk([bytes(tree)])]
    assert all(one < other for one, other in pairwise(path.split(b"/") for path in met))


def test_links_and_special_files_are_named_and_not_opened(tree: Path) -> None:
    inner = bytes(tree / "inner")
    assert reasons(tree) == {
        inner + b"/out": SYMBOLIC_LINK,
        inner + b"/up": SYMBOLIC_LINK,
        inner + b"/pipe": "a named pipe: not opened",
        inner + b"/socket": "a socket: not opened",
    }
    assert list(walk([b"/dev/null"])) == [SkippedPath(b"/dev/null", "a character device: not opened")]


def test_a_link_is_followed_only_where_it_is_named(tree: Path) -> None:
    via = bytes(tree / "inner" / "up")
    met = [one.path for one in walk([via])]
    assert via + b"/known.jpg" in met
    assert via + b"/inner/up" in met  # a link again, now within the walk
    assert via + b"/inner/up/known.jpg" not in met
    (linked,) = walk([bytes(tree / "inner" / "out")])
    assert isinstance(linked, LocalFile)
    assert linked.follow


def test_a_list_of_files_follows_and_enters_nothing(tree: Path) -> None:
    paths = [bytes(tree), bytes(tree / "inner" / "out"), bytes(tree / "known.jpg"), b"", b"/nowhere", b"-"]
    found = list(listed(paths))
    assert [one.path for one in found] == paths
    assert [getattr(one, "reason", None) for one in found] == [
        NOT_ENTERED,
        SYMBOLIC_LINK,
        None,
        *["could not be read: No such file or directory"] * 3,
    ]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    """A path longer than the system takes: for it, root's right to read everything counts nothing."""
    opened = [os.open(tmp_path, os.O_RDONLY)]
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=opened[-1])
        opened.append(os.open("d" * 250, os.O_RDONLY, dir_fd=opened[-1]))
    for one in opened:
        os.close(one)
    (found,) = walk([bytes(tmp_path)])
    assert isinstance(found, SkippedPath)
    assert found.reason == "could not be read: File name too long"


def test_a_tree_deeper_than_the_stack(tmp_path: Path) -> None:
    folders = [Path(f"{tmp_path}{'/d' * depth}") for depth in range(1, sys.getrecursionlimit() + 50)]
    for folder in folders:
        folder.mkdir()
    (folders[-1] / "file").touch()
    met = [one.path for one in walk([bytes(tmp_path)])]
    (folders[-1] / "file").unlink()
    for folder in reversed(folders):  # pytest's own clearing would recurse
        folder.rmdir()
    assert met == [bytes(folders[-1]) + b"/file"]


def test_the_report_is_not_examined_by_itself(tree: Path) -> None:
    status = (tree / "other.jpg").stat()
    met = {one.path: one for one in walk([bytes(tree)], frozenset(((status.st_dev, status.st_ino),)))}
    assert met[bytes(tree / "other.jpg")] == SkippedPath(bytes(tree / "other.jpg"), OWN_REPORT)


def test_roots_that_lie_within_others_are_left_out(tree: Path) -> None:
    roots = [bytes(tree / "inner"), bytes(tree), bytes(tree) + b"/.", b"-", bytes(tree / "known.jpg"), b"-", b"/dev"]
    assert distinct(roots) == (
        [bytes(tree), b"-", b"/dev"],
        [bytes(tree) + b"/.", b"-", bytes(tree / "inner"), bytes(tree / "known.jpg")],
    )
    assert distinct([b"/", b"/dev"]) == ([b"/"], [b"/dev"])
    assert list(walk([b"-"])) == [StandardInput()]


@given(st.lists(st.binary(max_size=80).map(lambda path: path.replace(b"\0", b"_"))), st.booleans())
def test_a_list_of_paths_comes_back(paths: list[bytes], ended: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    written = b"".join(path + b"\0" for path in paths)
    if not ended and paths and paths[-1]:
        written = written[:-1]
    assert list(separated(BytesIO(written))) == paths


def test_a_path_without_end_is_bounded_and_fails_to_open() -> None:
    (path, last) = separated(BytesIO(b"x" * 10_000_000 + b"\0last"))
    assert len(path) < 2**18
    assert last == b"last"
    (found,) = listed([path])
    assert isinstance(found, SkippedPath)
    assert "too long" in found.reason
