"""Lists on the disk: replaced whole, verified anew at each reading, never believed for lying there."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from config.faults import Refused
from scanner.authority.list_store import load_lists, store_list
from scanner.authority.sign import SignedList, issue
from scanner.authority.verify import AuthorityList
from tests.authority.making import KEY, NOW, TRUSTED, a_list, signed, verified


def kept(folder: Path, **changes: object) -> AuthorityList:
    stored = store_list(folder, *signed(a_list(**changes)), TRUSTED, NOW)
    assert isinstance(stored, AuthorityList), stored
    return stored


def test_what_is_stored_is_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    stored = kept(folder)
    lists = load_lists(folder, TRUSTED, NOW)
    assert lists.in_force == lists.held == (stored,)
    assert lists.faults == ()
    assert [one.target.address for one in lists.listings()] == list(stored.targets)


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert load_lists(tmp_path / "none", TRUSTED, NOW).held == ()


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    kept(tmp_path / "lists")
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "lists").iterdir()] == [0]


def test_a_new_edition_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    kept(folder)
    newer = kept(folder, sequence=4)
    assert load_lists(folder, TRUSTED, NOW).held == (newer,)


@pytest.mark.parametrize("changes", [{"sequence": 2}, {"valid_until": "2026-11-22T13:00:00Z"}, {"targets": [{}]}])
def test_what_is_refused_changes_nothing(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = tmp_path / "lists"
    stored = kept(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert isinstance(store_list(folder, *signed(a_list(**changes)), TRUSTED, NOW), Refused)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert load_lists(folder, TRUSTED, NOW).in_force == (stored,)


def test_an_unsigned_list_is_not_stored(tmp_path: Path) -> None:
    assert isinstance(store_list(tmp_path / "lists", signed(a_list())[0], None, TRUSTED, NOW), Refused)
    assert not (tmp_path / "lists").exists()


def test_an_expired_list_is_held_and_not_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    stored = kept(folder)
    later = load_lists(folder, TRUSTED, NOW + timedelta(days=30))
    assert (later.held, later.in_force) == ((stored,), ())
    assert [fault.where for fault in later.faults] == ["examples.list: valid_until"]
    assert list(later.listings()) == []


def test_a_key_that_is_trusted_no_longer_takes_its_lists_with_it(tmp_path: Path) -> None:
    kept(tmp_path / "lists")
    lists = load_lists(tmp_path / "lists", (), NOW)
    assert lists.held == ()
    assert "not trusted" in lists.faults[0].cause


@pytest.mark.parametrize("place", [60, 300, 500, -3])
def test_a_changed_file_is_not_in_force(tmp_path: Path, place: int) -> None:
    folder = tmp_path / "lists"
    kept(folder)
    file = folder / "examples.list"
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    lists = load_lists(folder, TRUSTED, NOW)
    assert lists.held == ()
    assert lists.faults


@pytest.mark.parametrize("length", [0, 10, 250, 400, 900])
def test_a_cut_file_is_not_in_force(tmp_path: Path, length: int) -> None:
    folder = tmp_path / "lists"
    kept(folder)
    os.truncate(folder / "examples.list", length)
    assert load_lists(folder, TRUSTED, NOW).held == ()


def test_an_old_edition_under_another_name_is_not_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    kept(folder)
    (folder / "copy.list").write_bytes((folder / "examples.list").read_bytes())
    newer = kept(folder, sequence=4)
    lists = load_lists(folder, TRUSTED, NOW)
    assert lists.held == (newer,)
    assert "not the one it is named for" in lists.faults[0].cause


def test_one_bad_list_leaves_the_others_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    stored = kept(folder)
    (folder / "other.list").write_bytes(b"junk")
    assert load_lists(folder, TRUSTED, NOW).in_force == (stored,)


def test_an_issued_form_is_what_was_meant(tmp_path: Path) -> None:
    form = verified().form
    made = issue(form, KEY, NOW)
    assert isinstance(made, SignedList)
    stored = store_list(tmp_path / "lists", made.content, made.signature, TRUSTED, NOW)
    assert isinstance(stored, AuthorityList)
    assert stored.form == form
