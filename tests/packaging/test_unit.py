"""The systemd unit: hardened as it says, and not so hard that the confined workers lose what confines them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.exit_codes import Exit
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionKey
from scanner.rehearsal.onboarding import PreparedScanner, own_tor, prepare
from tests.guardrails.tracing import file_writes, traced, untraceable

UNIT = Path(__file__).parents[2] / "packaging" / "sightline.service"
PROGRAM = "/usr/bin/systemd-analyze"
"""scripts/system-packages dev installs it."""

HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateMounts": "yes",
    "PrivateUsers": "yes",
    "PrivateIPC": "yes",
    "NoExecPaths": "/",
    "ExecPaths": "/usr /opt/sightline/.venv",
    "ProtectProc": "invisible",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "RestrictSUIDSGID": "yes",
    "RestrictRealtime": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "RemoveIPC": "yes",
    "KeyringMode": "private",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
}


def service(unit: str) -> dict[str, list[str]]:
    """The settings of [Service], each with its values in order."""
    section = unit.split("[Service]", 1)[1].split("\n[", 1)[0]
    found: dict[str, list[str]] = {}
    for line in section.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def analysed(tmp_path: Path, *words: str, unit: str) -> "subprocess.CompletedProcess[str]":
    path = tmp_path / "sightline.service"
    path.write_text(re.sub("(?m)^ExecStart=.*$", "ExecStart=/bin/true", unit))
    return subprocess.run([PROGRAM, *words, str(path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "value"), HARDENED.items())
def test_each_hardening_holds(name: str, value: str) -> None:
    assert service(UNIT.read_text())[name] == [value]


def test_the_workers_keep_what_confines_them() -> None:
    settings = service(UNIT.read_text())
    assert set(settings["RestrictNamespaces"][0].split()) == {"user", "mnt", "net", "ipc", "uts"}
    allowed, denied, again = settings["SystemCallFilter"]
    layers = {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
    assert layers | {"@system-service"} == set(allowed.split())
    assert denied.startswith("~@privileged @resources ")
    assert again == "capset", "a worker gives up its rights with it"
    # A worker tries what must fail; a signal instead of an error would kill it for trying.
    assert settings["SystemCallErrorNumber"] == ["EPERM"]
    assert set(settings["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}


def test_it_is_stopped_gently_and_not_started_again_for_what_a_start_does_not_mend() -> None:
    settings = service(UNIT.read_text())
    assert settings["KillMode"] == ["mixed"]
    mended_by_hand = {Exit.USAGE, Exit.CONFIGURATION, Exit.REFUSED, Exit.STORE}
    assert set(map(int, settings["RestartPreventExitStatus"][0].split())) == mended_by_hand
    assert Exit.BUSY not in mended_by_hand, (
        "a scan or a doctor by hand ends by itself, and nobody would see that this gave up"
    )
    assert settings["ExecStart"][0].endswith("sightline --config /etc/sightline/sightline.toml run")


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[PreparedScanner]:
    """Everything that a first start needs, but for tor."""
    (ground := tmp_path / "ground").mkdir(mode=0o700)
    with closing(WorkerHasher(workers=1, accepted=Layer.NAMESPACES)) as hasher:
        plan = SitePlan("one", OnionKey.new(), {})
        yield prepare(ground, [plan], hasher, own_tor(Path("/nowhere/tor"), Path("/dev/null")))


def test_its_command_starts_the_daemon_which_writes_to_its_state_alone(
    tmp_path: Path, prepared: PreparedScanner
) -> None:
    """The command of the unit with another configuration: it opens keys, store and lists, and ends for want of tor."""
    program, *words = service(UNIT.read_text())["ExecStart"][0].split()
    assert program.endswith("/.venv/bin/sightline")
    given = [str(prepared.configuration) if word == "/etc/sightline/sightline.toml" else word for word in words]
    command = [str(Path(sys.executable).with_name("sightline")), *given]
    if cause := untraceable():
        pytest.skip(cause)
    ended = traced(command, tmp_path / "trace", tmp_path)
    assert ended.returncode == Exit.TOR, ended.stderr
    assert "/nowhere/tor" in ended.stderr
    state = prepared.configuration.parent
    written = {path for path, _ in file_writes(tmp_path / "trace")}
    assert any(path.startswith(str(state)) for path in written)
    elsewhere = {path for path in written if not path.startswith((str(state), "/proc/", "/dev/"))}
    compiled = {path for path in elsewhere if "/__pycache__/" in path}  # not where the checkout is read-only
    assert elsewhere - compiled == set()


def lacking_under_the_filter_of(unit: str) -> list[str]:
    """What the workers of an ordinary user lack there. The one privilege left reads this checkout."""
    user = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all,+dac_read_search"]
    privilege = ["--inh-caps", "-all,+dac_read_search", "--ambient-caps", "-all,+dac_read_search"]
    becoming = ["/usr/bin/setpriv", *user, *privilege] if os.getuid() == 0 else []
    command = [*becoming, sys.executable, "-B", "-m", "tests.packaging.filtered"]
    done = subprocess.run(command, cwd=UNIT.parents[1], input=unit, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["filtered"]
    assert told["user"] != 0
    return list(told["lacking"])


def test_workers_are_confined_within_the_filter_of_the_unit() -> None:
    """The filter as systemd would make it, without systemd: a call that a worker comes to need is noticed here."""
    unit = UNIT.read_text()
    assert lacking_under_the_filter_of(unit) == []
    without = lacking_under_the_filter_of(unit.replace("SystemCallFilter=capset\n", ""))
    assert "confinement of workers: capabilities" in without


def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    verified = analysed(tmp_path, "verify", unit=UNIT.read_text())
    assert (verified.returncode, verified.stderr) == (0, "")
    broken = analysed(tmp_path, "verify", unit=UNIT.read_text().replace("ProtectClock=yes", "ProtectClock=perhaps"))
    assert "Failed to parse" in broken.stderr


def test_systemd_calls_its_exposure_low(tmp_path: Path) -> None:
    def exposed(unit: str) -> float:
        told = analysed(tmp_path, "security", "--offline=yes", unit=unit).stdout
        level = re.search(r"Overall exposure level[^:]*: ([0-9.]+)", told)
        assert level, told
        return float(level[1])

    assert exposed(UNIT.read_text()) <= 1.8
    assert exposed(UNIT.read_text().replace("CapabilityBoundingSet=\n", "")) > 1.8
