"""NCMEC's hash sharing, version 2, as XML: one file is one page of the feed.

- `image` and `video` are entries, `deletedImage` and `deletedVideo` withdrawals.
- Ids belong to the member that gave the entry, so the member's number is part of ours.
- What members think of a hash is counted as votes.
- The environments of the service differ in the host of their namespace; all of version 2 are read, in any encoding.
- A document type is refused: the feed has none. Entities of every kind go with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from config.faults import Fault, Refused
from matcher.hash_lists.entry import Withdrawn
from matcher.hash_lists.formats.fields import FieldNames, record_items
from matcher.hash_lists.importing import FeedPlace, Item, Untrusted

NAMESPACE_END: Final = "/hashsharing/v2"

_CHUNK_BYTES: Final = 1 << 16
_MOST_TEXT: Final = 1 << 16
_DEEPEST: Final = 32
_MOST_FIELDS: Final = 200
_ENTRIES, _DELETED = ("image", "video"), ("deletedImage", "deletedVideo")
_VOTES: Final = {"affirmativeFeedback": "votes_up", "negativeFeedback": "votes_down"}


@dataclass(frozen=True, slots=True)
class NcmecFormat:
    """Reads one page of the feed."""

    names: FieldNames = field(default_factory=FieldNames)

    def __call__(self, untrusted_file: Untrusted) -> Iterator[Item]:
        """Yield each record's items, and how far the page brings the feed."""
        page = _Page(self.names.with_aliases({"classification": "category"}))
        try:
            while chunk := untrusted_file.read(_CHUNK_BYTES):
                page.feed(chunk)
                yield from page.take_items()
            page.feed(b"", final=True)
        except (expat.ExpatError, ValueError, LookupError):
            fix = "Fetch it again; nothing of it was imported."
            yield Refused((Fault(f"line {page.line}", "the file was cut short, or is not NCMEC's XML", fix),))
            return
        yield from page.take_items()
        yield FeedPlace(page.newest, page.more)


@dataclass(slots=True)
class _Record:
    kind: str
    where: str
    fields: dict[str, str] = field(default_factory=dict)

    def items(self, names: FieldNames) -> Iterator[Item]:
        """Yield the record's items."""
        number, own = self.fields.pop("member_id", ""), self.fields.pop("id", "")
        entry_id = f"{number}-{own}"
        if not (number and own):
            yield Fault(self.where, "has no id, or no member", "The record was kept out: ask the issuer to fix it.")
        elif self.kind in _DELETED:
            yield Withdrawn(entry_id, self.fields.get("timestamp", ""))
        else:
            pairs = [("entry_id", entry_id), *self.fields.items()]
            yield from record_items(self.where, pairs, names, (("media", self.kind),))


class _Page:
    """Listens to the parser. Raises ValueError if the file is not a page of this feed."""

    def __init__(self, names: FieldNames) -> None:
        self.newest, self.more = "", False
        self._names = names
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._path: list[str] = []
        self._text = ""
        self._record: _Record | None = None
        self._items: list[Item] = []

    @property
    def line(self) -> int:
        """Line that the parser is at."""
        return self._parser.CurrentLineNumber

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Parse another chunk."""
        self._parser.Parse(chunk, final)

    def take_items(self) -> list[Item]:
        """Return the items found since the last call."""
        items, self._items = self._items, []
        return items

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if (namespace and not namespace.rstrip("/").endswith(NAMESPACE_END)) or len(self._path) == _DEEPEST:
            raise ValueError
        self._path.append(tag)
        self._text = ""
        if self._record is None and tag in (*_ENTRIES, *_DELETED):
            self._record = _Record(tag, f"line {self.line}")
        elif self._record is not None:
            self._within(self._record, tag, attributes)
        elif tag in {"images", "videos"}:
            self.newest = max(self.newest, attributes.get("maxTimestamp", ""))

    def _within(self, record: _Record, tag: str, attributes: dict[str, str]) -> None:
        if tag == "member":
            votes = next((_VOTES[above] for above in self._path if above in _VOTES), "")
            if votes:
                record.fields[votes] = str(int(record.fields.get(votes, "0")) + 1)
            else:
                record.fields["member_id"] = attributes.get("id", "").strip()

    def _characters(self, text: str) -> None:
        self._text += text
        if len(self._text) > _MOST_TEXT:
            raise ValueError

    def _end(self, _: str) -> None:
        tag, text = self._path.pop(), self._text.strip()
        self._text = ""
        record = self._record
        if record is None:
            self.more |= tag == "next" and bool(text)
        elif tag == record.kind and not set(self._path) & {*_ENTRIES, *_DELETED}:
            self._items.extend(record.items(self._names))
            self._record = None
        elif text and not set(self._path) & set(_VOTES):
            record.fields.setdefault(tag, text)
            if len(record.fields) > _MOST_FIELDS:
                raise ValueError

    def _refuse(self, *_: object) -> None:
        raise ValueError
