"""Records of a JSON file of any size, one at a time: objects in an array that may hold gigabytes.

- A record is an object in an array under one of the wanted keys, wherever that is; or, with no key wanted, in the
  outermost array, or in an array right within the outermost object. Everything else is read and ignored.
- An array under an `outer` key holds records too, or objects that hold wanted arrays themselves.
- Memory holds one record and one chunk.
- The file must be whole: it is read to its end, and raises `BrokenJsonError` if it ends early or is no JSON.
- Strings and numbers are those of RFC 8259; NaN, Infinity and more than 32 levels are refused.
- A record that gives a key twice is a `DoubledRecord`: readers differ in which of the two values they take.
"""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from matcher.hash_lists.importing import Untrusted

_CHUNK_BYTES = 1 << 18
_MOST_RECORD_CHARACTERS = 1 << 24
_DEEPEST = 32
_SPACE = re.compile(r"[ \t\n\r]*")


class BrokenJsonError(ValueError):
    """The file is truncated or not JSON. `args[0]` says which, and nothing of the file's content."""


class DoubledRecord(dict[str, Any]):
    """A record in which an object gives a key twice."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys of arrays of records, in lower case. Arrays under `outer` hold records, or objects that hold such arrays."""

    keys: Collection[str]
    outer: Collection[str] = ()


def records(untrusted_file: Untrusted, wanted: Wanted, around: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each record of the file, and put plain values of the outermost object into `around`.

    So a feed's place is known once its records are read. Raises BrokenJsonError, after the records before the damage.
    """
    text = _Text(untrusted_file)
    anywhere = not (wanted.keys or wanted.outer)
    if text.peek() == "{":
        for key in _keys(text):
            if text.peek() in "[{":
                yield from _under(key, text, wanted, depth=1, anywhere=anywhere)
            elif key in around:
                raise BrokenJsonError(_KEY_TWICE)
            else:
                around[key] = text.take()
    else:
        yield from _value(text, wanted, is_wanted=anywhere, depth=0)
    if text.peek():
        raise BrokenJsonError(_NOT_JSON)


_NOT_JSON: Final = "is not JSON"
_CUT_SHORT: Final = "was cut short, or is not JSON"
_KEY_TWICE: Final = "gives a key twice"


def _under(key: str, text: "_Text", wanted: Wanted, *, depth: int, anywhere: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the records within the value of this key, which comes next."""
    if key.lower() in wanted.outer and text.peek() == "[":
        for _ in text.members("[", "]"):
            if text.peek() == "{":
                yield from _record_or_within(text, wanted, depth=depth + 1)
            else:
                yield from _value(text, wanted, is_wanted=False, depth=depth + 1)
    else:
        yield from _value(text, wanted, is_wanted=anywhere or key.lower() in wanted.keys, depth=depth)


def _record_or_within(text: "_Text", wanted: Wanted, *, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the records in the object that comes next; if it holds no wanted array, the object itself."""
    record, holds, doubled = dict[str, Any](), False, False
    for key in _keys(text):
        if key.lower() in wanted.keys and text.peek() == "[":
            holds = True
            yield from _value(text, wanted, is_wanted=True, depth=depth)
        else:
            doubled |= key in record
            record[key] = text.take()
            doubled |= text.doubled
    if not holds:
        yield DoubledRecord(record) if doubled else record


def _value(text: "_Text", wanted: Wanted, *, is_wanted: bool, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the records within the value that comes next."""
    if depth > _DEEPEST:
        raise BrokenJsonError(_NOT_JSON)
    if text.peek() == "{":
        for key in _keys(text):
            yield from _under(key, text, wanted, depth=depth + 1)
    elif text.peek() == "[":
        for _ in text.members("[", "]"):
            if is_wanted and text.peek() == "{":
                record = text.take()
                yield DoubledRecord(record) if text.doubled else record
            else:
                yield from _value(text, wanted, is_wanted=False, depth=depth + 1)
    else:
        text.take()


def _keys(text: "_Text") -> Iterator[str]:
    """Yield each key of the object that comes next; the caller takes its value before it asks for another."""
    for _ in text.members("{", "}"):
        key = text.take()
        if not isinstance(key, str):
            raise BrokenJsonError(_NOT_JSON)
        text.expect(":")
        yield key


class _Text:
    """A window on the file's text, moved forward as values are taken."""

    def __init__(self, untrusted_file: Untrusted) -> None:
        self._file = untrusted_file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=self._object)
        self.doubled = False
        self._window, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            self._at = _end_of_space(self._window, self._at)
            if self._at < len(self._window) or not self._more():
                return self._window[self._at : self._at + 1]

    def expect(self, character: str) -> None:
        """Skip this character. Raises BrokenJsonError if another comes."""
        found = self.peek()
        if found != character:
            raise BrokenJsonError(_NOT_JSON if found else _CUT_SHORT)
        self._at += 1

    def members(self, opening: str, closing: str) -> Iterator[None]:
        """Yield once for each member of an object or array; the caller takes the member before it asks for another."""
        self.expect(opening)
        if self.peek() != closing:
            yield
            while self.peek() == ",":
                self.expect(",")
                yield
        self.expect(closing)

    def take(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return the next value, whole. Raises BrokenJsonError."""
        self.peek()
        while True:
            self.doubled = False
            try:
                value, end = self._json.raw_decode(self._window, self._at)
            except (ValueError, RecursionError):
                end = -1
            if end >= 0 and (end < len(self._window) or self._ended):
                if _is_too_deep(value):  # how deep the library itself would go differs between Pythons
                    raise BrokenJsonError(_NOT_JSON)
                self._at = end
                return value
            if len(self._window) - self._at > _MOST_RECORD_CHARACTERS:
                raise BrokenJsonError(_NOT_JSON)
            if not self._more():
                if end < 0:
                    raise BrokenJsonError(_CUT_SHORT)
                self._ended = True

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        self.doubled |= len(made) < len(pairs)
        return made

    def _more(self) -> bool:
        """Read another chunk; False at the end of the file."""
        data = self._file.read(_CHUNK_BYTES)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise BrokenJsonError(_NOT_JSON) from None
        self._window = self._window[self._at :] + text
        self._at, self._ended = 0, not data
        return bool(data or text)


def _is_too_deep(value: object) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        within = (one.values() if isinstance(one, dict) else one for one in level)
        level = [inner for members in within for inner in members if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _refuse(_: str) -> NoReturn:
    raise ValueError
