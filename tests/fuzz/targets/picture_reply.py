"""What a picture worker that was taken over may send: refused, or exactly what an honest one would have written."""

from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from matcher.worker.protocol import MalformedReplyError, pack_reply, pack_request, unpack_reply, unpack_request
from matcher.worker.samples import QUICK


def seeds() -> list[bytes]:
    return [pack_reply(hash_picture(sample, ExaminationLimits())) for sample in (*QUICK[:3], b"", QUICK[0][:300])]


def check(untrusted: bytes) -> None:
    for full in (False, True):
        asked = bytearray(b"".join(pack_request(untrusted, full=full)))
        picture_asked, full_asked = unpack_request(asked)
        assert (bytes(picture_asked), full_asked) == (untrusted, full)
    try:
        picture = unpack_reply(untrusted)
    except MalformedReplyError:
        return
    assert pack_reply(picture) == untrusted


REGRESSIONS: list[bytes] = []
