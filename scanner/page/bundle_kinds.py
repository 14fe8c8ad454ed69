"""What makes a body a bundle of pictures: its first bytes, or the type that a server claims for several parts."""

import re
from typing import Final

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BOUNDARY: Final = re.compile(r"multipart/[a-z-]+\s*;.*?boundary\s*=\s*\"?([^\s\";,]{1,70})", re.IGNORECASE)


def is_bundle(untrusted: bytes, untrusted_content_type: str) -> bool:
    """Whether a body is one."""
    return untrusted.startswith(ZIP) or boundary(untrusted_content_type) is not None


def boundary(untrusted_content_type: str) -> bytes | None:
    """What stands between the parts, where the type says so."""
    found = _BOUNDARY.match(untrusted_content_type.strip())
    return None if found is None else found[1].encode()
