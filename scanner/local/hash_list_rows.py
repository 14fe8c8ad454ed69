"""Fingerprints as rows of a hash list in CSV, as `sightline hashes import --format csv` reads it.

- A picture has one row for each reading that another copy may show: each frame, transparency over white and black, the
  picture within its borders. Rotations, mirror images, the negative and other sizes have no row, because the matcher
  derives them from each examined picture.
- Only the first row has the digests, so that an equal file is named once. A reading below the quality floor has no
  perceptual hashes. A picture that could not be decoded is still found by its digests.
- No file name is written. The id is the beginning of the SHA-256.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from matcher.fingerprint import Fingerprint, Reading
from matcher.matching.candidates import is_usable
from matcher.picture.hashed import Size
from matcher.picture.orientations import Orientation

COLUMNS = ("entry_id", "md5", "sha1", "sha256", "pdq", "phash", "reading", "quality")
_ID_DIGITS = 20
_DERIVED = frozenset(
    (
        "negative",
        "filled",
        *(size.name.lower().replace("_", "-") for size in Size if size is not Size.FULL),
        *(one.name.lower().replace("_", "-") for one in Orientation if one is not Orientation.UPRIGHT),
    )
)
"""Steps of readings that the matcher derives from every examined picture."""


def head() -> str:
    """Return the header line, without its line break."""
    return ",".join(COLUMNS)


def rows(found: Fingerprint) -> Iterator[str]:
    """Yield the rows of one picture, without line breaks; none for other files."""
    if found.not_examined:
        return
    digests = (found.digests.md5.hex(), found.digests.sha1.hex(), found.digests.sha256.hex())
    kept = [reading for reading in found.readings if is_usable(reading) and not _is_derived(reading.name)]
    entry_id = digests[-1][:_ID_DIGITS]
    for number, reading in enumerate(kept or [None]):
        perceptual = _perceptual(reading) if reading else ("", "", "", "")
        yield _row(
            (f"{entry_id}-{number + 1}" if number else entry_id, *(("",) * 3 if number else digests), *perceptual)
        )


def _is_derived(name: str) -> bool:
    return name.startswith("thumbnail") or not _DERIVED.isdisjoint(name.split("/"))


def _perceptual(reading: Reading) -> tuple[str, str, str, str]:
    return reading.pdq.hex(), reading.phash.hex(), reading.name, str(reading.quality)


def _row(cells: tuple[str, ...]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
