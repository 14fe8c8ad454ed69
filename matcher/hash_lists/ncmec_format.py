"""NCMEC's hash sharing, version 2, as XML: one file is one page of the feed.

`image` and `video` are entries, `deletedImage` and `deletedVideo` withdrawals. Ids belong to the member that gave the
entry, so the member's number is part of ours. What members think of a hash is counted as votes. A document type is
refused: the feed has none, and with it go entities of every kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from config.faults import Fault, Refused
from matcher.hash_lists.entry import HASH_BYTES, Withdrawn
from matcher.hash_lists.fields import attributes_of, entry_of
from matcher.hash_lists.importing import Digesting, FeedPlace, Item
from matcher.hash_lists.photodna_value import PHOTODNA

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"

_CHUNK_BYTES = 1 << 16
_MOST_TEXT = 1 << 16
_DEEPEST = 32
_MOST_FIELDS = 200
_ENTRIES, _DELETED = ("image", "video"), ("deletedImage", "deletedVideo")
_VOTES = {"affirmativeFeedback": "votes_up", "negativeFeedback": "votes_down"}
_OURS = {"classification": "category", "pdna": PHOTODNA} | {name: name for name in HASH_BYTES}


def ncmec(untrusted_file: Digesting) -> Iterator[Item]:
    """Each record as an item, and how far the page brings the feed."""
    page = _Page()
    try:
        while chunk := untrusted_file.read(_CHUNK_BYTES):
            page.feed(chunk)
            yield from page.taken()
        page.feed(b"", final=True)
    except (expat.ExpatError, ValueError):
        yield Refused((Fault(f"line {page.line}", "the file was cut short, or is not NCMEC's XML", _FIX),))
        return
    yield from page.taken()
    yield FeedPlace(page.newest, page.more)


_FIX = "Fetch it again; nothing of it was imported."


@dataclass(slots=True)
class _Record:
    kind: str
    where: str
    fields: dict[str, str] = field(default_factory=dict)

    def item(self) -> Item:
        """The record as an item."""
        number, own = self.fields.pop("member_id", ""), self.fields.pop("id", "")
        if not (number and own):
            return Fault(self.where, "has no id, or no member", "The record was kept out: ask the issuer to fix it.")
        entry_id = f"{number}-{own}"
        if self.kind in _DELETED:
            return Withdrawn(entry_id)
        fields = {_OURS.get(name, name): text for name, text in self.fields.items()}
        return entry_of(self.where, {**fields, "entry_id": entry_id}, (*attributes_of(fields), ("media", self.kind)))


class _Page:
    """Listens to the parser. Raises ValueError where the file is not a page of this feed."""

    def __init__(self) -> None:
        self.newest, self.more = "", False
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
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
        """Where the parser is."""
        return self._parser.CurrentLineNumber

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Parse some more."""
        self._parser.Parse(chunk, final)

    def taken(self) -> list[Item]:
        """The items found since the last time."""
        items, self._items = self._items, []
        return items

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace != NAMESPACE or len(self._path) == _DEEPEST:
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
            self._items.append(record.item())
            self._record = None
        elif text and not set(self._path) & set(_VOTES):
            record.fields.setdefault(tag, text)
            if len(record.fields) > _MOST_FIELDS:
                raise ValueError

    def _refuse(self, *_: object) -> None:
        raise ValueError
