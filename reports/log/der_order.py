"""The certificates of a timestamp's reply, in the order that DER demands.

`openssl ts -chain`, and services built on it, write them in the order of the chain, and a strict reader refuses the
whole reply. The set of certificates is the one part of a reply that nobody signs (RFC 5652, 5.4: the signature covers
the content and the signed attributes). So its members may be sorted before the reply is read: no byte is added, lost or
changed, and the signed bytes stay in place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SEQUENCE: Final = 0x30
_FIRST: Final = 0xA0
"""`[0]`, constructed: a ContentInfo's content, a SignedData's certificates."""
_PATH: Final = (_SEQUENCE, _SEQUENCE, _FIRST, _SEQUENCE, _FIRST)
"""From a TimeStampResp to its certificates: token (the last sequence in it), content, SignedData, certificates."""
_LONG: Final = 0x80


@dataclass(frozen=True, slots=True)
class _Element:
    """One element's position: its tag, its content, and its end."""

    tag: int
    start: int
    content: int
    end: int


def certificates_in_order(untrusted_reply: bytes) -> bytes:
    """Return the reply with its certificates sorted; unchanged if they cannot be found: its reader says why."""
    try:
        certificates = _found(untrusted_reply)
        inside = list(_elements(untrusted_reply, certificates.content, certificates.end))
    except ValueError:
        return untrusted_reply
    ordered = sorted(untrusted_reply[item.start : item.end] for item in inside)
    return untrusted_reply[: certificates.content] + b"".join(ordered) + untrusted_reply[certificates.end :]


def _found(reply: bytes) -> _Element:
    start, end = 0, len(reply)
    for tag in _PATH:
        within = [element for element in _elements(reply, start, end) if element.tag == tag]
        if not within:
            raise ValueError
        # The status before the token is a sequence as well; certificates come before what else is marked [0].
        found = within[-1] if tag == _SEQUENCE else within[0]
        start, end = found.content, found.end
    return found


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
    """Yield the elements of a range, one after the other. Raise ValueError if they do not fill it."""
    while start < end:
        content, length = start + 2, int.from_bytes(data[start + 1 : start + 2])
        if length >= _LONG:
            content += length - _LONG
            length = int.from_bytes(data[start + 2 : content])
        if not start < content <= content + length <= end:
            raise ValueError
        yield _Element(data[start], start, content, content + length)
        start = content + length
