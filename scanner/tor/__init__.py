"""Tor: our own, started, owned, gated and watched; or one that runs already.

May import `scanner.exchange`, `scanner.authority` and below. Begin with `port.py`, then `own_tor.py` and
`stream_gate.py`.
"""

from scanner.tor.external_tor import RunningElsewhere, attach_tor
from scanner.tor.own_tor import OwnTor, RunningTor, start_tor
from scanner.tor.program import OLDEST, Version, find_program, solves_proof_of_work, tor_version
from scanner.tor.second_tor import BOOTSTRAP_FILES, SecondTor
from scanner.tor.tor_pool import TorPool, start_tors

__all__ = [
    "BOOTSTRAP_FILES",
    "OLDEST",
    "OwnTor",
    "RunningElsewhere",
    "RunningTor",
    "SecondTor",
    "TorPool",
    "Version",
    "attach_tor",
    "find_program",
    "solves_proof_of_work",
    "start_tor",
    "start_tors",
    "tor_version",
]
