"""The framing of an HTTP body: length, chunks, codings. Contradictions are refused, not resolved.

Source: RFC 9112, section 6 (message body length); RFC 9110, section 8.4 (content codings). A head that allows two
readings could be read one way here and another way by a browser, so it is refused.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.exchange.decompressors import DECOMPRESSORS
from scanner.exchange.failure import FailureCause

DECODED: Final = frozenset(DECOMPRESSORS)
"""The content codings that are decoded, requested or not: a server that insists must not hide a picture by one."""
CODINGS_MOST: Final = 3
"""Codings one within the other; more are a bomb, not a site."""
WIDE: Final = ("br", "zstd")
"""Codings with windows of 16 and 8 MiB: each at most once, so that an exchange stays within 64 MB of memory."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
"""Statuses that lead elsewhere when there is a Location."""

_FIRST_FINAL: Final = 200
_NO_BODY: Final = frozenset({204, 304})
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Framing:
    """How the body is framed: `length` bytes, or `chunked`, or (neither) until the connection ends.

    `codings` are in the order in which the server applied them.
    """

    length: int | None
    chunked: bool
    codings: tuple[str, ...]

    @property
    def provable(self) -> bool:
        """True if the end of the body differs from a connection that died."""
        return self.chunked or self.length is not None


def framing(
    status: int, lengths: Sequence[str], transfer_codings: Sequence[str], content_codings: Sequence[str]
) -> Framing | FailureCause:
    """Return the framing that Content-Length, Transfer-Encoding and Content-Encoding describe, or why there is none.

    Each sequence holds the header's raw values, one for each line.
    """
    transfer, content = _listed(transfer_codings), _listed(content_codings)
    if status in _NO_BODY:
        return Framing(0, chunked=False, codings=())
    if status < _FIRST_FINAL or transfer not in ([], ["chunked"]) or (transfer and lengths):
        return FailureCause.MALFORMED_REPLY
    told = {value.strip() for line in lengths for value in line.split(",")}
    if len(told) > 1 or not all(_LENGTH.fullmatch(value) for value in told):
        return FailureCause.MALFORMED_REPLY
    codings = tuple(coding for coding in content if coding != "identity")
    if not _decodable(codings):
        return FailureCause.MALFORMED_REPLY
    return Framing(int(told.pop()) if told else None, bool(transfer), codings)


def _decodable(codings: Sequence[str]) -> bool:
    few = len(codings) <= CODINGS_MOST and all(codings.count(wide) <= 1 for wide in WIDE)
    return few and DECODED.issuperset(codings)


def _listed(lines: Iterable[str]) -> list[str]:
    return [item.strip().lower() for line in lines for item in line.split(",") if item.strip()]
