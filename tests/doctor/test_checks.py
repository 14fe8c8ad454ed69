"""Each check is shown one thing that is wrong, and one that is not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.clock import TOLERANCE
from config.layout import Layout
from config.settings import Host, Organisation, ReportSettings, Settings, StateSettings, TorSettings
from reports import files
from reports.log.entry import Kind
from reports.sighting import ClockReading
from scanner.app import NotReady, opened
from scanner.authority.list_store import Lists, load_lists, store_list
from scanner.authority.verify import AuthorityList
from scanner.cli.commands.init import _keys
from scanner.doctor import clock, keys, lists, machine, store, tor, workers
from scanner.doctor.examine import examine
from scanner.tor import find_program, tor_version
from tests.authority.making import NOW, TRUSTED, a_list, address, signed, verified
from tests.reports.benches import Bench

SETPRIV = Path("/usr/bin/setpriv")
CONSENSUS = (
    "network-status-version 3 microdesc\nvote-status consensus\nvalid-after 2026-11-23 11:00:00\nfresh-until x\n"
)


def swaps(folder: Path, *names: str) -> Path:
    file = folder / "swaps"
    file.write_text("Filename Type Size Used Priority\n" + "".join(f"{name} file 1 0 -2\n" for name in names))
    return file


def block_device(system: Path, of: Path, uuid: str, *slaves: str) -> None:
    """What /sys would say of the device on which a file lies."""
    number = of.stat().st_dev
    device = system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
    (device / "dm").mkdir(parents=True)
    (device / "dm" / "uuid").write_text(uuid)
    for index, slave in enumerate(slaves):
        (device / "slaves" / str(index) / "dm").mkdir(parents=True)
        (device / "slaves" / str(index) / "dm" / "uuid").write_text(slave)


def test_no_swap_is_no_fault(tmp_path: Path) -> None:
    assert machine.unencrypted_swap(accepted=False, swaps=swaps(tmp_path)) is None
    assert machine.unencrypted_swap(accepted=False, swaps=tmp_path / "none") is None


def test_swap_in_the_clear_is_a_fault_unless_accepted(tmp_path: Path) -> None:
    file = tmp_path / "swapfile"
    file.touch()
    found = machine.unencrypted_swap(accepted=False, swaps=swaps(tmp_path, str(file)), system=tmp_path)
    assert found is not None
    assert str(file) in found.cause
    assert machine.unencrypted_swap(accepted=True, swaps=swaps(tmp_path, str(file)), system=tmp_path) is None


@pytest.mark.parametrize(
    ("uuid", "slaves", "fault"),
    [
        ("CRYPT-PLAIN-swap", [], False),
        ("LVM-x", ["CRYPT-LUKS2-x"], False),
        ("LVM-x", ["CRYPT-LUKS2-x", "part1-x"], True),
        ("LVM-x", [], True),
    ],
)
def test_swap_on_dm_crypt_is_encrypted(tmp_path: Path, uuid: str, slaves: list[str], *, fault: bool) -> None:
    file = tmp_path / "swapfile"
    file.touch()
    block_device(tmp_path, file, uuid, *slaves)
    found = machine.unencrypted_swap(accepted=False, swaps=swaps(tmp_path, str(file)), system=tmp_path)
    assert (found is not None) is fault


def test_compressed_memory_is_no_disk(tmp_path: Path) -> None:
    assert machine.unencrypted_swap(accepted=False, swaps=swaps(tmp_path, "/dev/zram0"), system=tmp_path) is None


def test_core_dumps(tmp_path: Path) -> None:
    pattern = tmp_path / "core_pattern"
    pattern.write_text("core\n")
    assert machine.core_dumps(0, pattern) is None
    assert machine.core_dumps(1_000, pattern) is not None
    pattern.write_text("|/usr/share/handler %p\n")
    assert machine.core_dumps(0, pattern) is not None


def test_disk_space(tmp_path: Path) -> None:
    assert machine.disk_space(tmp_path / "not" / "yet", machine.FREE_BYTES_MIN) is None
    found = machine.disk_space(tmp_path / "not" / "yet", machine.FREE_BYTES_MIN - 1)
    assert found is not None
    assert "1023 MiB free" in found.cause


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.of(Settings(state=StateSettings(directory=tmp_path / "state")))
    made.keys.mkdir(mode=0o700, parents=True)
    made.directory.chmod(0o700)
    for path, secret in _keys(made).items():
        path.write_bytes(secret)
        path.chmod(0o600)
    return made


def test_keys_that_are_whole_and_private_are_no_fault(layout: Layout) -> None:
    assert list(keys.own_keys(layout)) == []
    assert keys.private_folder(layout.directory) is None


def test_keys_that_others_can_read_or_that_are_missing_are_each_named(layout: Layout) -> None:
    layout.signing_key.chmod(0o640)
    layout.hash_lists_key.chmod(0o604)
    layout.token_key.unlink()
    assert [fault.where for fault in keys.own_keys(layout)] == [
        str(path) for path in (layout.signing_key, layout.hash_lists_key, layout.token_key)
    ]


def test_a_folder_that_others_may_enter(layout: Layout) -> None:
    layout.directory.chmod(0o710)
    assert keys.private_folder(layout.directory) is not None
    assert keys.private_folder(layout.directory / "none") is not None


def test_people_that_are_missing_are_each_named() -> None:
    assert [fault.where for fault in keys.people(Settings())] == ["organisation.name", "recipients", "authorities"]
    assert len(list(keys.people(Settings(organisation=Organisation(name="n"), authorities=TRUSTED)))) == 1


def test_no_authority_list(layout: Layout) -> None:
    (fault,) = lists.authority_lists(Settings(), layout, NOW)
    assert "none is in force" in fault.cause


def test_an_authority_list_that_soon_expires(layout: Layout) -> None:
    settings = Settings(authorities=TRUSTED)
    assert isinstance(store_list(layout.lists, *signed(a_list()), TRUSTED, NOW), AuthorityList)
    (fault,) = lists.authority_lists(settings, layout, NOW)
    assert "expires in 9 days" in fault.cause
    late = list(lists.authority_lists(settings, layout, NOW + timedelta(days=10)))
    assert len(late) == 2
    assert load_lists(layout.lists, TRUSTED, NOW).in_force


def test_a_canary_that_no_list_names(layout: Layout) -> None:
    assert isinstance(store_list(layout.lists, *signed(a_list()), TRUSTED, NOW), AuthorityList)

    def named(canary: str) -> list[str]:
        settings = Settings(authorities=TRUSTED, tor=TorSettings(canary=canary))
        return [fault.where for fault in lists.authority_lists(settings, layout, NOW)]

    assert "tor.canary" in named(address(99))
    assert "tor.canary" not in named(address(1))


def test_an_authority_list_for_a_month_is_no_fault() -> None:
    held = (verified(valid_until=(NOW + timedelta(days=30)).isoformat()),)
    assert list(lists.expiring(Lists(held, held, ()), NOW)) == []


def test_no_hash_list(layout: Layout) -> None:
    (fault,) = lists.hash_lists(layout)
    assert "there is none" in fault.cause


def test_a_hash_list_that_cannot_be_opened(layout: Layout) -> None:
    layout.hash_lists.mkdir()
    (layout.hash_lists / "broken.age").write_bytes(b"junk")
    (fault,) = lists.hash_lists(layout)
    assert "broken.age" in fault.where


def program(folder: Path, says: str) -> Path:
    file = folder / "tor"
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def test_the_tor_of_this_machine_is_no_fault() -> None:
    found = find_program()
    assert isinstance(found, Path)
    assert tor.program(TorSettings()) == (None if not hasattr(tor_version(found), "cause") else tor_version(found))


@pytest.mark.parametrize("says", ["Tor version 0.4.9.10.", "Tor version 0.4.8.99.", "hello", ""])
def test_a_tor_that_is_too_old_or_none(tmp_path: Path, says: str) -> None:
    assert tor.program(TorSettings(program=program(tmp_path, says))) is not None


def test_a_tor_that_is_new_enough_missing_or_somebody_elses(tmp_path: Path) -> None:
    assert tor.program(TorSettings(program=program(tmp_path, "Tor version 0.4.9.11."))) is None
    assert tor.program(TorSettings(program=tmp_path / "none")) is not None
    assert tor.program(TorSettings(program=tmp_path / "none", mode="running")) is None


@pytest.mark.parametrize(
    ("modules", "states"),
    [("relay: yes\npow: yes", "can solve"), ("relay: yes\npow: no", "cannot solve"), ("", "cannot solve")],
)
def test_whether_this_tor_can_solve_a_proof_of_work_is_stated(tmp_path: Path, modules: str, states: str) -> None:
    assert states in tor.proof_of_work(TorSettings(program=program(tmp_path, modules)))


def test_nothing_is_stated_of_a_tor_that_is_missing_or_runs_already(tmp_path: Path) -> None:
    for settings in (TorSettings(program=tmp_path / "none"), TorSettings(mode="running")):
        assert "not known" in tor.proof_of_work(settings)


def test_files_that_tor_needs(tmp_path: Path) -> None:
    (fault,) = tor.named_files(TorSettings(torrc_extra=tmp_path / "none"))
    assert fault.where == "tor.torrc_extra"
    (tmp_path / "there").touch()
    assert tor.named_files(TorSettings(torrc_extra=tmp_path / "there")) == []


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        (datetime(2026, 11, 23, 10, 54, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 10, 56, tzinfo=UTC), False),
        (datetime(2027, 11, 23, tzinfo=UTC), False),
    ],
)
def test_a_clock_before_the_consensus_is_wrong(tmp_path: Path, now: datetime, *, fault: bool) -> None:
    (tmp_path / "cached-microdesc-consensus").write_text(CONSENSUS)
    assert (clock.behind_consensus(tmp_path, now) is not None) is fault


def test_without_a_consensus_nothing_is_said_of_the_clock(tmp_path: Path) -> None:
    assert clock.behind_consensus(tmp_path, NOW) is None
    (tmp_path / "cached-microdesc-consensus").write_bytes(b"\xff junk")
    assert clock.behind_consensus(tmp_path, NOW) is None


@pytest.mark.parametrize(
    ("offset", "fault"), [(None, False), (0.0, False), (-290.0, False), (400.0, True), (-1e6, True)]
)
def test_a_clock_that_the_consensus_contradicts(offset: float | None, *, fault: bool) -> None:
    assert (clock.off(ClockReading("system clock", offset)) is not None) is fault


def test_a_worker_starts_here_and_every_layer_is_in_force_or_its_absence_accepted() -> None:
    lacking = {fault.where for fault in workers.confinement(Host())}
    assert lacking <= {"confinement of workers: namespaces"}
    accepting = Host(confinement_without=("namespaces",))
    assert workers.confinement(accepting) == ()
    assert workers.accepted_absences(accepting) == (("namespaces",) if lacking else ())


def test_a_store_that_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "store"
    assert store.damaged(file) is None
    file.write_bytes(b"not a store" * 1_000)
    file.chmod(0o600)
    assert store.damaged(file) is not None


def test_a_clock_before_the_newest_entry_of_the_log_is_wrong(bench: Bench) -> None:
    assert clock.behind_log(bench.folder / "none", NOW) is None
    bench.now += timedelta(days=3_650)
    bench.ledger.note(Kind.RUN_STARTED, {"run": "run-1"})
    assert clock.behind_log(bench.path, bench.now - TOLERANCE) is None
    fault = clock.behind_log(bench.path, bench.now - TOLERANCE - timedelta(seconds=1))
    assert fault is not None
    assert "the newest entry of the log" in fault.cause
    bench.now -= timedelta(days=3_650)
    bench.ledger.note(Kind.RUN_STARTED, {"run": "run-2"})
    assert clock.behind_log(bench.path, bench.now) is None


def test_a_file_of_tor_that_may_not_even_be_looked_at_is_a_fault() -> None:
    (fault,) = tor.named_files(TorSettings(torrc_extra=Path("/" + "x" * 300)))
    assert fault.where == "tor.torrc_extra"


@pytest.mark.skipif(os.getuid() != 0, reason="gives a folder to another user")
def test_another_users_state_directory_is_a_fault(layout: Layout) -> None:
    os.chown(layout.directory, 65534, 65534)
    fault = keys.private_folder(layout.directory)
    assert fault is not None
    assert "another user" in fault.cause


def test_a_folder_that_cannot_be_written_to_is_named_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert files.unwritable(tmp_path) is None
    causes = {name: files.unwritable(tmp_path / name) for name in ("none", "file", "x" * 300)}
    assert {name: fault.cause for name, fault in causes.items() if fault} == {
        "none": "is not there",
        "file": "is no folder",
        "x" * 300: "the system does not allow it (File name too long)",
    }


def mounted_read_only() -> list[Path]:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(place) for _, place, _, options, *_ in mounts if "ro" in options.split(",") and Path(place).is_dir()]


@pytest.mark.skipif(not mounted_read_only(), reason="nothing is mounted read-only here")
def test_a_disk_that_is_mounted_read_only_is_said_to_be() -> None:
    fault = files.unwritable(mounted_read_only()[0])
    assert fault is not None
    assert "mounted read-only" in fault.cause


@pytest.mark.skipif(
    os.getuid() != 0 or not SETPRIV.exists(), reason="becomes another user, which takes root and setpriv"
)
def test_a_state_that_this_user_cannot_write_to_is_said_of_folder_and_store(bench: Bench) -> None:
    program = (
        "from pathlib import Path; from reports.files import unwritable; from scanner.doctor.store import damaged\n"
        f"print(unwritable(Path({str(bench.folder)!r}))); print(damaged(Path({str(bench.path)!r})))"
    )
    privileges = [word for kind in ("inh", "ambient") for word in (f"--{kind}-caps", "-all,+dac_read_search")]
    user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
    command = [str(SETPRIV), *user, *privileges, sys.executable, "-B", "-c", program]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=100)
    folder, whole = done.stdout.splitlines()
    assert "cannot be written to by this user" in folder
    assert "its folder cannot be written to by this user" in whole


def test_a_check_that_cannot_look_is_a_fault_and_the_next_is_made(tmp_path: Path) -> None:
    settings = Settings(state=StateSettings(directory=tmp_path / ("x" * 300)))
    found = {one.check: one.faults for one in examine(settings, NOW)}
    assert "too long" in found["state directory"][0].cause
    assert list(found)[-1].startswith("confinement")


def test_an_outbox_that_is_not_there_is_a_fault(layout: Layout) -> None:
    settings = Settings(
        state=StateSettings(directory=layout.directory), report=ReportSettings(outbox=layout.directory / "ob")
    )
    found = {one.check: one.faults for one in examine(settings, NOW)}
    (fault,) = found["outbox"]
    assert fault.cause == "is not there"
    with opened(settings, "scan", lambda _words, _percent: None) as scanner:
        assert isinstance(scanner, NotReady), "before tor is started, or anything is visited"
        assert scanner.refused.faults == (fault,)
