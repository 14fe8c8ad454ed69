"""Tor, really started: whether it joins its network, and whether the clock agrees with the consensus."""

from config.clock import utc_now
from config.faults import Refused, disk_fault
from config.layout import Layout
from config.settings import Settings
from reports.files import hold_state
from scanner.authority.permit import ListPermits
from scanner.doctor import clock
from scanner.doctor.examine import Found
from scanner.tor.factory import tor_of

CHECK = "tor, started"


def started(settings: Settings, layout: Layout) -> Found:
    """Start tor as a scan does (under the state directory's lock), look at its clock, and end it again."""
    try:
        lock = hold_state(layout.directory, "doctor")
    except OSError as error:
        return Found(CHECK, (disk_fault(str(error.filename or layout.directory), error),))
    if isinstance(lock, Refused):
        return Found(CHECK, lock.faults)
    try:
        tor = tor_of(settings, layout, ListPermits((), None), utc_now, lambda _words, _percent: None)
        if isinstance(tor, Refused):
            return Found(CHECK, tor.faults)
        reading = tor.recent_health().clock
        tor.stop()
    finally:
        lock.release()
    fault = clock.off(reading)
    return Found(CHECK, () if fault is None else (fault,))
