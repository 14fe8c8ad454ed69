"""From a file in any format to a hash list: a bad record is kept out and named, a truncated file is refused whole.

A format is a function that turns lines or events of an untrusted file into items, one at a time and in bounded
memory. The file is digested while it streams by, so that the list can say of which file it was made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import BinaryIO

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Collector
from matcher.hash_lists.entry import Entry, ListHeader, Withdrawn
from matcher.hash_lists.hash_list import HashList

Item = Entry | Withdrawn | Fault | Refused
"""What a format finds: an entry, a withdrawal, a record kept out, or the reason why the file is refused whole."""

ListFormat = Callable[["Digesting"], Iterable[Item]]
"""Reads an untrusted file to its end."""

MOST_FAULTS = 1000
"""As many faults are kept with their lines; the others are counted."""

_CHUNK_BYTES = 1 << 20


class Digesting:
    """A binary file that is digested as it is read."""

    def __init__(self, untrusted_file: BinaryIO) -> None:
        self._file = untrusted_file
        self._digest = sha256()

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""
        return self._seen(self._file.read(size))

    def readline(self, limit: int) -> bytes:
        """One line with its break, cut at `limit` bytes; empty at the end."""
        return self._seen(self._file.readline(limit))

    def hexdigest(self) -> str:
        """SHA-256 of the whole file, in hex. Reads what is left of it."""
        while self.read(_CHUNK_BYTES):
            pass
        return self._digest.hexdigest()

    def _seen(self, data: bytes) -> bytes:
        self._digest.update(data)
        return data


@dataclass(frozen=True, slots=True)
class Imported:
    """A list made from a file. `faults` are the first of those records that were kept out; `kept_out` counts all."""

    hash_list: HashList
    faults: tuple[Fault, ...]
    kept_out: int


@dataclass(slots=True)
class _Tally:
    collected: Collector = field(default_factory=Collector)
    withdrawn: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kept_out: int = 0

    def take(self, item: Entry | Withdrawn | Fault) -> None:
        match item:
            case Entry():
                self.collected.add(item)
            case Withdrawn(entry_id):
                self.withdrawn.append(entry_id)
            case Fault():
                self.kept_out += 1
                self.faults += [item][: MOST_FAULTS - len(self.faults)]


def import_list(untrusted_file: BinaryIO, file_format: ListFormat, header: ListHeader) -> Imported | Refused:
    """Read a file of known hashes. `header.sha256` is filled in from the file; its version too, where it is empty.

    Refused when the file is truncated or not of this format, and when it holds records but no usable one.
    """
    digesting, tally = Digesting(untrusted_file), _Tally()
    for item in file_format(digesting):
        if isinstance(item, Refused):
            return item
        tally.take(item)
    if tally.kept_out and not len(tally.collected) and not tally.withdrawn:
        return Refused(tuple(tally.faults))
    digest = digesting.hexdigest()
    made_of = replace(header, sha256=digest, version=header.version or digest[:12])
    hash_list = HashList(made_of, tally.collected.columns(), withdrawn=tuple(tally.withdrawn))
    return Imported(hash_list, tuple(tally.faults), tally.kept_out)
