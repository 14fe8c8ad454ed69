"""Our own tor: started, owned, gated and watched; or one that runs already."""

from scanner.tor.attached import RunningElsewhere, attach_tor
from scanner.tor.program import OLDEST, Version, find_program, tor_version
from scanner.tor.running import OwnTor, RunningTor, start_tor

__all__ = [
    "OLDEST",
    "OwnTor",
    "RunningElsewhere",
    "RunningTor",
    "Version",
    "attach_tor",
    "find_program",
    "start_tor",
    "tor_version",
]
