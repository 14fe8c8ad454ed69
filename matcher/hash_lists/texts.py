"""Many short strings in one array of bytes, so that ten million ids cost their letters and not an object each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Texts:
    """UTF-8 strings end to end; string i is `blob[offsets[i]:offsets[i + 1]]`. With no offsets, all are empty."""

    blob: NDArray[np.uint8]
    offsets: NDArray[np.unsignedinteger[Any]]

    def __getitem__(self, row: int) -> str:
        if not len(self.offsets):
            return ""
        return str(self.blob[int(self.offsets[row]) : int(self.offsets[row + 1])].tobytes(), "utf-8", "replace")

    def fits(self, count: int) -> bool:
        """Whether these are `count` strings of which every one lies within the blob."""
        if not len(self.offsets):
            return not len(self.blob)
        ordered = len(self.offsets) == count + 1 and bool(np.all(self.offsets[1:] >= self.offsets[:-1]))
        return ordered and int(self.offsets[0]) == 0 and int(self.offsets[-1]) == len(self.blob)

    def take(self, rows: NDArray[np.integer[Any]]) -> "Texts":
        """The strings of these rows, in this order."""
        if not len(self.offsets):
            return self
        starts = self.offsets[:-1][rows].astype(np.int64)
        lengths = self.offsets[1:][rows].astype(np.int64) - starts
        ends = np.cumsum(lengths)
        places = np.repeat(starts - (ends - lengths), lengths) + np.arange(int(lengths.sum()))
        return Texts(self.blob[places], narrowed(np.concatenate([[0], ends])))

    @classmethod
    def joined(cls, parts: Sequence[tuple["Texts", int]]) -> "Texts":
        """The strings of all parts, given with their counts, in order."""
        blob = np.concatenate([np.zeros(0, np.uint8), *(texts.blob for texts, _ in parts)])
        lengths = [
            np.diff(texts.offsets) if len(texts.offsets) else np.zeros(count, np.uint8) for texts, count in parts
        ]
        if not len(blob):
            return EMPTY
        return cls(blob, narrowed(np.concatenate([[0], np.cumsum(np.concatenate(lengths), dtype=np.int64)])))


EMPTY = Texts(np.zeros(0, np.uint8), np.zeros(0, np.uint8))
"""Any number of empty strings."""


def narrowed(values: NDArray[np.integer[Any]]) -> NDArray[np.unsignedinteger[Any]]:
    """The same values, none of them negative, in the narrowest unsigned type that holds them."""
    most = int(values.max()) if len(values) else 0
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if most <= np.iinfo(kind).max)
    return values.astype(kind)


class TextCollector:
    """Gathers strings end to end."""

    def __init__(self) -> None:
        self._blob = bytearray()
        self._ends = bytearray(8)

    def add(self, text: str) -> None:
        """Append one string. What is no Unicode (a lone surrogate) becomes a question mark."""
        self._blob += text.encode(errors="replace")
        self._ends += len(self._blob).to_bytes(8, "little")

    def texts(self) -> Texts:
        """What was gathered. The collector is spent afterwards."""
        blob = np.frombuffer(self._blob, dtype=np.uint8)
        return Texts(blob, narrowed(np.frombuffer(self._ends, dtype="<u8"))) if len(blob) else EMPTY
