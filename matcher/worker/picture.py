"""What the picture worker does with one request, and how it warms up for it.

Codecs and scipy import parts of themselves at first use, which a confined process may not do: so one small picture of
each format, and a broken one, are hashed before the process is confined.
"""

from matcher.fingerprint import UndecidedReason
from matcher.hash_lists.photodna import PhotoDna
from matcher.limits import ExaminationLimits
from matcher.picture.hashed import HashedPicture
from matcher.picture.readings import hash_picture
from matcher.worker.protocol import pack_reply, unpack_request
from matcher.worker.samples import SAMPLES


def answer(request: bytearray, limits: ExaminationLimits, licensed: PhotoDna | None = None) -> bytes:
    """Hash the picture of one request. With a plug-in always in full: what a reduced scale does to it is not known."""
    untrusted_picture, full = unpack_request(request)
    try:
        picture = hash_picture(untrusted_picture, limits, full=full or licensed is not None, licensed=licensed)
    except MemoryError:
        picture = HashedPicture(None, 0, 0, (), UndecidedReason.MEMORY_LIMIT)
    return pack_reply(picture)


def warm_up(limits: ExaminationLimits, licensed: PhotoDna | None = None) -> None:
    """Hash each sample whole, cut short, and cut to its first bytes."""
    for sample in SAMPLES:
        for part in (sample, sample[: len(sample) * 2 // 3], sample[:32]):
            pack_reply(hash_picture(part, limits, full=False, licensed=licensed))
