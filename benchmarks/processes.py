"""The processes of a scan by their part in it, as /proc tells them. Linux only."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.rehearsal.socket_watch import descendants

PARSE, HASH, TOR, SCANNER, NETWORK, CURL = "parse", "hash", "tor", "scanner", "network", "curl"
_KINDS: Final = {b"scanner.page.worker.main": PARSE, b"matcher.worker.main": HASH, b"-f\0-\0": TOR, b"curl\0": CURL}
"""What stands in a process's command line. Whatever else descends from the scan is the scanner itself."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Which process is which part. `tors` and `network` are known beforehand; this process, the sites, is none."""

    tors: Collection[int] = ()
    network: Collection[int] = ()

    def running(self) -> Iterator[tuple[int, str]]:
        """Return each running process and its part. A zombie has none."""
        for pid in {*descendants(os.getpid()), *self.tors, *self.network} - {os.getpid()}:
            with suppress(OSError):
                if part := self._part(pid):
                    yield pid, part

    def known(self, pid: int) -> bool:
        """Return True if it ran before the scan began."""
        return pid in self.tors or pid in self.network

    def _part(self, pid: int) -> str:
        if pid in self.tors:
            return TOR
        if pid in self.network:
            return NETWORK
        told = Path(f"/proc/{pid}/cmdline").read_bytes()
        return next((kind for mark, kind in _KINDS.items() if mark in told), SCANNER if told else "")
