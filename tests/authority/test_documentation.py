"""What the documentation shows works."""

import re
import shutil  # noqa: TID251 - only to find a program
import subprocess
from pathlib import Path

import pytest

from scanner.authority.list_model import ListHead, Target, read_form
from scanner.authority.list_store import store_list
from tests.authority.making import KEY, NOW, TRUSTED, a_list, signed

PAGE = (Path(__file__).parents[2] / "docs" / "authority-lists.md").read_text()


def test_the_example_is_a_list() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert read_form(example[1].encode()).faults == ()


def test_every_key_is_explained() -> None:
    keys = {*ListHead.model_fields, *Target.model_fields} - {"format_version", "scope"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


@pytest.mark.skipif(shutil.which("minisign") is None, reason="the program minisign is not installed")
def test_a_kept_list_can_be_parted_for_minisign(tmp_path: Path) -> None:
    store_list(tmp_path / "lists", *signed(a_list()), TRUSTED, NOW)
    kept = tmp_path / "lists" / "examples.list"
    (tmp_path / "l.minisig").write_bytes(run("head", "-n", "4", str(kept)))
    (tmp_path / "l").write_bytes(run("tail", "-n", "+5", str(kept)))
    assert b"verified" in run("minisign", "-V", "-P", KEY.public.line(), "-m", str(tmp_path / "l"))


def run(program: str, *arguments: str) -> bytes:
    path = shutil.which(program)
    assert path is not None
    return subprocess.run([path, *arguments], capture_output=True, check=True).stdout
