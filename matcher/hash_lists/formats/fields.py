"""Fields of one record, from text to values. Shared by every format.

- Names are compared without case, spaces and punctuation, and have aliases: `SHA-256`, `sha2_256` and `SHA256` are one.
- A hash may be given in hex or base64. An absent value may be written as `N/A`, `NULL`, `-` and the like.
- A field that cannot be read is dropped alone and counted. A record without any readable hash is rejected.
- A field with another name that holds what looks like a hash refuses the file, until it is mapped or ignored by name:
  ignored silently, its pictures would end as `no match`.
"""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from config.faults import Fault, Refused
from config.text import counted
from matcher.hash_lists.entry import HASH_BYTES, Entry, derived_id
from matcher.hash_lists.importing import DroppedField, Item, shown
from matcher.hash_lists.photodna_value import PHOTODNA, VALUE_BYTES, value_of

FIELDS: Final = ("entry_id", *HASH_BYTES, "category")
"""The fields of an entry; every other field is kept as an attribute."""

MAX_TEXT: Final = 1024
"""Longest id or category, in characters; an attribute is cut there."""

_ALIASES: Final = {
    "md5": ("md5hash", "md5sum", "hashmd5", "filemd5", "md5hex", "photomd5", "imagemd5", "md5digest"),
    "sha1": ("sha1hash", "sha1sum", "hashsha1", "filesha1", "sha1hex", "sha1digest", "sha", "photosha1", "imagesha1"),
    "sha256": (
        *("sha2256", "sha256hash", "sha256sum", "hashsha256", "filesha256", "sha256hex", "sha256digest", "sha2"),
        *("photosha256", "imagesha256"),
    ),
    "pdq": ("pdqhash", "hashpdq", "imagepdq", "photopdq", "pdqhex", "pdqplain"),
    "phash": ("phash256", "hashphash", "phashhash", "phashplain", "perceptualhashphash"),
    "infohash": ("infohashv1", "btih", "bittorrentinfohash"),
    "infohash2": ("infohashv2", "btmh"),
    "ed2k": ("ed2khash", "hashed2k", "emule", "edonkey", "edonkeyhash"),
    PHOTODNA: ("pdna", "photodnahash", "hashphotodna"),
    "entry_id": (),
    "category": (),
}
_MISSING: Final = frozenset(
    {"", "-", "--", "n/a", "na", "nan", "none", "null", "nil", "(null)", "(none)", "unknown", "?"}
)
_OF_OUR_TABLES: Final = frozenset({PHOTODNA, "record", "cluster"})
"""Columns of the tables of a referral that hold digests of records, beside a column `referral`."""
_HEX: Final = re.compile("[0-9A-Fa-f]+")
_LOOKS: Final = frozenset({*(2 * size for size in HASH_BYTES.values()), 2 * VALUE_BYTES})
_LOOKS_BASE64: Final = frozenset(4 * -(-size // 3) for size in (*HASH_BYTES.values(), VALUE_BYTES))
_EMPTY_FILE: Final = {
    "md5": bytes.fromhex("d41d8cd98f00b204e9800998ecf8427e"),
    "sha1": bytes.fromhex("da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    "sha256": bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    "ed2k": bytes.fromhex("31d6cfe0d16ae931b73c59d7e0c089c0"),
}


def plain_name(name: str) -> str:
    """Return a field's name without case, spaces and punctuation."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_OURS: Final = {plain_name(alias): ours for ours, aliases in _ALIASES.items() for alias in (ours, *aliases)}


class FieldNames:
    """What the names of an issuer's fields mean: `mapped` to ours, beyond the usual aliases, or `ignored`."""

    def __init__(self, mapped: Mapping[str, str] | None = None, ignored: Collection[str] = ()) -> None:
        self.meanings = {plain_name(theirs): ours for theirs, ours in (mapped or {}).items()}
        self.ignored = {plain_name(name) for name in ignored}

    def ours(self, name: str) -> str | None:
        """Return our name of a field, or its own name for an attribute; None if it is ignored."""
        plain = plain_name(name)
        if plain in self.ignored:
            return None
        meaning = self.meanings.get(plain, plain)
        return _OURS.get(plain_name(meaning)) or (name.strip() if meaning == plain else meaning)

    def with_aliases(self, aliases: Mapping[str, str]) -> "FieldNames":
        """Return these names with further aliases, which come second."""
        return self.with_names(FieldNames(aliases))

    def with_names(self, others: "FieldNames") -> "FieldNames":
        """Return these names and others, which come second."""
        names = FieldNames()
        names.meanings = others.meanings | self.meanings
        names.ignored = self.ignored | others.ignored
        return names


Pairs = Iterable[tuple[str, str]]
"""Names and texts of one record's fields, in its order; a name may come twice."""


def record_items(where: str, pairs: Pairs, names: FieldNames, more: tuple[tuple[str, str], ...] = ()) -> Iterator[Item]:
    """Yield the items of one record, whose names are the issuer's. `more` are further attributes.

    If a record gives a hash several times, as of several readings of a picture, each further value becomes an entry
    with the same id.
    """
    first, *others = _grouped(pairs, names)
    entry_id = ""
    for item in items_of(where, first, (*attributes_of(first), *more)):
        entry_id = item.entry_id if isinstance(item, Entry) else entry_id
        yield item
    for fields in others:
        yield from items_of(where, {"entry_id": entry_id, "category": first.get("category", ""), **fields})


def _grouped(pairs: Pairs, names: FieldNames) -> list[dict[str, str]]:
    groups: list[dict[str, str]] = [{}]
    for name, text in pairs:
        ours = names.ours(name)
        if ours is None or not text or any(group.get(ours) == text for group in groups):
            continue
        if ours not in HASH_BYTES:
            groups[0].setdefault(ours, text)
        else:
            group = next((group for group in groups if ours not in group), None)
            if group is None:
                group = {}
                groups.append(group)
            group[ours] = text
    return groups


def items_of(where: str, fields: Mapping[str, str], attributes: tuple[tuple[str, str], ...] = ()) -> Iterator[Item]:
    """Yield the entry of a record, after a `DroppedField` for each field that cannot be read.

    Yield only a fault if the record has no readable hash, and a refusal if another field looks like a hash. A record
    that carries only a PhotoDNA value is kept: a plug-in compares it, if installed.
    """
    if refused := _unmapped_hash(where, attributes):
        yield refused
        return
    hashes, causes = _hashes(fields)
    photodna = value_of(dict(attributes).get(PHOTODNA, ""))
    known: dict[str, bytes | None] = hashes if any(hashes.values()) else {PHOTODNA: photodna or None}
    if not any(known.values()):
        yield Fault(where, "; ".join(causes) or "holds no hash", "The record was kept out: ask the issuer to fix it.")
        return
    texts, unfit = _texts(fields)
    for cause in (*causes, *unfit):
        yield DroppedField(Fault(where, cause, "This field alone was left out: ask the issuer to fix it."))
    yield Entry(texts["entry_id"] or derived_id(known), **hashes, category=texts["category"], attributes=attributes)


def attributes_of(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return every field that is none of ours, as the issuer gave it."""
    return tuple((name, text[:MAX_TEXT]) for name, text in fields.items() if text and name not in FIELDS)


def hash_value(name: str, text: str) -> bytes | str | None:
    """Return the bytes of a hash in hex or base64; None for a missing one; or, as a string, what is wrong with it."""
    text = _unquoted(text)
    if text.casefold() in _MISSING:
        return None
    size = HASH_BYTES[name]
    value = _decoded(text, size)
    if value is None:
        wrong = _wrong_length(text, size)
        return f"its {name} has {wrong}" if wrong else f"its {name} is neither hexadecimal nor base64"
    if not any(value) or value == _EMPTY_FILE.get(name):
        return f"its {name} stands for nothing: it is all zeros or that of an empty file"
    return value


def looks_like_hash(text: str) -> bool:
    """Return True for hex or base64 of the length of a hash."""
    text = _unquoted(text)
    length = len(text)
    if length in _LOOKS and _HEX.fullmatch(text):
        return True
    return length in _LOOKS_BASE64 and text.endswith("=") and _base64(text) is not None


def category_of(text: str) -> str:
    """Return a category as people write it: a spreadsheet's `1.0` is `1`."""
    text = _unquoted(text)
    return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text


def _unmapped_hash(where: str, attributes: tuple[tuple[str, str], ...]) -> Refused | None:
    known = _OF_OUR_TABLES if any(name == "referral" for name, _ in attributes) else frozenset({PHOTODNA})
    name = next((name for name, text in attributes if name not in known and looks_like_hash(text)), None)
    if name is None:
        return None
    fix = f"Map it with --column 'NAME=HASH', HASH being one of {', '.join(HASH_BYTES)}; or leave it out with "
    cause = f"the field {shown(name)!r} looks like a hash, and its name is none that is known"
    return Refused((Fault(where, cause, f"{fix}--ignore-column 'NAME'."),))


def _hashes(fields: Mapping[str, str]) -> tuple[dict[str, bytes | None], list[str]]:
    hashes: dict[str, bytes | None] = {}
    causes = []
    for name in HASH_BYTES:
        value = hash_value(name, fields[name]) if name in fields else None
        if isinstance(value, str):
            causes.append(value)
        else:
            hashes[name] = value
    return hashes, causes


def _texts(fields: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the id and the category, each empty if it cannot be read; and why."""
    texts = {"entry_id": _unquoted(fields.get("entry_id", "")), "category": category_of(fields.get("category", ""))}
    causes = []
    for name, text in texts.items():
        if len(text) > MAX_TEXT or not text.isprintable():
            causes.append(f"its {name} is longer than {MAX_TEXT} characters or holds control characters")
            texts[name] = ""
    return texts, causes


def _unquoted(text: str) -> str:
    """Return a text without the marks by which a spreadsheet keeps digits from becoming a number."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text.removeprefix("'").strip()


def _decoded(text: str, size: int) -> bytes | None:
    if len(text) == 2 * size and _HEX.fullmatch(text):
        return bytes.fromhex(text)
    value = _base64(text) if len(text) <= 4 * -(-size // 3) else None
    return value if value is not None and len(value) == size else None


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _wrong_length(text: str, size: int) -> str:
    """Return the length of a text, if that is what is wrong with it."""
    return f"{counted(len(text), 'character')}, not {2 * size}" if len(text) != 2 * size else ""
