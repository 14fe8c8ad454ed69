"""One small container of each kind, for the warm-up of a worker: a confined process can load no module later."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import Final

from backports import zstd

_PICTURE: Final = b"\x89PNG\r\n\x1a\n" * 9
_MAIL: Final = b"""MIME-Version: 1.0
Subject: =?utf-8?b?eA==?=
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: image/png; name*=utf-8''a.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--x
Content-Type: text/plain; charset=koi8-r
Content-Transfer-Encoding: quoted-printable

=E9
--x
Content-Transfer-Encoding: x-uuencode

begin 644 a
#84%A
`
end
--x--
"""


def _zip() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", _PICTURE)
        archive.writestr("b.zip", b"PK\x03\x04")
    return whole.getvalue()


def _tar(tar_format: int) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tar_format) as archive:
        entry = tarfile.TarInfo("\u00e4.png" * 40)
        entry.size = len(_PICTURE)
        archive.addfile(entry, io.BytesIO(_PICTURE))
    return whole.getvalue()


def _samples() -> tuple[bytes, ...]:
    tar = _tar(tarfile.PAX_FORMAT)
    compressed = (gzip.compress(tar), bz2.compress(tar), lzma.compress(tar), zstd.compress(tar))
    unknown = b"\x00\x01" + _PICTURE + b"\xff\xd8\xff\xe0GIF89aRIFF....WEBPVP8"
    return (_zip(), tar, _tar(tarfile.GNU_FORMAT), *compressed, _MAIL, b"From a\n" + _MAIL, unknown)


SAMPLES: Final = _samples()
