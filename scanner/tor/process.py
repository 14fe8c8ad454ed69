"""One tor process: its configuration goes in on standard input; its notices come out and a few are kept in memory.

Tor owns its data directory (guards must last); nothing else is written. The process ends with its owner: it watches
our process id, it ends when the owning control connection closes, and `stop` waits for it.
"""

import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

from config.faults import Fault
from scanner.tor.torrc import control_port_file

_COMMAND_LINE: Final = ("--defaults-torrc", "/nonexistent", "--ignore-missing-torrc", "-f", "-")
"""No file of the system's own tor is ever read."""
_STOP_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.02
_KEPT_LINES: Final = 5
_SERIOUS: Final = ("[warn]", "[err]")


class TorProcess:
    """A started tor. Only its warnings are kept; they never hold an address (SafeLogging)."""

    def __init__(self, program: Path, data_directory: Path, configuration: bytes) -> None:
        self._port_file = control_port_file(data_directory)
        self._port_file.unlink(missing_ok=True)
        self._warnings: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process = subprocess.Popen(
            [program, *_COMMAND_LINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C on the terminal is for us; we then end tor in order
        )
        self._listener = threading.Thread(target=self._listen, name="tor-notices", daemon=True)
        self._listener.start()
        self._configure(configuration)

    def _configure(self, configuration: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            try:
                pipe.write(configuration)
                pipe.close()
            except BrokenPipeError:
                pass  # it has ended already: whoever waits for its control port learns why

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            text = line.decode("utf-8", "replace").strip()
            if any(mark in text for mark in _SERIOUS):
                self._warnings.append(text.split("] ", 1)[-1])

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def warnings(self) -> str:
        """Its last warnings and errors, oldest first."""
        return " | ".join(self._warnings)

    def control_port(self, seconds: float) -> int | Fault:
        """Return the control port once it is open, or why there is none."""
        ends = time.monotonic() + seconds
        while self.running and time.monotonic() < ends:
            if self._port_file.exists() and (port := _port(self._port_file.read_text("ascii", "replace"))):
                return port
            time.sleep(_LOOK_SECONDS)
        return self.fault("did not start" if not self.running else f"opened no control port in {seconds:.0f} s")

    def fault(self, cause: str) -> Fault:
        """Return a Fault with this cause and tor's own words."""
        if not self.running:
            self._listener.join(_STOP_SECONDS)
        said = f" (tor says: {self.warnings})" if self.warnings else ""
        fix = "Fix what tor names; if it names nothing, check whether another tor uses its data directory."
        return Fault("tor", f"{cause}{said}", fix)

    def wait(self) -> None:
        """Wait until it ends."""
        self._process.wait()

    def ask_to_end(self) -> None:
        """Ask it to end; `wait` returns when it has."""
        self._process.terminate()

    def kill(self) -> None:
        """End it by force: a hanging tor ignores signals."""
        self._process.kill()

    def stop(self) -> None:
        """End it, by force if it takes longer than five seconds. Harmless when it has ended."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _port(text: str) -> int | None:
    """`PORT=127.0.0.1:41234`, as tor writes it."""
    _, _, digits = text.strip().rpartition(":")
    return int(digits) if digits.isdigit() else None
