"""A network namespace in which nothing but the loopback exists, and in which it acknowledges at once.

tor does not set TCP_NODELAY, so on an ordinary loopback each small message waits for a delayed acknowledgement of 40 ms
and a benchmark measures that wait. `quickack` on the route ends it. Works as an ordinary user where the kernel lets
users make namespaces.
"""

import os
import subprocess
import sys
from typing import Final

_NET: Final = ("--net",) if os.geteuid() == 0 else ("--map-current-user", "--keep-caps", "--net")
"""A worker of root's becomes nobody, whom a namespace that maps one user only does not know: nobody is root in ours."""
UNSHARE: Final = ("/usr/bin/unshare", *_NET)
IP: Final = "/usr/sbin/ip"
INSIDE: Final = "SIGHTLINE_BENCHMARK_INSIDE"
QUICK: Final = "dev lo table local proto kernel scope host src 127.0.0.1 quickack 1"


def enter(module: str) -> bool:
    """Run the module again, as it was called, inside such a namespace, and end with its exit status.

    Returns True when we are inside already, False where that is not possible.
    """
    if os.environ.get(INSIDE):
        return _quicken()
    probe = subprocess.run([*UNSHARE, IP, "link", "set", "lo", "up"], capture_output=True, check=False)
    if probe.returncode != 0:
        return False
    command = [*UNSHARE, sys.executable, "-m", module, *sys.argv[1:]]
    raise SystemExit(subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode)


def _quicken() -> bool:
    commands = (
        [IP, "link", "set", "lo", "up"],
        [IP, "route", "change", "local", "127.0.0.0/8", *QUICK.split()],
        [IP, "route", "change", "local", "127.0.0.1", *QUICK.split()],
    )
    return all(subprocess.run(command, check=False).returncode == 0 for command in commands)
