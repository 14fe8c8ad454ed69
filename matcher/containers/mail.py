"""The parts of mail messages, mail folders (mbox) and saved pages (MHTML), decoded."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

_MESSAGE: Final = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
_MESSAGES_MOST: Final = 10_000


def mail_parts(untrusted: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each part with content. Raises anything for hostile bytes."""
    for untrusted_message in _messages(untrusted):
        message = BytesParser(policy=compat32).parsebytes(untrusted_message)
        for part in message.walk():
            if not part.is_multipart():
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes):
                    yield _name(part), payload


def _messages(untrusted: bytes) -> Iterator[bytes]:
    """Split a mail folder into its messages; yield a single message as it is."""
    if not untrusted.startswith(b"From "):
        yield untrusted
        return
    starts = [found.end() for _, found in zip(range(_MESSAGES_MOST), _MESSAGE.finditer(untrusted), strict=False)]
    for start, end in zip(starts, [*starts[1:], len(untrusted)], strict=True):
        yield untrusted[start:end]


def _name(part: Message) -> str:
    """Return the file name of a part, or its location in a saved page, or its type."""
    name = part.get_filename() or part.get("Content-Location") or part.get_content_type()
    return str(name).rpartition("/")[2] if "://" in str(name) else str(name)
