"""`sightline doctor`: every fault at once, for people and for programs; and tor really started where asked for."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from config.layout import Layout
from config.settings import Settings, StateSettings, TorSettings
from reports.files import hold_state
from scanner.cli.main import main
from scanner.doctor.tor_started import started
from scanner.rehearsal.network.private_network import PrivateNetwork


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    run("init", "--directory", str(tmp_path))
    return str(tmp_path / "sightline.toml")


def test_what_a_new_installation_lacks_is_named_with_its_mend(configuration: str) -> None:
    found = run("--config", configuration, "doctor")
    assert found.exit_code == Exit.DIFFERS
    for where in ("organisation.name", "recipients", "authorities", "authority lists", "hash lists"):
        assert f"{where}: " in found.stderr
    assert "sightline targets import" in found.stderr


def test_programs_get_every_check(configuration: str) -> None:
    told = json.loads(run("--config", configuration, "doctor", "--json").stdout)
    faults = {one["check"]: one["faults"] for one in told["checks"]}
    assert faults["the scanner's keys"] == []
    assert len(faults["organisation, recipients, authorities"]) == 3
    assert told["faults"] == sum(map(len, faults.values()))


def test_the_doctor_changes_nothing(configuration: str) -> None:
    folder = Path(configuration).parent
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    run("--config", configuration, "doctor")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_no_configuration_is_said_with_its_mend(tmp_path: Path) -> None:
    missing = run("--config", str(tmp_path / "none.toml"), "doctor")
    assert missing.exit_code == Exit.CONFIGURATION


@pytest.mark.network
@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")  # stem's own
def test_a_tor_that_joins_its_network_at_the_right_time_is_no_fault(network: PrivateNetwork, tmp_path: Path) -> None:
    extra = tmp_path / "torrc-extra"
    extra.write_text(network.torrc_extra_for_client())
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    settings = Settings(
        state=StateSettings(directory=state), tor=TorSettings(torrc_extra=extra, seconds_to_bootstrap=60)
    )
    layout = Layout.of(settings)
    assert started(settings, layout).faults == ()
    lock = hold_state(state, "test")
    assert "is held by" in started(settings, layout).faults[0].cause
    assert not hasattr(lock, "faults")
