"""Coverage-guided fuzzing of one target: `python -m tests.fuzz.run TARGET --corpus FOLDER --findings FOLDER`.

Each target is a module of `targets/`: `seeds()` gives small inputs to begin with, `check(bytes)` raises when something
is wrong, and `REGRESSIONS` holds what was found and mended. What is found is written into the folder of findings, and
the exit status is not 0. `make fuzz SECONDS=600` runs all targets.
"""

import argparse
import importlib
import sys
from hashlib import sha256
from pathlib import Path

import atheris

TARGETS = tuple(sorted(path.stem for path in (Path(__file__).parent / "targets").glob("*.py")))
OURS = ["config", "matcher", "reports", "scanner", "tests.fuzz.targets", "bs4", "html", "requests", "urllib3", "http"]
INPUT_BYTES_MOST = 2**16
SECONDS_OF_ONE_INPUT = 20
MEMORY_MIB = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--runs", type=int, default=-1, help="executions at most")
    parser.add_argument("--corpus", type=Path, required=True, help="a folder that inputs are kept in")
    parser.add_argument("--findings", type=Path, required=True, help="a folder for what is found")
    chosen = parser.parse_args()
    with atheris.instrument_imports(include=OURS):
        target = importlib.import_module(f"tests.fuzz.targets.{chosen.target}")
    corpus, findings = chosen.corpus / chosen.target, chosen.findings / chosen.target
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in (*target.seeds(), *target.REGRESSIONS):
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    limits = {
        "max_total_time": chosen.seconds,
        "runs": chosen.runs,
        "max_len": INPUT_BYTES_MOST,
        "timeout": SECONDS_OF_ONE_INPUT,
        "rss_limit_mb": MEMORY_MIB,
        "artifact_prefix": f"{findings}/",
    }
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in limits.items()), str(corpus)], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
