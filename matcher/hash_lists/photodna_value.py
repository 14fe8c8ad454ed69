"""PhotoDNA values as issuers spell them. They are kept as an attribute of their entry, as they came, and passed on."""

import base64
import re

from matcher.hash_lists.texts import Texts

PHOTODNA = "photodna"
"""The attribute that holds a PhotoDNA value, whatever its issuer's format calls it."""

VALUE_BYTES = 144
_CARRIED = re.compile(rb'\["photodna", "([^"\\]*)"\]')
"""The attribute as it stands in an entry's JSON, in which no text of an issuer can hold a bare quotation mark."""


def value_of(text: str) -> bytes:
    """The 144 bytes of a value given in base64, in hex, or as 144 numbers with commas; empty for anything else."""
    for read in (_of_base64, bytes.fromhex, _of_numbers):
        try:
            value = read(text.strip())
        except ValueError:
            continue
        if len(value) == VALUE_BYTES:
            return value
    return b""


def _of_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _of_numbers(text: str) -> bytes:
    return bytes(int(number) for number in text.split(","))


def count_carried(attributes: Texts) -> int:
    """How many entries of these attributes carry a value. One pass over their bytes, not an object for each entry."""
    return sum(1 for found in _CARRIED.finditer(attributes.blob.tobytes()) if value_of(found[1].decode()))
