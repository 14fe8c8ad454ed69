"""The confined workers: whether one starts here, and within which layers."""

from contextlib import closing

from config.faults import Fault
from config.settings import Host
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import layers_of


def confinement(host: Host) -> tuple[Fault, ...]:
    """Check for a worker that does not start, or lacks a layer that is not accepted as absent."""
    with closing(WorkerHasher(1, accepted=layers_of(host.confinement_without))) as hasher:
        return hasher.check()


def accepted_absences(host: Host) -> tuple[str, ...]:
    """Return the layers that are absent here and accepted."""
    with closing(WorkerHasher(1, accepted=layers_of(host.confinement_without))) as hasher:
        return tuple(name for name in hasher.absent() if name in host.confinement_without)
