"""Sequences that stay small: each item is built on access, from a few hundred bytes or from none.

A recipient may open a million findings at once. As an object each takes some seven thousand bytes; deflated, against a
text of what they all have in common, some four hundred. None of them is written anywhere.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final, Generic, TypeVar, overload
from zlib import DEFLATED, MAX_WBITS, Z_DEFAULT_STRATEGY, compressobj, decompressobj

from pydantic import TypeAdapter

from reports.canonical import READING, Json
from reports.record.model import PictureRecord

T = TypeVar("T")

LEVEL: Final = 6
MEMORY_LEVEL: Final = 8
ALIKE: Final = (
    b'"attributes":[["series","none"],["VictimIdentified","false"]],"category":"","category_scheme":"",{"c'
    b'omplete":true,"declared_type":"image/png","declared_type":"image/jpeg","fetched_from":"2026-01-01T00'
    b':00:00.000Z","fetched_until":"2026-01-01T00:00:00.000Z","fetches":[{"leaf_index":1,"opening":"","pur'
    b'pose":"picture","url":"http://.onion/"}],"image":{"height":480,"md5":"","media_type":"image/jpeg","r'
    b'eadings":[{"name":"plain","pdq":"","phash":"","photodna":"","quality":100},{"name":"plain/mirrored",'
    b'"pdq":"","phash":"","photodna":"","quality":100}],"scaled":false,"sha1":"","sha256":"","size_bytes":'
    b'10000,"width":640},"matches":[{"algorithm":"pdq","attributes":[],"category":"","category_scheme":"",'
    b'"distance_bits":0,"entry_id":"","list_issuer":"","list_name":"","list_version":"","phash_distance_bi'
    b'ts":null,"quality":0,"reading":"bytes","threshold_bits":31,"tier":"exact"}],"novelty":{"answered":""'
    b',"disputed":false,"first_seen":null,"last_seen":null,"picture_seen_before":false,"referred_before":f'
    b'alse,"times_seen":0},"outcome":"matched","place":{"embedding":"img src","page_url":"http://.onion/",'
    b'"relation":"hosted here","url":"http://.onion/.jpg"},"priority":{"reasons":[{"reason":"no list knows'
    b' it, and it stands beside known pictures","weight":170},{"reason":"a digest of it equals that of a k'
    b'nown picture","weight":40},{"reason":"two perceptual hashes agree that it is a known picture","weigh'
    b't":35},{"reason":"this scanner had not seen it before","weight":10},{"reason":"the site itself serve'
    b's it","weight":10}],"total":60},"reason":null,"redirects":[],"standing":"known"}'
)
"""Text that records of pictures have in common; it only affects their size in memory."""
PICTURE_READER: Final = TypeAdapter(tuple[PictureRecord], config=READING)


class LazySequence(Sequence[T]):
    """A sequence of fixed length whose items are built by number on each access."""

    def __init__(self, length: int, make: Callable[[int], T]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequence[T]": ...
    def __getitem__(self, index: int | slice) -> "T | Sequence[T]":
        if isinstance(index, slice):
            return tuple(self._make(number) for number in range(self._length)[index])
        return self._make(range(self._length)[index])

    def __eq__(self, other: object) -> bool:
        """Equal to any sequence of the same items."""
        if not isinstance(other, Sequence) or len(other) != self._length:
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # compared by its items


class Packed(Generic[T]):
    """Items in JSON, deflated one by one, end to end."""

    def __init__(self, items: Iterable[Json], read: Callable[[bytes], T]) -> None:
        blobs = [_deflated(item) for item in items]
        self._blobs = b"".join(blobs)
        self._ends = array("I", accumulate(map(len, blobs), initial=0))
        self._read = read

    def made(self, number: int) -> T:
        """Build the item of this number."""
        blob = self._blobs[self._ends[number] : self._ends[number + 1]]
        return self._read(decompressobj(-MAX_WBITS, ALIKE).decompress(blob))


def packed_pictures(pictures: Sequence[Json]) -> Sequence[PictureRecord]:
    """Return the pictures of a record that was read and found in its form."""
    return LazySequence(len(pictures), Packed(pictures, _picture).made)


def _picture(written: bytes) -> PictureRecord:
    (picture,) = PICTURE_READER.validate_json(b"[" + written + b"]", strict=True)
    return picture


def _deflated(item: Json) -> bytes:
    deflating = compressobj(LEVEL, DEFLATED, -MAX_WBITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY, ALIKE)
    written = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return deflating.compress(written) + deflating.flush()
