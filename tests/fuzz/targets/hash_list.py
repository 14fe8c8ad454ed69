"""A hash list of any format: imported or refused, never an error. The first byte says which format."""

import io

from config.faults import Refused
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.formats.registry import FORMATS
from matcher.hash_lists.importing import Imported, import_list

_HEADER = ListHeader("made-up", "A test authority", "", "scheme", "")
_MD5, _SHA256 = "a" * 32, "b" * 64
_READERS = {name: one.read for name, one in sorted(FORMATS.items())} | {"csv": CsvFormat()}
_NAMES = sorted(_READERS)
_SEEDS = {
    "csv": f"id,md5,pdq,category\n1,{_MD5},{_SHA256},x\n2,{_MD5},,\n",
    "interpol": f"MD5,SHA1,category\n{_MD5},{'c' * 40},1\n",
    "ncmec": '<?xml version="1.0"?><queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images count="1" '
    f'maxTimestamp="2026-11-01T00:00:00Z"><image><member id="1">x</member><id>1</id><fingerprints><md5>{_MD5}</md5>'
    "</fingerprints></image></images></queryResult>",
    "lines": f"{_MD5}  a.jpg\n",
    "shield": f'{{"hashes": [{{"sha1": "{"c" * 40}", "md5": "{_MD5}"}}]}}',
    "stopncii": f'{{"hashRecords": [{{"hashValue": "{_SHA256}", "signalType": "ImagePDQ"}}], "hasMoreRecords": false}}',
    "threatexchange": f"pdq {_SHA256}\nmd5 {_MD5}\n",
    "vics": f'{{"value": [{{"Media": [{{"MediaID": 1, "MD5": "{_MD5}", "Category": 1}}]}}]}}',
}


def seeds() -> list[bytes]:
    return [bytes([_NAMES.index(name)]) + text.encode() for name, text in _SEEDS.items()]


def check(untrusted: bytes) -> None:
    if untrusted:
        name = _NAMES[untrusted[0] % len(_NAMES)]
        found = import_list(io.BytesIO(untrusted[1:]), _READERS[name], _HEADER, {"1", "x"})
        assert isinstance(found, Imported | Refused)


REGRESSIONS: list[bytes] = []
