"""From files in any format to a hash list.

- A format is a function that turns an untrusted file into items, one at a time and in bounded memory.
- A bad record is rejected and named; a field that cannot be read is dropped alone; a truncated file is refused whole.
- Of a listing and a withdrawal of the same entry, the later one counts: by their own times, else by their order.
- Files are digested as they stream by, so that the list can name what it was made of.
- Several files are the pages of one feed, in order. Pages do not come in order of time, so the feed's checkpoint moves
  only when its last page is among them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO, Final, Protocol

import numpy as np

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Collector, Columns
from matcher.hash_lists.entry import Entry, ListHeader, Withdrawn
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.opening import DamagedError, opened


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A well-formed record that names no known material that could match, such as one of another category."""

    why: str
    """In a few words, the same for all records of its kind."""


@dataclass(frozen=True, slots=True)
class DroppedField:
    """A field of a record that cannot be read; the rest of the record is kept."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """How far a page brings a feed: the newest change on it, and whether another page follows."""

    newest: str
    more: bool


Item = Entry | Withdrawn | SkippedRecord | DroppedField | FeedPlace | Fault | Refused
"""What a format yields. A fault is a rejected record; a refusal ends the import."""


class Untrusted(Protocol):
    """An untrusted file as a format reads it."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...

    def readline(self, limit: int) -> bytes:
        """Return one line with its break, cut at `limit` bytes; nothing at the end."""
        ...


ListFormat = Callable[[Untrusted], Iterable[Item]]
"""Reads an untrusted file to its end."""

Page = tuple[str, BinaryIO]
"""What faults call a file, where they need to say which, and the untrusted file."""

MOST_FAULTS: Final = 1000
"""Faults beyond these are counted, not kept."""

_CHUNK_BYTES: Final = 1 << 20
_MOST_WHYS: Final = 100
_SOME_FAULTS: Final = 20
"""Enough to show what is wrong with every record."""

_TIMES: Final = ("timestamp", "lastModtimestamp")
"""The attributes in which feeds give the time of a record."""


class Digesting:
    """A binary file that adds to a digest what is read of it."""

    def __init__(self, untrusted_file: BinaryIO, digest: "_Digest") -> None:
        self._file = untrusted_file
        self._digest = digest

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none at the end."""
        return self._digested(self._file.read(size))

    def readline(self, limit: int) -> bytes:
        """Return one line with its break, cut at `limit` bytes; nothing at the end."""
        return self._digested(self._file.readline(limit))

    def finish(self) -> None:
        """Read the rest."""
        while self.read(_CHUNK_BYTES):
            pass

    def _digested(self, data: bytes) -> bytes:
        self._digest.update(data)
        return data


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Imported:
    """A list made from files.

    `faults` are the first of the rejected records and dropped fields; `kept_out` and `dropped_fields` count all.
    `passed_over` counts, by reason, the records that are no known material to us. `unfinished` is True if the feed has
    further pages: the list holds what was read, and the checkpoint has not moved.
    """

    hash_list: HashList
    faults: tuple[Fault, ...]
    kept_out: int
    passed_over: Mapping[str, int]
    unfinished: bool
    dropped_fields: int = 0


@dataclass(slots=True)
class _Tally:
    categories: Collection[str] | None
    collected: Collector = field(default_factory=Collector)
    withdrawn: list[tuple[Withdrawn, int]] = field(default_factory=list)
    """Each with the number of entries before it."""
    faults: list[Fault] = field(default_factory=list)
    kept_out: int = 0
    dropped_fields: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    newest: str = ""
    more: bool = False

    def take(self, item: Item, page: str) -> None:
        match item:
            case Entry() if self.categories is not None and item.category not in self.categories:
                self._pass_over(f"category {shown(item.category)}")
            case Entry():
                self.collected.add(item)
            case Withdrawn():
                self.withdrawn.append((item, len(self.collected)))
            case SkippedRecord(why):
                self._pass_over(why)
            case FeedPlace(newest, more):
                self.newest, self.more = max(self.newest, newest), more
            case DroppedField(fault):
                self.dropped_fields += 1
                self._keep_fault(page, fault)
            case Fault():
                self.kept_out += 1
                self._keep_fault(page, item)

    def _keep_fault(self, page: str, fault: Fault) -> None:
        self.faults += [_within(page, fault)][: MOST_FAULTS - len(self.faults)]

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
    header, `sha256` (of all files, end to end) is filled in, `version` if it is empty, and `checkpoint` if the feed was
    read to its end. Refused if a file is truncated or of another format, or if every record is bad.
    """
    tally, digest = _Tally(categories), sha256()
    for name, untrusted_file in pages:
        digesting = Digesting(untrusted_file, digest)
        if refused := _read(name, digesting, file_format, tally):
            return refused
        digesting.finish()
    if tally.kept_out and not (len(tally.collected) or tally.withdrawn or tally.passed_over):
        cause = f"is bad, {tally.kept_out:,} of {tally.kept_out:,}: no entry is left"
        fix = "Check that format, columns and delimiter are the file's; the first faults follow."
        return Refused((Fault("every record", cause, fix), *tally.faults[:_SOME_FAULTS]))
    return _imported(tally, header, digest.hexdigest())


