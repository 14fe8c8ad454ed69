"""From files in any format to a hash list: a bad record is kept out and named, a truncated file is refused whole.

A format is a function that turns an untrusted file into items, one at a time and in bounded memory. The files are
digested while they stream by, so that the list can say what it was made of. Several files are the pages of one feed, in
order; the feed's checkpoint moves only when its last page is among them, since pages do not come in order of time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import BinaryIO, Protocol

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Collector
from matcher.hash_lists.entry import Entry, ListHeader, Withdrawn
from matcher.hash_lists.fields import shown
from matcher.hash_lists.hash_list import HashList


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that is well formed and names no known material that we could match, such as one of another category."""

    why: str
    """In a few words, the same for all records of its kind."""


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """How far this page brings a feed: the newest change it tells of, and whether another page follows."""

    newest: str
    more: bool


Item = Entry | Withdrawn | SkippedRecord | FeedPlace | Fault | Refused
"""What a format finds. A fault is a record that is kept out; a refusal ends the import."""

ListFormat = Callable[["Digesting"], Iterable[Item]]
"""Reads an untrusted file to its end."""

Page = tuple[str, BinaryIO]
"""What faults call a file, where they need to say which, and the untrusted file."""

MOST_FAULTS = 1000
"""As many faults are kept with their lines; the others are counted."""

_CHUNK_BYTES = 1 << 20
_MOST_WHYS = 100
_SOME_FAULTS = 20
"""What shows what is wrong with every record."""


class Digesting:
    """A binary file that adds to a digest what is read of it."""

    def __init__(self, untrusted_file: BinaryIO, digest: "_Digest") -> None:
        self._file = untrusted_file
        self._digest = digest

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""
        return self._seen(self._file.read(size))

    def readline(self, limit: int) -> bytes:
        """One line with its break, cut at `limit` bytes; empty at the end."""
        return self._seen(self._file.readline(limit))

    def finish(self) -> None:
        """Read what is left."""
        while self.read(_CHUNK_BYTES):
            pass

    def _seen(self, data: bytes) -> bytes:
        self._digest.update(data)
        return data


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Imported:
    """A list made from files. `faults` are the first of those records that were kept out; `kept_out` counts all.

    `passed_over` counts, by reason, the records that are no known material to us. `unfinished` says that the feed has
    further pages: what was read is in the list, and the checkpoint has not moved.
    """

    hash_list: HashList
    faults: tuple[Fault, ...]
    kept_out: int
    passed_over: Mapping[str, int]
    unfinished: bool


@dataclass(slots=True)
class _Tally:
    categories: Collection[str] | None
    collected: Collector = field(default_factory=Collector)
    withdrawn: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kept_out: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    newest: str = ""
    more: bool = False

    def take(self, item: Entry | Withdrawn | SkippedRecord | FeedPlace | Fault) -> None:
        match item:
            case Entry() if self.categories is not None and item.category not in self.categories:
                self._pass_over(f"category {shown(item.category)}")
            case Entry():
                self.collected.add(item)
            case Withdrawn(entry_id):
                self.withdrawn.append(entry_id)
            case SkippedRecord(why):
                self._pass_over(why)
            case FeedPlace(newest, more):
                self.newest, self.more = max(self.newest, newest), more
            case Fault():
                self.kept_out += 1
                self.faults += [item][: MOST_FAULTS - len(self.faults)]

    def _pass_over(self, why: str) -> None:
        self.passed_over[why if len(self.passed_over) < _MOST_WHYS else "others"] += 1


def import_list(
    untrusted_file: BinaryIO, file_format: ListFormat, header: ListHeader, categories: Collection[str] | None = None
) -> Imported | Refused:
    """Read one file of known hashes; see `import_pages`."""
    return import_pages([("", untrusted_file)], file_format, header, categories)


def import_pages(
    pages: Iterable[Page],
    file_format: ListFormat,
    header: ListHeader,
    categories: Collection[str] | None = None,
) -> Imported | Refused:
    """Read a file of known hashes, or all pages of a feed in their order.

    With `categories`, only entries of these become known material, and the others are counted as passed over. In the
    header, `sha256` (of all files, end to end) is filled in, `version` where it is empty, and `checkpoint` where the
    feed was read to its end. Refused when a file is truncated or not of this format, and when there are records and
    every one of them is bad.
    """
    tally, digest = _Tally(categories), sha256()
    for name, untrusted_file in pages:
        digesting = Digesting(untrusted_file, digest)
        for item in file_format(digesting):
            if isinstance(item, Refused):
                return Refused(tuple(_within(name, fault) for fault in item.faults))
            tally.take(_within(name, item) if isinstance(item, Fault) else item)
        digesting.finish()
    if tally.kept_out and not (len(tally.collected) or tally.withdrawn or tally.passed_over):
        cause = f"is bad, {tally.kept_out:,} of {tally.kept_out:,}: no entry is left"
        fix = "See that format, columns and delimiter are the file's; the first faults follow."
        return Refused((Fault("every record", cause, fix), *tally.faults[:_SOME_FAULTS]))
    return _imported(tally, header, digest.hexdigest())


def _within(name: str, fault: Fault) -> Fault:
    return replace(fault, where=f"{name}, {fault.where}") if name else fault


def _imported(tally: _Tally, header: ListHeader, digest: str) -> Imported:
    checkpoint = header.checkpoint if tally.more else max(header.checkpoint, tally.newest)
    made_of = replace(header, sha256=digest, version=header.version or digest[:12], checkpoint=checkpoint)
    hash_list = HashList(made_of, tally.collected.columns(), withdrawn=tuple(tally.withdrawn))
    return Imported(hash_list, tuple(tally.faults), tally.kept_out, dict(tally.passed_over), unfinished=tally.more)
