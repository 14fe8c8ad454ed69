"""The rehearsal's hash list: one entry for each known picture, in the CSV form that `sightline hashes import` reads."""

import csv
import io
from typing import Final

from config.faults import Fault
from matcher.fingerprint import Fingerprint, Hasher
from scanner.rehearsal.cli_runner import StepFailed
from scanner.rehearsal.gallery import FILE_ENTRY, INFO_HASH, KNOWN, plain

LIST_NAME: Final = "rehearsal"
ISSUER: Final = "Rehearsal"
COLUMNS: Final = ("entry_id", "md5", "sha1", "sha256", "pdq", "phash", "infohash", "category")
CATEGORY: Final = "benign"


def hash_list_csv(hasher: Hasher) -> bytes:
    """Return the list, in UTF-8, with a header line. `hasher` hashes each known picture in its plain form.

    Raise StepFailed if it cannot hash one of them whole: nothing that follows would mean anything.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry_id, seed in KNOWN.items():
        rows.writerow([entry_id, *_hashes(entry_id, hasher.fingerprint(plain(seed), full=True)), "", CATEGORY])
    rows.writerow([FILE_ENTRY, "", "", "", "", "", INFO_HASH.hex(), CATEGORY])
    return text.getvalue().encode()


def _hashes(entry_id: str, fingerprint: Fingerprint) -> list[str]:
    if fingerprint.undecided is not None:
        fix = "The matcher or its confinement does not work on this machine: run `sightline doctor`"
        raise StepFailed(Fault(f"hashes of the known picture {entry_id}", f"undecided: {fingerprint.undecided}", fix))
    digests, plain_reading = fingerprint.digests, fingerprint.readings[0]
    return [part.hex() for part in (digests.md5, digests.sha1, digests.sha256, plain_reading.pdq, plain_reading.phash)]
