"""The machine: swap, core dumps and disk, through which bytes from a site could reach the disk or records be lost."""

import os
import resource
from pathlib import Path
from typing import Final

from config.faults import Fault

FREE_BYTES_MIN: Final = 2**30
_DEVICE_MAPPER: Final = "CRYPT-"


def unencrypted_swap(*, accepted: bool, swaps: Path = Path("/proc/swaps"), system: Path = Path("/sys")) -> Fault | None:
    """Swap that lies on the disk in the clear, unless the configuration accepts it."""
    if accepted or not swaps.exists():
        return None
    names = [line.split()[0] for line in swaps.read_text().splitlines()[1:] if line.strip()]
    clear = [name for name in names if not _encrypted(Path(name), system)]
    if not clear:
        return None
    fix = (
        "`swapoff -a`, encrypt it (dm-crypt with a random key), or accept it: [host] unencrypted_swap_accepted = true."
    )
    return Fault("swap", f"{', '.join(clear)} is not encrypted, and may keep bytes from a site on the disk", fix)


def core_dumps(limit_bytes: int | None = None, pattern: Path = Path("/proc/sys/kernel/core_pattern")) -> Fault | None:
    """Core dumps that would write the scanner's memory to the disk when it dies."""
    limit = resource.getrlimit(resource.RLIMIT_CORE)[0] if limit_bytes is None else limit_bytes
    # The limit does not hold for a dump that is piped to a program.
    if pattern.exists() and pattern.read_text().startswith("|"):
        cause = "the kernel hands core dumps to a program, which may write the scanner's memory to the disk"
        return Fault("core dumps", cause, "`sysctl -w kernel.core_pattern=core`, and set it in /etc/sysctl.d/.")
    if limit != 0:
        return Fault("core dumps", "are allowed", "`ulimit -c 0` before the start (systemd: LimitCORE=0).")
    return None


def disk_space(directory: Path, free_bytes: int | None = None) -> Fault | None:
    """Check the room for records and the log. `free_bytes` is read from the file system by default."""
    place = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    status = os.statvfs(place)
    free = status.f_bavail * status.f_frsize if free_bytes is None else free_bytes
    if free >= FREE_BYTES_MIN:
        return None
    cause = f"has {free // 2**20} MiB free; records and the log need room: at least {FREE_BYTES_MIN // 2**20} MiB"
    return Fault(str(directory), cause, "Make room, or name another [state] directory.")


def _encrypted(swap: Path, system: Path) -> bool:
    """Return True if a swap device, or a swap file's device, is memory (zram) or ends in dm-crypt."""
    if swap.name.startswith("zram"):
        return True
    try:
        status = swap.stat()
    except OSError:
        return False
    number = status.st_rdev or status.st_dev
    return _crypt(system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}")


def _crypt(device: Path) -> bool:
    """Return True if a block device is dm-crypt, or rests only on dm-crypt (a volume on an encrypted disk)."""
    name = device / "dm" / "uuid"
    if name.exists() and name.read_text().startswith(_DEVICE_MAPPER):
        return True
    below = list((device / "slaves").glob("*"))
    return bool(below) and all(_crypt(item) for item in below)
