"""Where a licensed comparison of PhotoDNA values is plugged in. Sightline itself only keeps values and passes them on.

A plug-in is a Python package with an entry point in the group `sightline.photodna`, whose object is a `PhotoDna`. There
may be one. Its `hash` is called inside the confined worker, with the luminance of each frame and view in normal form,
as shown: it can open no file, start no thread and map no executable memory there, so whatever it loads, it loads when
it is imported. Its `distances` is called in the main process, which holds the lists.
"""

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Columns
from matcher.hash_lists.photodna_value import PHOTODNA, VALUE_BYTES, value_of

GROUP = "sightline.photodna"


class PhotoDna(Protocol):
    """A licensed implementation. Thread-safe."""

    @property
    def threshold(self) -> int:
        """The largest distance, in the implementation's own measure, at which two values mean the same picture."""
        ...

    def hash(self, pixels: NDArray[np.uint8]) -> bytes:
        """The value (144 bytes) of a picture, height x width x 3 or height x width; empty where it has none."""
        ...

    def distances(self, value: bytes, values: NDArray[np.uint8]) -> NDArray[np.integer]:
        """The distance of one value to each of n (n x 144)."""
        ...


def plug_in(found: tuple[EntryPoint, ...] | None = None) -> PhotoDna | Refused | None:
    """The plug-in of this installation; None where there is none. `found` stands in for what is installed."""
    points = tuple(entry_points(group=GROUP)) if found is None else found
    if not points:
        return None
    if len(points) > 1:
        names = ", ".join(sorted(point.value for point in points))
        return Refused((Fault("PhotoDNA", f"more than one plug-in is installed: {names}", "Remove all but one."),))
    try:
        loaded: PhotoDna = points[0].load()
    except Exception as error:  # noqa: BLE001 - a foreign package may raise anything when it is imported
        cause = f"the plug-in {points[0].value} cannot be loaded ({type(error).__name__})"
        return Refused((Fault("PhotoDNA", cause, "Fix it or remove it."),))
    return loaded


def installed() -> PhotoDna | None:
    """The plug-in as a worker loads it; whoever starts workers has refused one that cannot be used."""
    found = plug_in()
    return None if isinstance(found, Refused) else found


class PhotoDnaTable:
    """The values that the entries of one list carry."""

    def __init__(self, entries: Columns, licensed: PhotoDna) -> None:
        carried = [(row, value) for row in range(len(entries)) if (value := _value_of(entries, row))]
        self._rows = np.array([row for row, _ in carried], np.uint32)
        self._values = np.frombuffer(b"".join(value for _, value in carried), np.uint8).reshape(-1, VALUE_BYTES)
        self._licensed = licensed

    def near(self, value: bytes) -> Iterator[tuple[int, int]]:
        """Each row within the threshold of a value, and its distance."""
        if len(value) == VALUE_BYTES and len(self._rows):
            distances = self._licensed.distances(value, self._values)
            for place in np.flatnonzero(distances <= self._licensed.threshold).tolist():
                yield int(self._rows[place]), int(distances[place])


def _value_of(entries: Columns, row: int) -> bytes:
    return value_of(dict(entries.attributes_of(row)).get(PHOTODNA, ""))
