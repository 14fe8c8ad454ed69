"""The 256-bit pHash of imagehash: a second measure next to PDQ.

It uses another reduction (Lanczos), other DCT terms (with the pure row and column terms) and other code. It is a DCT of
the same low frequencies, so it is not an independent witness where PDQ rests on little (docs/adr/0022). 256 bits,
because the usual 64 are no evidence.

imagehash hashes the picture as shown. The turned pictures and the negative have the same DCT terms in another order and
with other signs, so their hashes are cut from one transform; a test compares each with imagehash.
"""

from functools import lru_cache
from typing import Any

import imagehash
import numpy as np
import numpy.typing as npt

from matcher.picture.decode import as_image
from matcher.picture.pdq import SIDE

HASH_SIDE = 16
BITS = HASH_SIDE**2

Square = npt.NDArray[np.uint8]
"""64 x 64 in grey: the reduction that imagehash makes before its DCT."""
_Terms = npt.NDArray[np.floating[Any]]


def phash(square: Square) -> bytes:
    """Return the pHash of one reduced picture: 32 bytes, most significant bit first."""
    return np.packbits(imagehash.phash(as_image(square), hash_size=HASH_SIDE).hash).tobytes()


def of_orientations(square: Square) -> list[bytes]:
    """Return the pHashes of the eight orientations, in the order of `Orientation`, then of the negative."""
    terms = _low_terms() @ square @ _low_terms().T
    rows, columns = _signs()
    shown = (terms, terms * columns, terms * rows, terms * rows * columns)
    turned = (terms.T, (terms * rows).T, (terms * columns).T, (terms * rows * columns).T)
    negative = -terms
    negative[0, 0] += 255 * 4 * square.size  # the constant term of a white picture
    return [phash(square), *_cut(np.stack([*shown, *turned, negative]))[1:]]


@lru_cache(maxsize=1)
def _low_terms() -> _Terms:
    """Return the 16 x 64 matrix of the lowest terms of the DCT-II, with the constant one, scaled as in scipy."""
    term, place = np.arange(HASH_SIDE)[:, None], 2 * np.arange(SIDE)[None, :] + 1
    matrix: _Terms = 2 * np.cos(np.pi / (2 * SIDE) * term * place)
    return matrix


@lru_cache(maxsize=1)
def _signs() -> tuple[_Terms, _Terms]:
    """Return the signs by which reversing the rows, and the columns, multiplies the DCT terms."""
    sign = (-1.0) ** np.arange(HASH_SIDE)
    return sign[:, None], sign[None, :]


def _cut(terms: _Terms) -> list[bytes]:
    flat = terms.reshape(-1, BITS)
    return [row.tobytes() for row in np.packbits(flat > np.median(flat, axis=1, keepdims=True), axis=1)]
