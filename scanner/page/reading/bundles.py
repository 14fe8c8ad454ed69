"""The files in a container as the pictures of a page.

`matcher.containers` opens archives, mail, multipart bodies and files with embedded pictures, within bounds.
"""

from typing import Final

from matcher.containers.contents import ContainedFile
from matcher.containers.kinds import COMPRESSED, Container, boundary, container_of
from matcher.containers.open import open_container
from scanner.page.content import PageContent, PictureRef, Way
from scanner.page.reading.notes import Note

_WAYS: Final = {
    Container.ZIP: Way.ARCHIVE,
    Container.TAR: Way.TAR,
    Container.MAIL: Way.MAIL,
    **dict.fromkeys(COMPRESSED, Way.COMPRESSED),
}


def read_bundle(untrusted: bytes, untrusted_content_type: str) -> PageContent:
    """Return the files in a container in order, each with its entry. Never raises for any bytes."""
    contents = open_container(untrusted, untrusted_content_type)
    kind = container_of(untrusted)
    way = _WAYS[kind] if kind else Way.MULTIPART if boundary(untrusted_content_type) else Way.EMBEDDED
    notes = (Note.MORE_ENTRIES.value,) if contents.cut else ()
    return PageContent((), tuple(_picture(file, way) for file in contents.files), notes)


def _picture(file: ContainedFile, way: Way) -> PictureRef:
    way = Way.EMBEDDED if file.carved else way
    return PictureRef(
        "", way.value, untrusted_inline=file.untrusted_bytes, untrusted_entry=file.untrusted_path, unread=file.unread
    )
