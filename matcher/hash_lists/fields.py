"""One field of one record, as text from a file: to its value, or why it has none. Shared by every format."""

from collections.abc import Mapping

from config.faults import Fault
from config.text import counted
from matcher.hash_lists.entry import HASH_BYTES, Entry, derived_id
from matcher.hash_lists.photodna_value import PHOTODNA, value_of

FIELDS = ("entry_id", *HASH_BYTES, "category")
"""What a field may mean to us; every other is an attribute."""

MAX_TEXT = 1024
"""Longest id or category, in characters; an attribute is cut there."""

_EMPTY_FILE = {
    "md5": "d41d8cd98f00b204e9800998ecf8427e",
    "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}


def entry_of(where: str, fields: Mapping[str, str], attributes: tuple[tuple[str, str], ...] = ()) -> Entry | Fault:
    """An entry from texts: hashes in hex by name, `entry_id` and `category`. Empty or missing means not given.

    A record with anything wrong is kept out whole, since an entry whose one hash is garbled cannot be trusted for the
    others; the fault names everything that is wrong with it. One that carries only a PhotoDNA value is kept: a plug-in
    compares it where there is one.
    """
    hashes, causes = _hashes(fields)
    causes += _text_causes(fields)
    photodna = value_of(dict(attributes).get(PHOTODNA, ""))
    if not causes and not any(hashes.values()) and not photodna:
        causes = ["holds no hash"]
    if causes:
        return Fault(where, "; ".join(causes), "The record was kept out: ask the issuer to fix it.")
    entry_id = fields.get("entry_id", "").strip() or derived_id(
        hashes if any(hashes.values()) else {PHOTODNA: photodna}
    )
    return Entry(entry_id, **hashes, category=fields.get("category", "").strip(), attributes=attributes)


def attributes_of(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Every field that is none of ours, as the issuer gave it."""
    return tuple((name, text[:MAX_TEXT]) for name, text in fields.items() if text and name not in FIELDS)


def hash_value(name: str, text: str) -> bytes | str:
    """The bytes of a hash given in hex of either case; or, as a string, what is wrong with it."""
    wanted = HASH_BYTES[name]
    if len(text) != 2 * wanted:
        return f"its {name} has {counted(len(text), 'character')}, not {2 * wanted}"
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return f"its {name} is not hexadecimal"
    if len(value) != wanted:
        return f"its {name} has spaces in it"
    if not any(value) or text.lower() == _EMPTY_FILE.get(name):
        return f"its {name} stands for nothing: it is all zeros or that of an empty file"
    return value


def shown(text: str) -> str:
    """A word from a file, fit to be shown: short, printable, never empty."""
    return "".join(letter for letter in text[:40] if letter.isprintable()) or "(none)"


def _hashes(fields: Mapping[str, str]) -> tuple[dict[str, bytes | None], list[str]]:
    hashes: dict[str, bytes | None] = {}
    causes = []
    for name in HASH_BYTES:
        text = fields.get(name, "").strip()
        value = hash_value(name, text) if text else None
        if isinstance(value, str):
            causes.append(value)
        else:
            hashes[name] = value
    return hashes, causes


def _text_causes(fields: Mapping[str, str]) -> list[str]:
    return [
        f"its {name} is longer than {MAX_TEXT} characters or holds control characters"
        for name in ("entry_id", "category")
        if len(text := fields.get(name, "").strip()) > MAX_TEXT or not text.isprintable()
    ]
