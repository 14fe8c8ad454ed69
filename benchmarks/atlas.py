"""Atlas of false positives: pictures whose hashes rest on little, each compared with each, by family and distance.

    python -m benchmarks.tiers --atlas [--each 1300] [--fonts FOLDER] [--pictures FOLDER] [--json]

Every reading of every picture is compared with the plain hash of every other by the project's own index and judge. A
pair *meets* where its hashes fall into a tier. It *accuses* where the judge lets the match stand; otherwise the picture
is undecided. Pairs that look alike are counted apart: their grey 32 x 32 thumbnails correlate at 0.8 or more in some
orientation or as negatives. `--fonts` is a folder with Noto fonts, for text in ten scripts. `--pictures` adds the
pictures below a folder as one more family.
"""

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.edits import png
from benchmarks.patterns import FAMILIES, NO_FONTS, Fonts, noto, picture
from matcher.fingerprint import Fingerprint, Reading, digest
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.limits import ExaminationLimits
from matcher.matching.candidates import NearCandidate, near_candidates
from matcher.matching.entry_index import EntryIndex
from matcher.picture.orientations import Orientation, turned
from matcher.picture.readings import hash_picture
from matcher.verdict import Tier

ALIKE = 0.8
_THUMBNAIL = (32, 32)
_PROGRESS = Console(stderr=True)

Thumbnail = npt.NDArray[np.float64]
Key = tuple[str, str, str, str]
"""Family of the picture, family of the entry, tier, and what came of the pair."""


@dataclass(frozen=True)
class Plate:
    """One picture of the atlas."""

    family: str
    fingerprint: Fingerprint
    thumbnail: Thumbnail


@dataclass(frozen=True)
class Atlas:
    """All pairs that meet: counted by family, tier and outcome, and by distance."""

    pictures: dict[str, int]
    undecided: dict[str, int]
    comparisons: int
    pairs: dict[Key, int]
    distances: dict[tuple[str, int], int]
    """By outcome and tens of bits."""


def in_process(untrusted_picture: bytes) -> Fingerprint:
    """Return the fingerprint that a worker would make, from this process: the pictures are our own."""
    found = hash_picture(untrusted_picture, ExaminationLimits())
    readings = tuple(
        Reading(reading.steps.name, reading.pdq, reading.quality, reading.phash) for reading in found.readings
    )
    size = found.width, found.height
    return Fingerprint(digest(untrusted_picture), len(untrusted_picture), "", *size, readings, found.undecided)


def plates(each: int, fonts: Fonts, folder: Path | None) -> Iterator[Plate]:
    """Yield `each` pictures of every family, and those below a folder."""
    jobs = [(family, seed) for family in FAMILIES for seed in range(each)]
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()) if folder else []
    with ProcessPoolExecutor() as processes:
        drawn = processes.map(partial(_drawn, fonts), jobs, chunksize=20)
        read = processes.map(_read, files, chunksize=20)
        total = len(jobs) + len(files)
        found = track(chain(drawn, read), "hashing", total=total, transient=True, console=_PROGRESS)
        yield from (plate for plate in found if plate and plate.fingerprint.readings)


def _drawn(fonts: Fonts, job: tuple[str, int]) -> Plate:
    return _plate(job[0], png(picture(*job, fonts)))


def _read(file: Path) -> Plate | None:
    try:
        return _plate("files", file.read_bytes())
    except OSError:  # Pillow's error for what is no picture is one
        return None


def _plate(family: str, encoded: bytes) -> Plate:
    with Image.open(BytesIO(encoded)) as image:
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        ground.alpha_composite(shown)
        small = np.asarray(ground.convert("L").resize(_THUMBNAIL, Image.Resampling.BOX), dtype=np.float64)
    centred = small - small.mean()
    return Plate(family, in_process(encoded), centred / (np.linalg.norm(centred) or 1.0))


def look_alike(one: Thumbnail, other: Thumbnail) -> bool:
    """Return True if two thumbnails correlate in some orientation, or as negatives."""
    return any(abs(float(np.vdot(turned(one, orientation), other))) >= ALIKE for orientation in Orientation)


