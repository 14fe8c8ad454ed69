"""How much of a picture its PDQ bits rest on (docs/adr/0022).

PDQ leaves out the DCT terms of pure rows and columns. Of a table, bars, blinds or a contact sheet, only a corner mark
or a logo remains to be hashed, whatever PDQ's quality says, and unrelated pictures with the same mark have one hash.

- *Rank*: a single mark, glyph or box is a product of a function of x and one of y. So are its DCT terms, and their
  16 x 16 signs have rank 1. The effective rank of photographs is 3.4 to 8.
- *Level*: the terms of a picture that is made of rows and columns alone are zero, and the bits are rounding.
- *Lines*: a single line or straight edge has few parameters, whatever its rank. A bank holds the hashes of all.

The worker looks at the terms (`has_detail`). The judge and the import of lists have only bits (`rests_on_little`).
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matcher.hash_lists.columns import Columns
from matcher.picture.pdq import BITS, Floats, above_median, hashes

QUALITY_FLOOR = 50
"""PDQ's authors advise against matching below this quality (of 100)."""
MIN_RANK = 3.0
"""Effective rank of the signs below which a hash rests on little."""
MIN_LEVEL = 0.1
"""Median size of the hashed terms, in grey levels, below which most bits are rounding."""
SCALED_MARGIN = 0.5
"""A scaled picture is decoded in full unless its rank clears the minimum by this and its level by twice the minimum."""
LINE_BITS = 45
"""A hash this near to that of a line or straight edge rests on little. Photographs lie 60 bits away or more."""

_ANGLES, _PLACES, _THICK = 90, 96, 6
_ROWS = 16
_DIGESTS = ("md5", "sha1", "sha256")
_PAIRS = np.triu_indices(_ROWS, 1)
_AT_ONCE = 10_000

PdqRows = npt.NDArray[np.uint8]
"""PDQ hashes: n x 32."""


def has_detail(terms: Floats, *, exact: bool) -> bool:
    """Return True if the bits of one reduction's 256 terms rest on enough, in each orientation alike.

    Signs are taken before the cut at the median, because turning a picture only changes signs and order. If not
    `exact`, return True only with a margin for the error of a scaled decode.
    """
    least_level, least_rank = (MIN_LEVEL, MIN_RANK) if exact else (2 * MIN_LEVEL, MIN_RANK + SCALED_MARGIN)
    level = float(np.partition(np.abs(terms), BITS // 2)[BITS // 2])
    signs = np.where(terms > 0, np.float32(1), np.float32(-1)).reshape(_ROWS, _ROWS)
    products = signs @ signs.T
    return level >= least_level and BITS**2 / float(np.vdot(products, products)) >= least_rank


def low_rank(pdqs: PdqRows) -> npt.NDArray[np.bool_]:
    """Return, for each hash, True if the effective rank of its bits is below the minimum."""
    return np.concatenate([_ranks(pdqs[at : at + _AT_ONCE]) < MIN_RANK for at in range(0, len(pdqs), _AT_ONCE) or (0,)])


@lru_cache(maxsize=4096)
def rests_on_little(pdq: bytes) -> bool:
    """Return True if a hash is that of a single mark, line or edge, as far as its bits show."""
    return bool(low_rank(np.frombuffer(pdq, np.uint8)[None])[0]) or _bits_to_line(pdq) <= LINE_BITS


def entries_on_little(entries: Columns) -> tuple[list[str], list[str]]:
    """Return the ids of entries whose PDQ has too low a rank: those without any digest, and the others.

    The first can find nothing; the others are found by their digests alone. The bank of lines is left to the judge,
    because a list may have millions of entries.
    """
    rows = entries.having("pdq")
    little = rows[low_rank(entries.hashes["pdq"][rows])] if len(rows) else rows
    digested = np.isin(little, np.concatenate([entries.having(name) for name in _DIGESTS]))
    return [entries.ids[row] for row in little[~digested]], [entries.ids[row] for row in little[digested]]


def _ranks(pdqs: PdqRows) -> npt.NDArray[np.float64]:
    """Return the effective rank of the 16 x 16 signs: (sum s^2)^2 / sum s^4 over their singular values s."""
    rows = np.ascontiguousarray(pdqs).view(np.uint16)
    differing = np.bitwise_count(rows[:, _PAIRS[0]] ^ rows[:, _PAIRS[1]]).astype(np.int64)
    squares: npt.NDArray[np.int64] = _ROWS**3 + 2 * ((_ROWS - 2 * differing) ** 2).sum(axis=1)
    return BITS**2 / squares


def _bits_to_line(pdq: bytes) -> int:
    """Return the distance to the nearest hash of a line, an edge or a negative of one."""
    distances = np.zeros(_lines().shape[1], np.uint16)
    for line_words, word in zip(_lines(), np.frombuffer(pdq, np.uint64), strict=True):
        distances += np.bitwise_count(line_words ^ word)
    return int(np.minimum(distances, BITS - distances).min())


@lru_cache(maxsize=1)
def _lines() -> npt.NDArray[np.uint64]:
    """Return the hashes of thin and thick lines and of straight edges, at all angles and places: 4 words x n.

    An edge is the sum of the thin lines on one side of it, and a thick line the difference of two edges.
    """
    thin = _thin_lines()
    edges = np.cumsum(thin, axis=1)
    shapes = (thin, edges[:, :-1], edges[:, _THICK:] - edges[:, :-_THICK])
    found = [code for shape in shapes for code in hashes(above_median(shape.reshape(-1, BITS)))]
    return np.ascontiguousarray(np.frombuffer(b"".join(found), np.uint64).reshape(-1, 4).T)


def _thin_lines() -> Floats:
    """Return the hashed DCT terms of thin lines across the unit square: angles x places x 16 x 16.

    A term is the integral of cos(pi u x) cos(pi v y) along the line, so the mean of those of cos(pi (u x + v y)) and
    cos(pi (u x - v y)), each a cosine at the line's middle times a sinc of its length.
    """
    angle = ((np.arange(_ANGLES) + 0.5) * np.pi / _ANGLES)[:, None]
    normal = np.cos(angle), np.sin(angle)
    reach = (np.abs(normal[0]) + np.abs(normal[1])) / 2
    place = ((np.arange(_PLACES) + 0.5) / _PLACES * 2 - 1) * reach
    foot, along = [0.5 + place * part for part in normal], (-normal[1], normal[0])
    ends = [np.sort([-start / step, (1 - start) / step], axis=0) for start, step in zip(foot, along, strict=True)]
    first, last = np.maximum(ends[0][0], ends[1][0]), np.minimum(ends[0][1], ends[1][1])
    length, middle = (last - first)[..., None, None], (first + last) / 2
    x, y = ((start + step * middle)[..., None, None] for start, step in zip(foot, along, strict=True))
    dx, dy = (step[..., None, None] for step in along)
    u, v = np.arange(1, _ROWS + 1), np.arange(1, _ROWS + 1)[:, None]
    terms = sum(
        np.cos(np.pi * (u * x + sign * v * y)) * np.sinc((u * dx + sign * v * dy) * length / 2) for sign in (1, -1)
    )
    return np.asarray(terms * length, dtype=np.float32)
