"""What every test may ask for: the private Tor network on the loopback, started once for each worker that needs it."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from config.faults import Refused
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms, find_programs

# No deadline: a busy machine is no failure, and pytest-timeout ends what hangs. The same examples at every run, so that
# what fails fails again; `make explore` draws others.
settings.register_profile("sightline", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.load_profile("sightline")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets its background jobs ignore Ctrl-C, and what such a job starts ignores it too: ours are to heed it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG = (
    "tests/rehearsal",
    "tests/guardrails",
    "tests/reports/test_killed",
    "tests/tor/",
    "tests/faults",
    "tests/daemon",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: the other processes would wait for a long file that begins last."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


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
