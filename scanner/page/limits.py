"""Bounds on the content of one page, in the worker and in its reply."""

from typing import Final

LINKS_MOST: Final = 10_000
PARTS_MOST: Final = 200
PICTURES_MOST: Final = 10_000
IDENTIFIERS_MOST: Final = 2_000
ONIONS_MOST: Final = 1_000
URL_CHARACTERS_MOST: Final = 4 * 2**20
"""For all URLs of a page together."""
INLINE_BYTES_MOST: Final = 32 * 2**20
"""For all inline pictures of a page together."""
HEADER_CHARACTERS_MOST: Final = 8_192
"""For a `Refresh` or `Link` header, and for a `<meta>` refresh."""
