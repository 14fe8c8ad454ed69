"""How much of one page is gathered, and believed of a worker's reply."""

from typing import Final

LINKS_MOST: Final = 10_000
PARTS_MOST: Final = 200
PICTURES_MOST: Final = 10_000
IDENTIFIERS_MOST: Final = 2_000
ONIONS_MOST: Final = 1_000
URL_CHARACTERS_MOST: Final = 4 * 2**20
"""Of all URLs together."""
INLINE_BYTES_MOST: Final = 32 * 2**20
"""Of all inline pictures together."""
SECOND_PARSER: Final = ", second parser"
"""Behind the way of embedding, where only the scanner has seen it."""
