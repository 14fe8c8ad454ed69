"""The confined workers: whether one starts here, and within which layers."""

from dataclasses import astuple

from config.faults import Fault
from matcher.limits import Limits
from matcher.worker.hasher import CHILD
from matcher.worker.layers import Layer
from matcher.worker.pool import START_SECONDS
from matcher.worker.process import ConfinedProcess, Ending
from matcher.worker.protocol import MAX_REPLY_BYTES

_MEND = (
    "Use a kernel that offers it to ordinary users, or a machine of its own for this work; see docs/threat-model.md."
)


def confinement() -> Fault | None:
    """A worker that does not start, or lacks a layer of its confinement on this machine."""
    worker = ConfinedProcess(CHILD, astuple(Limits()), MAX_REPLY_BYTES)
    try:
        reply = worker.ready(START_SECONDS)
    finally:
        worker.close()
    if isinstance(reply, Ending):
        return Fault("workers", "a confined worker does not start here", "Run `sightline fingerprint` to see why.")
    return missing_layers(Layer(int.from_bytes(reply)))


def missing_layers(layers: Layer) -> Fault | None:
    """What a worker's layers lack."""
    missing = [layer.name.lower().replace("_", " ") for layer in Layer if layer not in layers and layer.name]
    if not missing:
        return None
    return Fault("workers", f"lack a layer of their confinement: {', '.join(missing)}", _MEND)
