"""Scans killed at each of their calls to a port, one process each. Run as a program:

    python -m tests.faults.mortal FOLDER

Scan number N works in FOLDER/N and dies at its Nth call: a fetch, a page's reading, an examination, a step of the
ledger. The last one lives to the end: its folder holds a file `lived`.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from config.settings import Recipient
from reports import files
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from scanner.referrals.dispatch import dispatch
from scanner.visit.services import VisitServices
from tests.simulators.onions import page_of, picture
from tests.visit.scene import HOME, Scene

PAGES = 3
SITE = {
    f"{HOME}/": page_of([f"{HOME}/{page}" for page in range(1, PAGES)], [f"{HOME}/known-0.png"]),
    **{f"{HOME}/{page}": page_of(pictures=[f"{HOME}/known-{page}.png"]) for page in range(1, PAGES)},
    **{f"{HOME}/known-{page}.png": picture(f"known-{page}") for page in range(PAGES)},
}
"""Three pages, each with one known picture."""

KEY_FILE, IDENTITY_FILE, LIVED = "signing.key", "identity.key", "lived"


class Counted:
    """A port whose every call is announced first."""

    def __init__(self, port: object, step: Callable[[], None]) -> None:
        self._port = port
        self._step = step

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*args: object, **named: object) -> object:
            self._step()
            return method(*args, **named)

        return call


def recipients(scene: Scene) -> list[Recipient]:
    """The one recipient, as the configuration would name it."""
    return [Recipient(name="desk", public_key=scene.recipient)]


def scan(scene: Scene, step: Callable[[], None]) -> None:
    """One visit and one dispatch."""
    ledger: Any = Counted(scene.ledger, step)
    scene.visit(counted(scene.services(), ledger, step))
    step()
    dispatch(ledger, recipients(scene), scene.folder / "outbox")


def counted(services: VisitServices, ledger: Any, step: Callable[[], None]) -> VisitServices:  # noqa: ANN401 - a stand-in
    """The services, each of whose ports announces its calls."""
    fetcher: Any = Counted(services.fetcher, step)
    reader: Any = Counted(services.reader, step)
    examiner: Any = Counted(services.examiner, step)
    return replace(services, ledger=ledger, fetcher=fetcher, reader=reader, examiner=examiner)


def die_at(number: int) -> Callable[[], None]:
    """Dies when it is called for the Nth time."""
    calls = count(1)

    def step() -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def main(folder: Path) -> None:
    """One process for each call of a scan, until one lives."""
    key, identity = ScannerKey.new(), new_identity()[0]
    files.write(folder / KEY_FILE, key.to_pem())
    (folder / IDENTITY_FILE).write_text(identity)
    for number in count(1):
        place = folder / str(number)
        (place / "outbox").mkdir(parents=True, mode=0o700)
        child = os.fork()
        if child == 0:
            scan(Scene(place, SITE, signing=key, identity=identity), die_at(number))
            (place / LIVED).touch()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if (place / LIVED).exists():
            return
        if os.WTERMSIG(status) != signal.SIGKILL:
            message = f"scan {number} ended otherwise than it should have"
            raise RuntimeError(message)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
