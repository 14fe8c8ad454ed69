"""Long lists in pieces that every database takes as the parameters of one statement."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

CHUNK: Final = 500

Item = TypeVar("Item")


def chunks(items: Iterable[Item], most: int = CHUNK) -> Iterator[tuple[Item, ...]]:
    """The items in order, in tuples of at most so many."""
    iterator = iter(items)
    while chunk := tuple(islice(iterator, most)):
        yield chunk
