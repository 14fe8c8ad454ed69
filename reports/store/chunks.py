"""Long lists in pieces that every database takes as the parameters of one statement."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

CHUNK: Final = 500
SIZES: Final = (64, 32, 16, 8, 4, 2, 1)

Item = TypeVar("Item")


def chunks(items: Iterable[Item], most: int = CHUNK) -> Iterator[tuple[Item, ...]]:
    """Yield the items in order, in tuples of bounded length."""
    iterator = iter(items)
    while chunk := tuple(islice(iterator, most)):
        yield chunk


def pieces(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items in order, in pieces each of one of `SIZES`: few statements then serve lists of every length."""
    start = 0
    for size in SIZES:
        while len(items) - start >= size:
            yield items[start : start + size]
            start += size
