"""Storage of authority lists: one file for each, its signature file's four lines and then the signed bytes.

In one file, list and signature are replaced together or not at all. `head -n 4` and `tail -n +5` separate them again
for `minisign -V`. Everything read back is verified again; nothing in the folder is trusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from config.faults import Fault, Refused
from config.settings import Authority
from reports.crypto.minisign import SIGNATURE_FILE_BYTES_MAX
from reports.files import private_directory, write
from scanner.authority.list_model import LIST_BYTES_MAX, Target
from scanner.authority.verify import AuthorityList, authentic, verify_list, window_faults

SUFFIX: Final = ".list"
_SIGNATURE_LINES: Final = 4
_FILE_BYTES_MAX: Final = LIST_BYTES_MAX + SIGNATURE_FILE_BYTES_MAX
_FIX: Final = "Import the list again with `sightline targets import`."


@dataclass(frozen=True, slots=True)
class Listing:
    """One target under the list that names it: what a visit is made of."""

    authority_list: AuthorityList
    target: Target


@dataclass(frozen=True, slots=True)
class Lists:
    """What the folder gave at one instant: every authentic list, those of them in force, and every fault."""

    held: tuple[AuthorityList, ...]
    in_force: tuple[AuthorityList, ...]
    faults: tuple[Fault, ...]

    def listings(self) -> Iterator[Listing]:
        """Yield every target of every list in force, in the order of lists and of targets."""
        for authority_list in self.in_force:
            for target in authority_list.form.targets:
                yield Listing(authority_list, target)


Kept = dict[Path, tuple[tuple[int, int], AuthorityList | Refused]]
"""Earlier readings of each file, by time of change and size, for repeated loads."""


def load_lists(directory: Path, trusted: Sequence[Authority], now: datetime, known: Kept | None = None) -> Lists:
    """Load the lists in `directory`, by list id. A missing folder counts as empty.

    Each is verified again, except unchanged files in `known`, which is updated.
    """
    held: list[AuthorityList] = []
    faults: list[Fault] = []
    known = {} if known is None else known
    paths = sorted(directory.glob(f"*{SUFFIX}"))
    for gone in known.keys() - set(paths):
        del known[gone]
    for path in paths:
        kept = _read_once(path, trusted, known)
        found = kept.faults if isinstance(kept, Refused) else window_faults(kept.form, now)
        faults += (Fault(f"{path.name}: {fault.where}", fault.cause, fault.fix) for fault in found)
        if isinstance(kept, AuthorityList):
            held.append(kept)
    return Lists(tuple(held), tuple(item for item in held if item.in_force(now)), tuple(faults))


def store_list(
    directory: Path,
    untrusted_list: bytes,
    untrusted_signature: bytes | None,
    trusted: Sequence[Authority],
    now: datetime,
) -> AuthorityList | Refused:
    """Verify and store a list in place of its earlier edition; a refused one changes nothing."""
    held = {kept.form.list_id: kept for kept in load_lists(directory, trusted, now).held}
    verified = verify_list(untrusted_list, untrusted_signature, trusted, now, held)
    if isinstance(verified, Refused) or untrusted_signature is None:
        return verified
    refused = private_directory(directory)
    if refused is not None:
        return refused
    signature = untrusted_signature.replace(b"\r\n", b"\n").removesuffix(b"\n")
    write(directory / f"{verified.form.list_id}{SUFFIX}", signature + b"\n" + untrusted_list)
    return verified


def _read_once(path: Path, trusted: Sequence[Authority], known: Kept) -> AuthorityList | Refused:
    try:
        status = path.stat()
    except OSError:
        return _kept(path, trusted)
    stamp = (status.st_mtime_ns, status.st_size)
    if path not in known or known[path][0] != stamp:
        known.pop(path, None)
        known[path] = (stamp, _kept(path, trusted))
    return known[path][1]


def _kept(path: Path, trusted: Sequence[Authority]) -> AuthorityList | Refused:
    try:
        with path.open("rb") as file:
            content = file.read(min(path.stat().st_size, _FILE_BYTES_MAX))
    except OSError as error:
        return Refused((Fault("the file", f"cannot be read ({error.strerror})", "Check its permissions."),))
    parts = content.split(b"\n", _SIGNATURE_LINES)
    if len(parts) <= _SIGNATURE_LINES:
        return Refused((Fault("the file", "was cut", _FIX),))
    kept = authentic(parts[_SIGNATURE_LINES], b"\n".join(parts[:_SIGNATURE_LINES]), trusted)
    if isinstance(kept, AuthorityList) and path.name != f"{kept.form.list_id}{SUFFIX}":
        # A copy under another name could bring an older edition back into force beside the newer one.
        return Refused((Fault("the file", f"holds the list {kept.form.list_id}, not the one it is named for", _FIX),))
    return kept
