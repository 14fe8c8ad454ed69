"""The operator's controls: the scanner's mode, a site's pause, the end of a quarantine; and an overview.

Every change of what is visited, whom the scanner trusts and whom it reports to is logged.
"""

from collections.abc import Collection

from reports.ledger.transaction import LedgerTransactions
from reports.log.entry import Details, Kind
from reports.store.overview import Overview
from reports.store.rows import control, sites
from reports.store.rows import last_logged as stated
from reports.store.rows.control import ControlState, Mode, Published


class OperatorControls(LedgerTransactions):
    """The part of the ledger that operators use."""

    def control(self) -> ControlState:
        """Return the mode that the operator set."""
        with self._store.read() as transaction:
            return control.asked(transaction)

    def ask(self, mode: Mode, reason: str = "") -> ControlState:
        """Run, pause or drain from now on. Logged."""
        with self._step() as step:
            wanted = ControlState(mode, step.now, reason)
            control.ask(step.transaction, wanted)
            step.log.append(Kind.MODE_SET, {"mode": mode.value, "reason": reason})
            return wanted

    def pause_site(self, address: str, *, paused: bool) -> int:
        """Pause or resume an address under every list; how many of its rows that changed. Logged where any did."""
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

    def state(self, kind: Kind, details: Details) -> bool:
        """Log a statement of the configuration unless the log's last entry of this kind equals it; True if logged.

        Raise ValueError for details that may not stand in the log.
        """
        with self._store.read() as transaction:
            if stated.last_said(transaction, kind) == details:
                return False
        with self._step() as step:
            if differs := stated.last_said(step.transaction, kind) != details:
                stated.keep_leaf(step.transaction, kind, step.log.append(kind, details))
            return differs

    def there_are(self, gone: Kind, names: Collection[str]) -> tuple[str, ...]:
        """Record the present lists; log each that has left as this kind, and return those."""
        now = frozenset(names)
        with self._store.read() as transaction:
            if stated.names(transaction, gone) == now:
                return ()
        with self._step() as step:
            before = stated.names(step.transaction, gone)
            stated.add(step.transaction, gone, sorted(now - before))
            stated.forget(step.transaction, gone, before - now)
            removed = tuple(sorted(before - now))
            for name in removed:
                step.log.append(gone, {"list": name})
            return removed

    def publish(self, body: bytes) -> None:
        """Store the daemon's heartbeat in place of the one before."""
        with self._store.write() as transaction:
            control.publish(transaction, Published(self._clock(), body))

    def overview(self) -> Overview:
        """Return the store's contents, counted for operators."""
        return Overview(self._store)
