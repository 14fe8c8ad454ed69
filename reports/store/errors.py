"""Errors of a store, mapped from the database's own in one place.

LedgerError
├── StaleClaim     the claim was given up, or the visit has ended
└── StoreFault     the step has not happened; `fault` names cause and fix
    ├── StoreLocked    another process writes
    ├── StoreFull      the disk is full
    ├── StoreDamaged   the file is not a whole store
    └── StoreFailing   the disk or its rights do not allow it
"""

from config.faults import Fault


class LedgerError(Exception):
    """Anything that a ledger's caller must handle."""


class StaleClaim(LedgerError):  # noqa: N818 - it names a state of the world, not a fault of the program
    """A write under a claim that no longer holds. Nothing was written; the visit must stop."""


class StoreFault(LedgerError):  # noqa: N818 - a fault for a person, with its fix
    """The store did not take a step. Nothing of it has happened."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class StoreLocked(StoreFault):
    """Another process has been writing for longer than the store waits. May be tried again."""


class StoreFull(StoreFault):
    """The disk is full. May be tried again when there is room."""


class StoreDamaged(StoreFault):
    """The file is not a whole store. A person must look."""


class StoreFailing(StoreFault):
    """The disk failed, or the rights on the file do not allow the step."""
