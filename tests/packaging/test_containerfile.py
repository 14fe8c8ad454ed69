"""The Containerfile, without an engine: what it copies is there and is enough, and its steps run as a shell."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "packaging" / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Each instruction and its words, continuation lines joined."""
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, words) for name, _, words in (line.partition(" ") for line in joined.splitlines())]


def copied(into: Path) -> None:
    """What the image would hold below /opt/sightline."""
    for name, words in instructions():
        if name == "COPY":
            *sources, goal = words.split()
            for source in sources:
                to = into / source if goal == "./" else into / goal
                to.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["/bin/cp", "-R", str(ROOT / source), str(to)], check=True)


def test_it_rests_on_debian_by_name_and_runs_without_rights() -> None:
    names = dict(instructions())
    assert names["FROM"] == "debian:bookworm-slim"
    assert names["USER"] == "sightline"
    assert names["ENTRYPOINT"] == '["sightline", "--config", "/etc/sightline/sightline.toml"]'
    order = [name for name, _ in instructions()]
    assert order.index("USER") > max(n for n, name in enumerate(order) if name == "RUN")


def test_its_steps_are_shell_and_end_at_the_first_failure() -> None:
    for name, words in instructions():
        if name == "RUN":
            assert ";" not in words
            subprocess.run(["/bin/sh", "-n", "-c", words], check=True)


def test_what_is_copied_is_enough_for_every_command(tmp_path: Path) -> None:
    copied(tmp_path)
    every = (
        "import sys, importlib, pathlib; sys.path.insert(0, '.');"
        "from scanner.cli.main import COMMANDS, main;"
        "found = [importlib.import_module(place.split(':')[0]).__file__ for place, _ in COMMANDS.values()];"
        "assert all(pathlib.Path(one).is_relative_to(pathlib.Path.cwd()) for one in found), found"
    )
    subprocess.run([sys.executable, "-P", "-c", every], cwd=tmp_path, check=True)


def test_the_environment_that_it_makes_is_the_locked_one(tmp_path: Path) -> None:
    """The step that makes it is the same script that `make` runs; here only that it is copied and may run."""
    copied(tmp_path)
    (step,) = [words for name, words in instructions() if name == "RUN" and "environment" in words]
    program, folder, lock = step.split(" && ")[0].split()
    assert (tmp_path / program).stat().st_mode & 0o111
    assert (folder, (tmp_path / lock).exists()) == (".venv", True)
