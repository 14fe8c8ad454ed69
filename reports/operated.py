"""What operators ask of the ledger: the scanner's mode, a site's pause, a quarantine's end; an overview.

Whatever changes what is visited is logged.
"""

from reports.log import Kind
from reports.steps import Steps
from reports.store import control, sites
from reports.store.control import Control, Mode, Published
from reports.store.overview import Overview


class Operated(Steps):
    """The part of the ledger that operators use."""

    def control(self) -> Control:
        """What the operator asked of the scanner."""
        with self._store.read() as transaction:
            return control.asked(transaction)

    def ask(self, mode: Mode, reason: str = "") -> Control:
        """Run, pause or drain from now on. Logged."""
        with self._step() as step:
            wanted = Control(mode, step.now, reason)
            control.ask(step.transaction, wanted)
            step.log.append(Kind.MODE_SET, {"mode": mode.value, "reason": reason})
            return wanted

    def pause_site(self, address: str, *, paused: bool) -> int:
        """Pause or resume an address under every list. Logged; how many rows it has (0: it was never listed)."""
        with self._step() as step:
            rows = sites.set_paused(step.transaction, address, paused=paused)
            if rows:
                step.log.append(Kind.SITE_PAUSED if paused else Kind.SITE_RESUMED, {"address": address})
            return rows

    def release_quarantined(self, address: str) -> int:
        """Lift an address's quarantine; it is due at once. Logged; how many rows were in it."""
        with self._step() as step:
            rows = sites.release_quarantined(step.transaction, address, step.now)
            if rows:
                step.log.append(Kind.QUARANTINE_LIFTED, {"address": address})
            return rows

    def publish(self, body: bytes) -> None:
        """Keep what the daemon says of itself, in place of what it said before."""
        with self._store.write() as transaction:
            control.publish(transaction, Published(self._clock(), body))

    def overview(self) -> Overview:
        """What stands in the store, counted for operators."""
        return Overview(self._store)
