"""The 256-bit pHash of imagehash: an independent second opinion beside PDQ.

Another reduction (Lanczos), other DCT terms (the constant one among them) and other code: a pair that both call alike
is rarely a coincidence. 256 bits, because the usual 64 are no evidence.
"""

import imagehash
import numpy as np

from matcher.normal_form import as_image, grey_square
from matcher.pdq import Pixels

HASH_SIDE = 16
SQUARE_SIDE = 4 * HASH_SIDE
"""The side in pixels of the square to which imagehash reduces a picture before its DCT."""


def square(pixels: Pixels) -> Pixels:
    """The 64 x 64 grey square that imagehash would make of a picture itself."""
    return grey_square(pixels, SQUARE_SIDE)


def phash(grey: Pixels) -> bytes:
    """The pHash of a picture's `square`: 32 bytes, most significant bit first."""
    found = imagehash.phash(as_image(grey), hash_size=HASH_SIDE)
    return np.packbits(found.hash).tobytes()
