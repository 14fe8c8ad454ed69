"""Which layer stops which escape: `python -m benchmarks.escapes` prints the table that stands in docs/threat-model.md.

Every attempt of `tests/matcher/escaping_child.py` is made from inside a worker: within all layers, within all but the
filter of system calls, within each layer by itself (and no-new-privileges, which two of them need), and within none,
which is the control. Exit status 1 when anything escapes from all layers, or the control stops what layers should.
"""

import argparse
import json
import platform
import signal
import sys
from contextlib import closing
from typing import Final

from matcher.worker.fork_server import START_SECONDS, ForkServer
from matcher.worker.layers import ALL, NONE, Layer, named
from matcher.worker.process import WorkerEnding
from matcher.worker.start_failure import Unstarted
from tests.matcher.escaping_child import ATTEMPTS

CHILD: Final = "tests.matcher.escaping_child"
ESCAPED: Final = "escaped"
ABSENT: Final = "not in force here"
_SECONDS: Final = 20.0
_SINGLE: Final = tuple(layer for layer in Layer if layer is not Layer.NO_NEW_PRIVILEGES)
_ERRORS: Final = {
    "1": "EPERM",
    "2": "ENOENT",
    "9": "EBADF",
    "12": "ENOMEM",
    "13": "EACCES",
    "22": "EINVAL",
    "38": "ENOSYS",
    "101": "ENETUNREACH",
}


def outcomes(wanted: Layer) -> dict[str, str]:
    """Return how each attempt ends within these layers; `ABSENT` if the machine lacks one of them."""
    with closing(ForkServer(CHILD, (int(wanted),), 100)) as server:
        return {name: _tried(server, wanted, name) for name in ATTEMPTS}


def _tried(server: ForkServer, wanted: Layer, name: str) -> str:
    process = server.start()
    if isinstance(process, Unstarted):
        msg = f"no worker could be started: {process.why}"
        raise RuntimeError(msg)  # noqa: TRY004 - a fault of the machine
    with closing(process):
        first = process.ready(START_SECONDS)
        if isinstance(first, WorkerEnding) or Layer(first[0]) | Layer.NAMESPACES != wanted | Layer.NAMESPACES:
            return ABSENT
        reply = process.ask([name.encode()], _SECONDS)
    if isinstance(reply, WorkerEnding):
        if wanted is NONE:
            return "ended, as it does when it succeeds"
        return f"killed ({signal.Signals(-(process.ended_with or -9)).name})"
    word, _, number = reply.decode().partition(" ")
    return f"{word} ({_ERRORS.get(number, number)})" if number else word


def table() -> list[dict[str, str]]:
    """One row for each attempt."""
    whole, unfiltered, control = outcomes(ALL), outcomes(ALL & ~Layer.SECCOMP), outcomes(NONE)
    single = {layer: outcomes(layer | Layer.NO_NEW_PRIVILEGES) for layer in _SINGLE}
    rows = []
    for name in ATTEMPTS:
        stopping = [named(layer)[0] for layer in _SINGLE if _stops(single[layer][name], control[name])]
        rows.append(
            {
                "attempt": name,
                "within all layers": whole[name],
                "without seccomp": unfiltered[name],
                "stopped by each of these alone": ", ".join(stopping) or "none",
                "within no layer": control[name],
            }
        )
    return rows


def _stops(outcome: str, control: str) -> bool:
    """Return True if a layer makes a difference: an attempt that the control fails too proves no layer."""
    return outcome not in {ESCAPED, ABSENT, control}


def markdown(rows: list[dict[str, str]]) -> str:
    """Return the table for the documentation."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Print the table; or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    chosen = parser.parse_args()
    if platform.machine() != "x86_64":
        print("The attempts are system calls of x86-64: run this on such a machine.", file=sys.stderr)
        return 1
    rows = table()
    escaped = sum(row["within all layers"] in {ESCAPED, ABSENT} for row in rows)
    free = sum(row["within no layer"] == ESCAPED for row in rows)
    print(
        json.dumps({"attempts": len(rows), "escaped": escaped, "rows": rows}, indent=2)
        if chosen.json
        else markdown(rows)
    )
    print(f"{len(rows)} attempts, {escaped} escaped; within no layer {free} of them do.", file=sys.stderr)
    return 0 if not escaped and free else 1


if __name__ == "__main__":
    sys.exit(main())
