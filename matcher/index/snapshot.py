"""A segment's tables as bytes, so that a start need not index ten million entries again.

A snapshot belongs to the exact content of its lists: a digest over every hash of each names them; later lists do no
harm. The bytes reveal the hashes that they index: they are sealed like the lists, with authenticated encryption, which
also keeps damage out.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from matcher.hash_lists.array_codec import Arrays, pack, unpack
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.photodna import PhotoDna
from matcher.index.buckets import Buckets
from matcher.index.segment import Segment

_MAGIC = b"sightline-indx-1"
_PARTS = ("rows", "offsets")


def dump(segment: Segment) -> memoryview:
    """Return the segment's tables as bytes, without its lists. Seal them before they touch a disk."""
    arrays: Arrays = {}
    for name, table in segment.tables.items():
        arrays |= {f"{name}/rows": table.rows, f"{name}/offsets": table.offsets}
    return pack(_MAGIC, {"lists": [content(entry_list) for entry_list in segment.lists]}, arrays)


def restore(lists: Sequence[HashList], data: bytes | memoryview, licensed: PhotoDna | None = None) -> Segment | None:
    """Return the segment that `dump` wrote, from those of `lists` that it was made of.

    None if one of them is missing, or the bytes are not a snapshot.
    """
    try:
        described, arrays = unpack(_MAGIC, data)
        by_content = {content(entry_list): entry_list for entry_list in lists}
        names = {name.rsplit("/", 1)[0] for name in arrays}
        tables = {name: Buckets(*(arrays[f"{name}/{part}"].view(np.uint32) for part in _PARTS)) for name in names}
        return Segment([by_content[item] for item in described["lists"]], tables, licensed)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def content(one: HashList) -> str:
    """Return a digest, in hex, of everything in a list that an index depends on."""
    digest = blake2b(digest_size=32)
    for name, column in one.entries.hashes.items():
        digest.update(f"{name} {len(column)} of {len(one)};".encode())
        digest.update(np.ascontiguousarray(column).data)
    digest.update(one.entries.present.data)
    return digest.hexdigest()
