"""The confined workers: whether one starts here, and within which layers."""

from contextlib import closing

from config.faults import Fault
from config.settings import Host
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import layers_of


def confinement(host: Host) -> tuple[Fault, ...]:
    """A worker that does not start, or lacks a layer that the operator does not accept as absent on this machine."""
    with closing(WorkerHasher(1, accepted=layers_of(host.confinement_without))) as hasher:
        return hasher.check()


def accepted_absences(host: Host) -> tuple[str, ...]:
    """The layers that are absent here, as the operator accepts."""
    with closing(WorkerHasher(1, accepted=layers_of(host.confinement_without))) as hasher:
        return tuple(name for name in hasher.absent() if name in host.confinement_without)