def shown(text: str) -> str:
    """Return a word from a file, fit to be shown: short, printable, never empty."""
    return "".join(letter for letter in text[:40] if letter.isprintable()) or "(none)"


def _read(name: str, digesting: Digesting, file_format: ListFormat, tally: _Tally) -> Refused | None:
    """Read one file. Returns why it is refused."""
    try:
        untrusted_file = opened(digesting)
        for item in [untrusted_file] if isinstance(untrusted_file, Refused) else file_format(untrusted_file):
            if isinstance(item, Refused):
                return Refused(tuple(_within(name, fault) for fault in item.faults))
            tally.take(item, name)
    except DamagedError as damage:
        fix = "Fetch it again; nothing of it was imported."
        return Refused((_within(name, Fault("the file", damage.args[0], fix)),))
    return None


def _within(name: str, fault: Fault) -> Fault:
    return replace(fault, where=f"{name}, {fault.where}") if name else fault


def _imported(tally: _Tally, header: ListHeader, digest: str) -> Imported:
    checkpoint = header.checkpoint if tally.more else max(header.checkpoint, tally.newest)
    made_of = replace(header, sha256=digest, version=header.version or digest[:12], checkpoint=checkpoint)
    entries, withdrawn = _as_of_last(tally.collected.columns(), tally.withdrawn)
    hash_list = HashList.of_feed(made_of, entries, withdrawn)
    return Imported(
        hash_list,
        tuple(tally.faults),
        tally.kept_out,
        dict(tally.passed_over),
        unfinished=tally.more,
        dropped_fields=tally.dropped_fields,
    )


def _as_of_last(entries: Columns, withdrawn: Iterable[tuple[Withdrawn, int]]) -> tuple[Columns, tuple[str, ...]]:
    """Return the entries without those that a later record withdraws, and the ids that are withdrawn at the end."""
    latest: dict[str, tuple[Withdrawn, int]] = {}
    for item, position in withdrawn:
        earlier = latest.get(item.entry_id)
        if earlier is None or not _is_later(earlier[0].when, earlier[1], item.when, position):
            latest[item.entry_id] = item, position
    if not latest:
        return entries, ()
    gone, listed_again = [], set()
    for row in entries.rows_of(latest).tolist():
        item, position = latest[entries.ids[row]]
        if _is_later(_time_of(entries, row), row, item.when, position - 0.5):
            listed_again.add(item.entry_id)
        else:
            gone.append(row)
    kept = np.delete(np.arange(len(entries), dtype=np.uint32), gone)
    return entries.take(kept) if gone else entries, tuple(
        entry_id for entry_id in latest if entry_id not in listed_again
    )


def _is_later(when: str, position: float, other: str, other_position: float) -> bool:
    """Return True if a record comes after another: by their times if both have one, else by their order."""
    times = _moment(when), _moment(other)
    if times[0] is None or times[1] is None or times[0] == times[1]:
        return position > other_position
    return times[0] > times[1]


def _time_of(entries: Columns, row: int) -> str:
    attributes = dict(entries.attributes_of(row))
    return next((attributes[name] for name in _TIMES if name in attributes), "")


def _moment(text: str) -> float | None:
    try:
        return float(text) if text.isdecimal() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
