"""All checks, in the order in which their faults are best fixed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from config.faults import Fault, disk_fault
from config.layout import Layout
from config.settings import Settings
from reports import files
from reports.store.errors import StoreFault
from scanner.doctor import clock, keys, lists, machine, store, tor, workers


@dataclass(frozen=True, slots=True)
class Found:
    """One check's name and its Faults."""

    check: str
    faults: tuple[Fault, ...]


def examine(settings: Settings, now: datetime) -> Iterator[Found]:
    """Run every check, one after the other."""
    layout = Layout.of(settings)
    accepted = settings.host.unencrypted_swap_accepted
    checks: dict[str, Callable[[], Iterable[Fault] | Fault | None]] = {
        "state directory": lambda: keys.private_folder(layout.directory),
        "the scanner's keys": lambda: keys.own_keys(layout),
        "organisation, recipients, authorities": lambda: keys.people(settings),
        "tor": lambda: tor.program(settings.tor),
        tor.proof_of_work(settings.tor): lambda: None,
        "files that tor needs": lambda: tor.named_files(settings.tor),
        "clock": lambda: filter(None, (clock.behind_consensus(layout.tor, now), clock.behind_log(layout.store, now))),
        "authority lists": lambda: lists.authority_lists(settings, layout, now),
        "hash lists": lambda: lists.hash_lists(layout),
        "store": lambda: store.damaged(layout.store),
        "records that wait": lambda: store.unheard(layout.store, settings.recipients),
        "outbox": lambda: files.unwritable(layout.outbox),
        "disk space": lambda: machine.disk_space(layout.directory),
        "swap": lambda: machine.unencrypted_swap(accepted=accepted),
        "core dumps": machine.core_dumps,
        "confinement of the workers": lambda: workers.confinement(settings.host),
    }
    for name, find in checks.items():
        yield Found(name, _found(name, find))
    for layer in workers.accepted_absences(settings.host):
        yield Found(f"confinement without {layer}, as the configuration accepts and every report states", ())


def _found(name: str, find: Callable[[], Iterable[Fault] | Fault | None]) -> tuple[Fault, ...]:
    """Run a check. A denied access is its own Fault, and the next check runs all the same."""
    try:
        found = find()
        if found is None:
            return ()
        return (found,) if isinstance(found, Fault) else tuple(found)
    except StoreFault as error:
        return (error.fault,)
    except OSError as error:
        return (disk_fault(str(error.filename or name), error),)
