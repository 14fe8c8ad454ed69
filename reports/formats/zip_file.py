"""Files in a ZIP, the same bytes each time."""

from collections.abc import Iterable
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first instant that ZIP can express; no file in it has a time of its own."""


def packed(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """Return these files by their names, in this order, as a ZIP."""
    archive_bytes = BytesIO()
    with ZipFile(archive_bytes, "w", ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(ZipInfo(name, EPOCH), content, ZIP_DEFLATED)
    return archive_bytes.getvalue()
