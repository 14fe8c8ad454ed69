"""The codec of a request to the page worker, for both sides. It loads no parser."""

import struct
from typing import Final

_SHORT: Final = struct.Struct("<H")
_SHORT_MOST: Final = 2**16 - 1


def request(
    untrusted_page: bytes, url: str, untrusted_content_type: str, *, second_parser_only: bool
) -> tuple[bytes, ...]:
    """Return the parts of a request. URL and content type are cut at 65,535 bytes; a permitted URL is shorter."""
    fields = [text.encode("utf-8", "replace")[:_SHORT_MOST] for text in (url, untrusted_content_type)]
    return bytes([second_parser_only]), *(_SHORT.pack(len(field)) + field for field in fields), untrusted_page


def field(rest: memoryview) -> tuple[str, memoryview]:
    """Return the first field and the rest."""
    length: int = _SHORT.unpack(rest[:2])[0]
    return str(rest[2 : 2 + length], "utf-8", "replace"), rest[2 + length :]
