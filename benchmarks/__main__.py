"""Every benchmark, one after the other, each in a process of its own: `python -m benchmarks [--quick]`.

Each prints ratios against a named peer or limit measured in the same run. Quiet machines give better figures.
"""

import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Final

ALL: Final = {
    "fingerprint": "bytes to fingerprint, beside the reference path and the limit",
    "index": "the index, beside faiss and threatexchange",
    "tiers": "what each tier finds and whom it accuses",
    "check": "local files over workers",
    "pages": "pages and pictures through tor, beside curl",
    "second_scan": "the second scan of unchanged sites, beside the first",
    "schedule": "thirty days of churn, beside fixed intervals",
    "tick": "the daemon's tick with 100,000 listed sites, beside its aim of 50 ms",
    "memory": "memory of the scanner's process over 10,000 pages",
    "confinement": "what the confinement of workers costs, beside the same work in-process",
    "escapes": "attempts to escape from a worker, and the layer that stops each",
    "robustness": "hostile pictures through the real worker: how they end, and whether one is lost",
    "robustness_http": "hostile HTTP answers: how each ends, its seconds, its memory",
    "log": "the log: appends, audit, proofs",
    "referrals": "records and referrals: sealing, dispatch, verification",
    "million": "a million findings made, listed, handed over, beside a tenth of them",
}
NEED_A_FOLDER: Final = frozenset({"log", "referrals", "million"})
HAVE_QUICK: Final = frozenset({"index", "pages", "robustness", "second_scan"})


def main() -> int:
    """Run them all; how many failed."""
    quick = "--quick" in sys.argv[1:]
    failed = 0
    for name, what in ALL.items():
        print(f"\n== {name}: {what}", flush=True)
        more = ["--quick"] if quick and name in HAVE_QUICK else []
        with TemporaryDirectory() as folder:
            where = [folder] if name in NEED_A_FOLDER else []
            command = [sys.executable, "-m", f"benchmarks.{name}", *where, *more]
            failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
