"""`sightline check` as a process: what it opens for writing, Ctrl-C, a reader that has gone, lists at rest."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from config.exit_codes import Exit
from tests.local.conftest import PROGRAM, Run, lines
from tests.local.tree import KNOWN
from tests.matcher.pictures import png, scene

SECONDS = 120
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
_CHANGES = (
    "creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,truncate,mknodat"
)
_CALL = re.compile(r'^[0-9]+ +(?P<name>[a-z0-9]+)\([^"]*"(?P<path>[^"]*)"(?P<rest>.*)$')


def changed(command: list[str], trace: Path) -> set[str]:
    """What a command, and all processes it started, opened for writing or changed by name; `/dev/null` aside."""
    watch = ["strace", "-f", "-qq", "-s", "4096", "-e", f"trace=open,openat,{_CHANGES}", "-o", str(trace)]
    subprocess.run([*watch, *command], env=ENVIRONMENT, capture_output=True, check=False, timeout=SECONDS)
    calls = [found for line in trace.read_text(errors="replace").splitlines() if (found := _CALL.match(line))]
    assert len(calls) > 10  # the libraries, at least, were opened
    writing = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
    return {call["path"] for call in calls if not call["name"].startswith("open") or writing.search(call["rest"])} - {
        "/dev/null"
    }


def test_nothing_but_the_report_is_opened_for_writing(tmp_path: Path, tree: Path, hashes: Path) -> None:
    report, trace = tmp_path / "report.jsonl", tmp_path / "trace"
    check = [*PROGRAM, "check", str(tree), "--hashes", str(hashes)]
    assert changed([*check, "--out", str(report)], trace) == {str(report)}
    assert len(report.read_bytes().splitlines()) == 13
    assert changed([*PROGRAM, "fingerprint", str(tree)], trace) == set()


def test_the_watch_sees_what_is_written_beside_it(tmp_path: Path) -> None:
    """The control."""
    leak = [PROGRAM[0], "-c", f"import os; open('{tmp_path}/x', 'w').close(); os.unlink('{tmp_path}/x')"]
    assert changed(leak, tmp_path / "trace") == {f"{tmp_path}/x"}


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Six hundred files, each other bytes."""
    root = tmp_path / "many"
    root.mkdir()
    picture = png(scene(5, 200, 150))
    for number in range(600):
        (root / f"{number:03}.png").write_bytes(picture + b"%d" % number)
    return root


def started(*words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*PROGRAM, *words], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_a_report_that_is_gone_on_with(
    run: Run, tmp_path: Path, many: Path, hashes: Path, number: signal.Signals
) -> None:
    words = ("check", str(many), "--hashes", str(hashes), "--json")
    with started(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(number)
        rest, complained = process.stdout.read(), process.stderr.read()
        process.wait(SECONDS)
    assert process.returncode == Exit.INTERRUPTED, complained
    found = lines((first + rest).decode())
    assert [line["path"] for line in found] == [str(many / f"{one:03}.png") for one in range(len(found))]
    assert 1 <= len(found) < 600
    assert f"{len(found)} path".encode() in complained
    (tmp_path / "part").write_bytes(first + rest)
    again = run(*words, "--resume", "part")
    assert [line["path"] for line in found + lines(again.stdout)] == [str(many / f"{one:03}.png") for one in range(600)]
    assert "600 paths: 0 matched, 600 no match, 0 undecided" in again.stderr


def test_killed_at_once_it_is_gone_on_with(run: Run, tmp_path: Path, many: Path, hashes: Path) -> None:
    words = ("check", str(many), "--hashes", str(hashes), "--json")
    with started(*words) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.kill()
        rest = process.stdout.read()
        process.wait(SECONDS)
    assert process.returncode == -signal.SIGKILL
    (tmp_path / "part").write_bytes(first + rest)
    whole = (first + rest)[: (first + rest).rfind(b"\n") + 1]
    assert 1 <= len(found := lines(whole.decode())) < 600
    again = lines(run(*words, "--resume", "part").stdout)
    assert [line["path"] for line in found + again] == [str(many / f"{one:03}.png") for one in range(600)]


def test_a_reader_that_has_gone_is_no_match_and_no_fault(many: Path, hashes: Path) -> None:
    """Python itself would end with 120, click with 1."""
    with started("check", str(many), "--hashes", str(hashes), "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complained = process.stderr.read()
        assert process.wait(SECONDS) == Exit.UNREAD
    assert complained == b""


def test_standard_input_is_not_both(hashes: Path) -> None:
    command = [*PROGRAM, "check", "-", "--from-file0", "-", "--hashes", str(hashes)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS)
    assert (ended.returncode, b"cannot be both" in ended.stderr) == (Exit.USAGE, True)


def test_a_full_disk_is_said(tree: Path, hashes: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*PROGRAM, "check", str(tree), "--hashes", str(hashes), "--json"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=SECONDS)
    assert ended.returncode == Exit.STORE
    assert b"No space left on device" in ended.stderr


def test_a_report_on_standard_output_within_the_tree_is_not_examined(tree: Path, hashes: Path) -> None:
    command = [*PROGRAM, "check", str(tree), "--hashes", str(hashes), "--json"]
    with (tree / "report").open("wb") as report:
        subprocess.run(command, stdout=report, stderr=subprocess.PIPE, check=False, timeout=SECONDS)
    (own,) = (one for one in lines((tree / "report").read_text()) if one["path"].endswith("/report"))
    assert own["reason"] == "the report that is being written"


def test_lists_at_rest_under_a_configuration(run: Run, tmp_path: Path, hashes: Path) -> None:
    """The way of an operator: `init`, an import, then `check` without `--hashes`."""
    (tmp_path / "picture").write_bytes(KNOWN)
    run("init", "--directory", tmp_path / "scanner")
    chosen = ("--config", tmp_path / "scanner" / "sightline.toml")
    assert "hashes import" in run(*chosen, "check", "picture", code=Exit.CONFIGURATION).stderr
    recipient = run("keys", "new", "recipient", tmp_path / "recipient.key").stdout
    key = next(word for word in recipient.split() if word.startswith("age1"))
    with (tmp_path / "scanner" / "sightline.toml").open("a") as configuration:
        configuration.write(f'\n[[recipients]]\nname = "Test"\npublic_key = "{key}"\n')
    said = ("--format", "csv", "--kind", "child-abuse", "--list", "made-up", "--issuer", "Nobody")
    run(*chosen, "hashes", "import", hashes, *said)
    (line,) = lines(run(*chosen, "check", "picture", "--json", code=Exit.DIFFERS).stdout)
    assert [(one["list"], one["entry"]) for one in line["matches"]] == [("made-up", "K-1")]
