"""Hostile containers, generated: bombs, deep nests, many entries, lying sizes, endless mail.

    python -m benchmarks.hostile_containers [--scale 20]

Each is opened by the real, confined worker of `sightline check`. A row tells its size, the seconds, and how many files
in it were read, or not read with which reason. Exit status 1 if a worker was killed, or needed more than 1 GiB.
"""

import argparse
import bz2
import gzip
import io
import lzma
import resource
import struct
import tarfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from backports import zstd

from matcher.containers.samples import SAMPLES
from matcher.worker.layers import Layer
from scanner.local.open_container import ContainerOpener
from scanner.page.port import Unreadable

PICTURE = b"\x89PNG\r\n\x1a\n"
MEMORY_MIB_MOST = 1024
_ZEROS = bytes(2**20)


def containers(scale: int) -> Mapping[str, bytes]:
    """Return hostile containers by name; `scale` multiplies their counts."""
    thousand = 1_000 * scale
    bomb = PICTURE + _ZEROS * (20 + 20 * scale)
    return {
        "zip of zips of zips": _nested(12, 4),
        "one body under many names": _overlapping(3 * thousand, 2 * scale),
        "zip of many entries": _zip({f"{number}.png": b"" for number in range(3 * thousand)}),
        "zip bomb": _zip({"a.png": bomb}),
        "zip that lies about its directory": _zip({"a": PICTURE}).replace(b"PK\x01\x02", b"PK\x01\x02" + b"\xff" * 20),
        "gzip bomb": gzip.compress(bomb),
        "gzip of a gzip bomb": gzip.compress(gzip.compress(bomb)),
        "many gzip streams": gzip.compress(b"") * (5 * thousand),
        "bzip2 bomb": bz2.compress(bomb[: 40 * 2**20]),
        "xz bomb": lzma.compress(bomb[: 40 * 2**20], preset=0),
        "xz that asks for memory": lzma.compress(PICTURE, preset=9 | lzma.PRESET_EXTREME),
        "zstd bomb": zstd.compress(bomb),
        "tar of a sparse file": _sparse(),
        "tar of many files": b"".join(tarfile.TarInfo(f"{number}.png").tobuf() for number in range(2 * thousand)),
        "tar that lies about a size": _lying_tar(),
        "mail of deep parts": _deep_mail(150 * scale),
        "mail of many parts": _wide_mail(5 * thousand),
        "mail of one long header": b"Subject: a\n" + b" " * 10 + b"x\n " * (25 * thousand),
        "mail of many headers": b"Subject: a\n" + b"X-A: b\n" * (15 * thousand) + b"\n",
        "mail of encoded words": _one_part(b"; name=" + b"=?utf-8?q?a?= " * (5 * thousand)),
        "mail of many parameters": _one_part(b"; name*0=a" * (3 * thousand)),
        "mail folder of many": b"From a\nSubject: b\n\nc\n" * (5 * thousand),
        "beginnings of pictures": b"\x00" + (b"\xff\xd8\xff\xe0\x00\x04ab" * 4 + b"GIF89a" + PICTURE) * (10 * thousand),
        "beginnings in a document": b"%PDF-1.7\n" + b"\xff\xd8\xff\xe0" * (100 * thousand),
    }


def _zip(entries: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return whole.getvalue()


def _nested(width: int, depth: int) -> bytes:
    whole = _zip({"a.png": PICTURE})
    for _ in range(depth):
        whole = _zip({f"{number}.zip": whole for number in range(width)})
    return whole


def _overlapping(entries: int, mebibytes: int) -> bytes:
    """Return a zip whose directory names one deflated body many times."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    pieces = [PICTURE, *[_ZEROS] * mebibytes]
    body = b"".join(map(deflater.compress, pieces)) + deflater.flush()
    sizes = len(body), sum(map(len, pieces))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, 0, *sizes, 1, 0) + b"a" + body
    named = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, 0, *sizes, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = min(entries, 2**16 - 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(named) * count, len(local), 0)
    return local + named * count + end


def _sparse() -> bytes:
    """Return a tar of a file of 1 TiB that consists of one hole."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("a.jpg")
        entry.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(2**40), "GNU.sparse.realsize": str(2**40)}
        archive.addfile(entry)
    return whole.getvalue()


def _lying_tar() -> bytes:
    entry = tarfile.TarInfo("a.png")
    entry.size = 2**32
    return entry.tobuf() + PICTURE * 9


def _deep_mail(depth: int) -> bytes:
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
    return b"MIME-Version: 1.0\n" + b"".join(heads) + b"Content-Type: image/png\n\n" + PICTURE


def _wide_mail(parts: int) -> bytes:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    return head + b"--b\nContent-Type: image/png\n\nx\n" * parts


def _one_part(parameters: bytes) -> bytes:
    return b"MIME-Version: 1.0\nContent-Type: image/png" + parameters + b"\n\nx"


def main() -> int:
    """Open each and print its row."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=int, default=20)
    killed = 0
    with closing(ContainerOpener(1, 64 * 2**20, Layer.NAMESPACES)) as opener:
        opener.contents(SAMPLES[0])
        for name, untrusted in containers(arguments.parse_args().scale).items():
            started = time.perf_counter()
            result = opener.contents(untrusted)
            seconds = time.perf_counter() - started
            if isinstance(result, Unreadable):
                killed += 1
                ended = result.cause
            else:
                counts = Counter(file.unread or "read" for _, file in result.files)
                ended = ", ".join(f"{count:,} {reason}" for reason, count in counts.items()) or "nothing"
                ended += "" if result.complete else ", more than the limit"
            print(f"{name:34} {len(untrusted):>11,} bytes {seconds:>6.2f} s  {ended}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"workers killed: {killed}; the largest had {peak:,} MiB")
    return int(killed > 0 or peak > MEMORY_MIB_MOST)


if __name__ == "__main__":
    raise SystemExit(main())