def compare(found: Sequence[Plate]) -> Atlas:
    """Compare each picture with all others."""
    known = dict.fromkeys(plate.fingerprint.digests.sha256.hex() for plate in found)
    by_id = {plate.fingerprint.digests.sha256.hex(): plate for plate in found}
    entries = [Entry(sha256, pdq=_plain(by_id[sha256]).pdq, phash=_plain(by_id[sha256]).phash) for sha256 in known]
    index = EntryIndex.of([HashList.of(ListHeader("atlas", "A benchmark", "1", "scheme", "00" * 32), entries)])
    pairs, distances, comparisons = Counter[Key](), Counter[tuple[str, int]](), 0
    for name, plate in track(by_id.items(), "comparing", transient=True, console=_PROGRESS):
        comparisons += len(plate.fingerprint.readings) * len(entries)
        for candidate in _nearest(near_candidates(index, plate.fingerprint.readings)):
            if candidate.entry.entry_id == name:
                continue
            other = by_id[candidate.entry.entry_id]
            outcome = "alike" if look_alike(plate.thumbnail, other.thumbnail) else "unlike"
            outcome += ", accuses" if candidate.usable else ", undecided"
            pairs[plate.family, other.family, candidate.tier.value, outcome] += 1
            distances[outcome, candidate.distance // 10] += 1
    undecided = Counter(plate.family for plate in by_id.values() if plate.fingerprint.undecided)
    pictures = Counter(plate.family for plate in by_id.values())
    return Atlas(dict(pictures), dict(undecided), comparisons, dict(pairs), dict(distances))


def _plain(plate: Plate) -> Reading:
    return plate.fingerprint.readings[0]


def _nearest(candidates: Iterator[NearCandidate]) -> list[NearCandidate]:
    """Return for each entry the candidate that counts: a usable one first, then the surest."""
    best: dict[str, tuple[tuple[bool, int, int], NearCandidate]] = {}
    order = list(Tier)
    for candidate in candidates:
        rank = not candidate.usable, order.index(candidate.tier), candidate.distance
        if candidate.entry.entry_id not in best or rank < best[candidate.entry.entry_id][0]:
            best[candidate.entry.entry_id] = rank, candidate
    return [candidate for _, candidate in best.values()]


def _pairs(atlas: Atlas, family: str, tier: str, outcome: str) -> int:
    """Return the number of pairs of a family's pictures in a tier."""
    return sum(count for (own, _, of, came), count in atlas.pairs.items() if (own, of, came) == (family, tier, outcome))


def show(atlas: Atlas) -> None:
    """Print the atlas: pairs that meet by family of the picture, and by distance."""
    outcomes = ("unlike, accuses", "unlike, undecided", "alike, accuses", "alike, undecided")
    tiers = [tier.value for tier in Tier if tier is not Tier.EXACT]
    table = Table("family", "pictures", "too flat", *(f"{name}: {' / '.join(tiers)}" for name in outcomes), box=None)
    for family, count in atlas.pictures.items():
        counts = [" / ".join(f"{_pairs(atlas, family, tier, name):,}" for tier in tiers) for name in outcomes]
        table.add_row(family, f"{count:,}", f"{atlas.undecided.get(family, 0):,}", *counts)
    Console(width=190).print(f"{sum(atlas.pictures.values()):,} pictures, {atlas.comparisons:,} pairs of hashes")
    Console(width=190).print(table)
    by_distance = Table("bits", *outcomes, box=None)
    for tens in range(7):
        row = (f"{atlas.distances.get((name, tens), 0):,}" for name in outcomes)
        by_distance.add_row(f"{10 * tens} to {10 * tens + 9}", *row)
    Console(width=190).print(by_distance)


def run(arguments: Namespace) -> None:
    """Make and print the atlas that the command line describes."""
    fonts = noto(arguments.fonts) if arguments.fonts else NO_FONTS
    atlas = compare(list(plates(arguments.each, fonts, arguments.pictures)))
    if not arguments.json:
        show(atlas)
        return
    pairs = [[*key, count] for key, count in sorted(atlas.pairs.items())]
    distances = [[*key, count] for key, count in sorted(atlas.distances.items())]
    summary = {"pictures": atlas.pictures, "undecided": atlas.undecided, "comparisons": atlas.comparisons}
    print(json.dumps({**summary, "pairs": pairs, "distances": distances}, indent=2))
