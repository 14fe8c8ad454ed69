"""Lines of text of an untrusted file, whatever its encoding: UTF-8, UTF-16 with a mark, or Windows-1252 by the line."""

import codecs
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from matcher.hash_lists.importing import Untrusted

MOST_LINE_BYTES: Final = 1 << 20
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its break. `whole` is False if the file ends without one; `endless` if the line is too long."""

    number: int
    text: str
    whole: bool = True
    endless: bool = False


class TextLines(Iterator[Line]):
    """The lines of a file, without a byte-order mark. Lines that were taken may be given back."""

    def __init__(self, untrusted_file: Untrusted) -> None:
        self._file = untrusted_file
        self._number = 0
        self._again: deque[Line] = deque()
        first = self._file.readline(MOST_LINE_BYTES)
        encoding = _UTF16.get(first[:2])
        if encoding:
            self._lines = _utf16_lines(encoding, chain([first[2:]], _lines(self._file)))
        else:
            whole_lines = chain([first.removeprefix(codecs.BOM_UTF8)], _lines(self._file))
            self._lines = (text for data in whole_lines for text in [_decoded(data)] if data or text)

    def __next__(self) -> Line:
        if self._again:
            return self._again.popleft()
        text = next(self._lines)
        self._number += 1
        whole = text.endswith(("\n", "\r"))
        return Line(self._number, text, whole=whole, endless=not whole and len(text) >= MOST_LINE_BYTES // 4)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Put lines back, to be taken next, in their order."""
        self._again.extendleft(reversed(list(lines)))


def _lines(untrusted_file: Untrusted) -> Iterator[bytes]:
    while line := untrusted_file.readline(MOST_LINE_BYTES):
        yield line


def _decoded(line: bytes) -> str:
    """Return the text of a line; what is no UTF-8 is read as Windows-1252, as spreadsheets write it."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _utf16_lines(encoding: str, pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a file whose pieces end at bytes of value 10, which need not be line breaks."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    held = ""
    for piece in pieces:
        held += decoder.decode(piece)
        while (end := held.find("\n")) >= 0:
            yield held[: end + 1]
            held = held[end + 1 :]
        if len(held) >= MOST_LINE_BYTES:
            yield held
            held = ""
    held += decoder.decode(b"", final=True)
    if held:
        yield held
