"""Signs that a body holds several pictures: its first bytes, or a multipart type that the server claims."""

import re
from typing import Final

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BOUNDARY: Final = re.compile(r"multipart/[a-z-]+\s*;.*?boundary\s*=\s*\"?([^\s\";,]{1,70})", re.IGNORECASE)


def is_bundle(untrusted: bytes, untrusted_content_type: str) -> bool:
    """Return True if a body is an archive or has several parts."""
    return untrusted.startswith(ZIP) or boundary(untrusted_content_type) is not None


def boundary(untrusted_content_type: str) -> bytes | None:
    """Return the delimiter between the parts, if the type names one."""
    found = _BOUNDARY.match(untrusted_content_type.strip())
    return None if found is None else found[1].encode()
