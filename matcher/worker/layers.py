"""The layers of confinement, what each one stops, and what to do where the machine does not offer it."""

from collections.abc import Iterable
from enum import IntFlag

from config.faults import Fault


class Layer(IntFlag):
    """One bit for each layer: what a child reports as in force, after it has tried what must fail."""

    DESCRIPTORS = 1
    """Nothing is open but the two pipes, and nowhere for errors to go."""
    NAMESPACES = 2
    """Separate users, network, mounts and messages: there is no network, and no other process to talk to."""
    CAPABILITIES = 4
    """No privilege, not even within its own namespaces."""
    NO_NEW_PRIVILEGES = 8
    """None to be gained either."""
    NOT_DUMPABLE = 16
    """Its memory cannot be dumped or traced by others of the same user."""
    LANDLOCK = 32
    """No file can be opened, made or removed."""
    RESOURCE_LIMITS = 64
    """Bounded memory, no file may grow, no core dump, eight descriptors."""
    SECCOMP = 128
    """A short list of system calls; any other kills it."""


ALL = Layer(sum(Layer))

NONE = Layer(0)

ACCEPTABLE = Layer.NAMESPACES | Layer.LANDLOCK | Layer.SECCOMP
"""What a machine may lack, and the others cover in part: an operator may accept that it is absent (`[host]`)."""

_FIX = {
    Layer.DESCRIPTORS: "Report this as a bug: it does not depend on the machine.",
    Layer.NAMESPACES: "Allow unprivileged user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a "
    "container, a seccomp profile with unshare).",
    Layer.CAPABILITIES: "Start Sightline as an ordinary user.",
    Layer.NO_NEW_PRIVILEGES: "Use Linux 5.13 or newer.",
    Layer.NOT_DUMPABLE: "Use Linux 5.13 or newer.",
    Layer.LANDLOCK: "Use Linux 5.13 or newer with Landlock among its security modules (lsm=landlock,... at boot).",
    Layer.RESOURCE_LIMITS: "Raise the hard limits under which Sightline is started.",
    Layer.SECCOMP: "Use Linux 5.13 or newer on x86-64 or arm64, with seccomp filters.",
}


def named(layers: Layer) -> tuple[str, ...]:
    """Return the layers' names as configurations and reports spell them: `namespaces`, `resource limits`, ..."""
    return tuple(str(layer.name).lower().replace("_", " ") for layer in Layer if layer in layers)


def layers_of(names: Iterable[str]) -> Layer:
    """Return the layers of these names. Raise KeyError for any other."""
    return Layer(sum({Layer[name.upper().replace(" ", "_")] for name in names}))


def absent(in_force: Layer, accepted: Layer = NONE) -> tuple[Fault, ...]:
    """Return a Fault for each layer that is neither in force nor accepted as absent."""
    return tuple(
        Fault(f"confinement of workers: {named(layer)[0]}", "the layer is not in force", _mend(layer))
        for layer in Layer
        if not layer & (in_force | accepted)
    )


def _mend(layer: Layer) -> str:
    if layer not in ACCEPTABLE:
        return _FIX[layer]
    accepting = f'confinement_without = ["{named(layer)[0]}"] under [host] in the configuration'
    named_there = f"or --confinement-without {named(layer)[0]} for local files"
    return f"{_FIX[layer]} Or accept that it is absent, which every report then states: {accepting}, {named_there}."
