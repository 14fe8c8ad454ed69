"""What every test may ask for: the private Tor network on the loopback, started once for each worker that needs it."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from config.faults import Refused
from scanner.rehearsal.network import PrivateNetwork
from scanner.rehearsal.programs import TorPrograms, find_programs

settings.register_profile("sightline", deadline=None)  # a busy machine is no failure; pytest-timeout ends what hangs
settings.load_profile("sightline")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets its background jobs ignore Ctrl-C, and what such a job starts ignores it too: ours are to heed it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tor_programs() -> TorPrograms:
    programs = find_programs()
    if isinstance(programs, Refused):
        pytest.fail(str(programs))  # never a skip: without tor the main job is untested
    return programs


@pytest.fixture(scope="session")
def network(tor_programs: TorPrograms, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNetwork]:
    """A running private Tor network. Mark the test `network`."""
    with PrivateNetwork(tmp_path_factory.mktemp("private-network"), tor_programs) as running:
        yield running
