"""The one module that writes files: whole or absent, private, never overwriting a key."""

import os
import stat
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from config.faults import Refused
from reports.files import (
    StateLock,
    hold_state,
    make_private,
    private_directory,
    read_secret,
    sweep_unfinished,
    write,
    write_new,
    writing,
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fail_half_way(path: Path) -> None:
    with writing(path) as file:
        file.write(b"half of the ne")
        _ = 1 / 0


def test_a_file_is_written_private_and_whole(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        write(tmp_path / "a", b"content")
        write(tmp_path / "b", b"content", mode=0o644)
    finally:
        os.umask(previous)
    assert (tmp_path / "a").read_bytes() == b"content"
    assert (mode_of(tmp_path / "a"), mode_of(tmp_path / "b")) == (0o600, 0o644)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_block_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, b"old")
    with pytest.raises(ZeroDivisionError):
        fail_half_way(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_until_the_block_ends_the_old_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, b"old")
    with writing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_link_in_the_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "a"
    elsewhere.write_bytes(b"untouched")
    path.symlink_to(elsewhere)
    write(path, b"new")
    assert elsewhere.read_bytes() == b"untouched"
    assert not path.is_symlink()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for the full disk: the write fails in the middle of the file."""
    write(tmp_path / "a", b"old")
    program = (
        "import resource, sys; from pathlib import Path; from reports.files import write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write(Path(sys.argv[1]), bytes(8192))\n"
        "except OSError: sys.exit(7)\n"
    )
    with Popen([sys.executable, "-c", program, str(tmp_path / "a")]) as child:
        assert child.wait() == 7
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sweep_unfinished(tmp_path) == 0


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert write_new(path, b"first") is None
    assert mode_of(path) == 0o600
    assert isinstance(write_new(path, b"second"), Refused)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert isinstance(write_new(tmp_path / "dangling", b"second"), Refused)
    assert path.read_bytes() == b"first"
    assert not (tmp_path / "nowhere").exists()
    assert sweep_unfinished(tmp_path) == 0


def test_a_private_secret_is_read(tmp_path: Path) -> None:
    write_new(tmp_path / "key", b"secret")
    assert read_secret(tmp_path / "key") == b"secret"
    (tmp_path / "key").chmod(0o400)
    assert read_secret(tmp_path / "key") == b"secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o610])
def test_a_secret_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    write_new(tmp_path / "key", b"secret")
    (tmp_path / "key").chmod(mode)
    refused = read_secret(tmp_path / "key")
    assert isinstance(refused, Refused)
    assert "chmod 600" in str(refused)
    assert "secret" not in str(refused).replace(str(tmp_path), "")


def test_what_is_no_secret_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    write_new(tmp_path / "large", bytes(101))
    for name in ("missing", "pipe", "large", "."):
        assert isinstance(read_secret(tmp_path / name, limit_bytes=100), Refused), name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_secret_of_another_user_is_refused(tmp_path: Path) -> None:
    write_new(tmp_path / "key", b"secret")
    os.chown(tmp_path / "key", 1234, 1234)
    assert "chown" in str(read_secret(tmp_path / "key"))
    (tmp_path / "folder").mkdir(mode=0o700)
    os.chown(tmp_path / "folder", 1234, 1234)
    assert "chown" in str(private_directory(tmp_path / "folder"))


def test_a_private_directory_is_made_with_its_parents(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two"
    assert private_directory(path) is None
    assert mode_of(path) == 0o700
    assert private_directory(path) is None


def test_a_directory_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "open"
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    assert "chmod 700" in str(private_directory(path))
    (tmp_path / "file").touch()
    assert isinstance(private_directory(tmp_path / "file"), Refused)
    assert isinstance(private_directory(tmp_path / "file" / "below"), Refused)


def test_a_database_file_is_private_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "store"
    assert make_private(path) is None
    assert mode_of(path) == 0o600
    path.chmod(0o644)
    assert isinstance(make_private(path), Refused)
    (tmp_path / "link").symlink_to(path)
    assert isinstance(make_private(tmp_path / "link"), Refused)


def test_unfinished_files_are_swept_and_no_others(tmp_path: Path) -> None:
    unfinished = tmp_path / ".report.0123456789abcdef.new"
    others = [tmp_path / name for name in ("report.new", ".report.new", ".report.0123456789abcdeX.new", "report")]
    for path in (unfinished, *others):
        path.touch()
    assert sweep_unfinished(tmp_path) == 1
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_process_that_was_killed_while_writing_leaves_what_the_sweep_removes(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from reports.files import writing\n"
        "with writing(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with Popen([sys.executable, "-c", program, str(tmp_path / "a")]) as child:
        assert child.wait() == -9
    assert not (tmp_path / "a").exists()
    assert sweep_unfinished(tmp_path) == 1


def test_one_process_holds_a_state_directory(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from reports.files import hold_state\n"
        "lock = hold_state(Path(sys.argv[1]), 'run'); print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        refused = hold_state(tmp_path, "scan")
        assert isinstance(refused, Refused)
        assert f"process {child.pid} (sightline run)" in str(refused)
        child.stdin.close()
        child.wait()
    lock = hold_state(tmp_path, "scan")
    assert isinstance(lock, StateLock)
    assert isinstance(hold_state(tmp_path, "scan"), Refused)
    lock.release()
    lock.release()
    again = hold_state(tmp_path, "scan")
    assert isinstance(again, StateLock)
    again.release()


def test_a_state_directory_that_is_not_there_cannot_be_held(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        hold_state(tmp_path / "missing", "scan")
