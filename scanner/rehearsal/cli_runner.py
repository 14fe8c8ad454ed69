"""The real command line, run as an operator runs it: one process for each command, JSON back.

Nothing of the scanner is called in any other way during a rehearsal.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.exit_codes import Exit
from config.faults import Fault

PROGRAM = (sys.executable, "-P", "-c", "from scanner.cli.main import main; main()")
SECONDS = 120
SECONDS_TO_END = 30
"""How long a stopped scan may take to finish."""


class StepFailed(Exception):  # noqa: N818 - it tells what happened
    """A command with an unexpected end. `fault` names it, with its output."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Sightline:
    """The command `sightline`. With `heard`, its standard error (progress bars) goes to ours."""

    configuration: Path | None = None
    heard: bool = False

    def run(self, *words: str, seconds: float = SECONDS) -> Any:  # noqa: ANN401 - JSON
        """Run one command with `--json` and return its output. Raise StepFailed if it fails or prints nothing.

        On Ctrl-C, stop the command and wait for it before the KeyboardInterrupt continues.
        """
        return self._run(words, (Exit.OK,), seconds)[1]

    def judge(self, *words: str) -> tuple[bool, Any]:
        """Run one command with a verdict; return whether nothing is wrong, and its output."""
        return self._run(words, (Exit.OK, Exit.DIFFERS), SECONDS)

    def _run(self, words: tuple[str, ...], ends: Collection[int], seconds: float) -> tuple[bool, Any]:
        chosen = ["--config", str(self.configuration)] if self.configuration else []
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until `_finish` can stop what is started here
        process = subprocess.Popen(
            [*PROGRAM, *chosen, *words, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if self.heard else subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the rehearsal, which then stops what it started
        )
        said, complained = _finish(process, words, seconds)
        if process.returncode not in ends or not said.strip():
            raise StepFailed(_fault(words, process.returncode, said, complained or b""))
        return process.returncode == Exit.OK, json.loads(said)


def _finish(process: "subprocess.Popen[bytes]", words: tuple[str, ...], seconds: float) -> tuple[bytes, bytes | None]:
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        cause = f"was not done within {seconds:g} seconds"
        raise StepFailed(Fault(_name(words), cause, "Try again on a quieter machine")) from late
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Harmless when it has ended."""
    with suppress(subprocess.TimeoutExpired):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS_TO_END)
        return
    process.kill()
    process.communicate()


def _fault(words: tuple[str, ...], code: int, said: bytes, complained: bytes) -> Fault:
    try:
        faults = json.loads(said)["faults"]
        told = "; ".join(f"{fault['where']}: {fault['cause']}. {fault['mend']}" for fault in faults)
    except (ValueError, KeyError, TypeError):
        told = complained.decode(errors="replace").strip()[-2000:]
    return Fault(_name(words), f"ended with exit code {code}", told or "It printed nothing.")


def _name(words: tuple[str, ...]) -> str:
    """Return the command without its arguments."""
    names = [word for word in words if word.isalpha()]
    return " ".join(["sightline", *names[:3]])
