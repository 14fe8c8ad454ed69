"""Workers of an ordinary user are confined as root's are: nothing of it needs a privilege. Runs under root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETPRIV = shutil.which("setpriv")
READ_ONLY = "-all,+dac_read_search"
"""The one privilege left: to read this checkout, wherever root keeps it."""
PROGRAM = """
import os
from contextlib import closing
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from matcher.worker.samples import SAMPLES
assert os.getuid() == 65534
one, other = (WorkerHasher(1, accepted=Layer.NAMESPACES) for _ in range(2))
with closing(one), closing(other):
    assert one.check() == other.check() == ()
    assert one.absent() in {(), ("namespaces",)}
    assert one.fingerprint(SAMPLES[0]).readings
    assert other.fingerprint(SAMPLES[4]).readings
print("confined")
"""


@pytest.mark.skipif(os.getuid() != 0 or SETPRIV is None, reason="becomes another user, which takes root and setpriv")
def test_an_ordinary_user_needs_no_privilege() -> None:
    user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
    privileges = ["--inh-caps", READ_ONLY, "--ambient-caps", READ_ONLY, "--bounding-set", READ_ONLY]
    command = [str(SETPRIV), *user, *privileges, sys.executable, "-B", "-c", PROGRAM]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=200)
    assert (done.stdout, done.returncode) == ("confined\n", 0), done.stderr
