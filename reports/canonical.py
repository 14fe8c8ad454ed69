r"""Canonical JSON (RFC 8785): the one sequence of bytes in which a value is written, signed and hashed.

- A dataclass becomes an object of its fields' names; bytes become lower-case hex; an instant RFC 3339 in UTC, to the
  millisecond. Nothing else is renamed or left out, so the dataclasses are the form.
- Reading is strict: types are those of the dataclass, and the bytes must be exactly those that writing gives. Nothing
  can hide in spaces, doubled keys, unknown keys or other spellings of the same value.
- Text from a site may hold characters that JSON cannot (lone surrogates): they are written as `\udXXX`, never dropped.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

import rfc8785
from pydantic import ConfigDict, TypeAdapter, ValidationError

from config.clock import rfc3339
from config.faults import Fault, Refused

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Form = TypeVar("Form")

READING: Final = ConfigDict(extra="forbid", val_json_bytes="hex", allow_inf_nan=False)
"""How a form is read. The tuple around it is there because a plain dataclass inherits this only from without."""
NAME: Final = re.compile("[a-z][a-z0-9_]{0,30}")

EXACT_BELOW: Final = 2**53
ALIKE: Final = (1e-4, 1e15)
WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
TEXT_MAX: Final = 8_192
"""Characters of one text from a site; longer text is cut, and says so."""


def plain_form(value: object) -> Json:
    """`value` in the types of JSON. Raises TypeError for what has no form, ValueError for a naive instant."""
    return _form(value, [])


def _form(value: object, rare: list[str]) -> Json:
    """Return the plain form; values that need the full rules of RFC 8785 are added to `rare`."""
    kind = type(value)
    if kind in SCALARS:
        return SCALARS[kind](value)
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int | float):
        return _number(value, rare)
    return _container_form(value, rare)


def _number(value: float, rare: list[str]) -> float:
    """Whole numbers below 2**53, and fractions that every language writes alike, are not rare."""
    common = (
        abs(value) < EXACT_BELOW
        if isinstance(value, int)
        else not value.is_integer() and ALIKE[0] < abs(value) < ALIKE[1]
    )
    if not common:
        rare.append("a number")
    return value


def _container_form(value: object, rare: list[str]) -> Json:
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is not None:
        return {name: _form(getattr(value, name), rare) for name in names}
    if isinstance(value, Sequence):
        return [_form(item, rare) for item in value]
    if isinstance(value, Mapping):
        named = {clean_text(str(key)): item for key, item in value.items()}
        rare.extend(name for name in named if not name.isascii())
        return {name: _form(item, rare) for name, item in named.items()}
    msg = f"no JSON form for a {type(value).__name__}"
    raise TypeError(msg)


def clean_text(text: str) -> str:
    """`text` as JSON can hold it, at most `TEXT_MAX` characters."""
    text = str(text)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= TEXT_MAX:
        return text
    ending = f"\u2026 (cut: {len(text)} characters)"
    return text[: TEXT_MAX - len(ending)] + ending


def _same(value: Json) -> Json:
    return value


SCALARS: Final[Mapping[type, Callable[[Any], Json]]] = MappingProxyType(
    {str: clean_text, bytes: bytes.hex, datetime: rfc3339, bool: _same, type(None): _same}
)
"""How values of exactly these types are written."""


def canonical(value: object) -> bytes:
    """Return the canonical bytes of any value that has a plain form.

    For common values the standard library's writer gives the same bytes, many times faster.
    """
    rare: list[str] = []
    form = _form(value, rare)
    if rare:
        return rfc8785.dumps(form)
    return WRITER.encode(form).encode()


def joined(parts: Mapping[str, bytes]) -> bytes:
    """Return the canonical bytes of an object from those of its values. Its names need no escaping."""
    return b"{" + b",".join(b'"%b":%b' % (name.encode(), parts[name]) for name in sorted(parts)) + b"}"


def canonical_pieces(value: object) -> Iterator[bytes]:
    """Yield the canonical bytes of a dataclass, each item of a long sequence by itself."""
    for number, name in enumerate(sorted(getattr(type(value), "__dataclass_fields__", {}))):
        yield (b"," if number else b"{") + canonical(name) + b":"
        field = getattr(value, name)
        if isinstance(field, Sequence) and not isinstance(field, str | bytes | tuple | list):
            yield from _items(field)
        else:
            yield canonical(field)
    yield b"}"


def _items(items: Sequence[object]) -> Iterator[bytes]:
    yield b"["
    for number, item in enumerate(items):
        yield (b"," if number else b"") + canonical(item)
    yield b"]"


def read(reader: TypeAdapter[tuple[Form]], untrusted_bytes: bytes, where: str) -> Form | Refused:
    """Parse what `canonical` wrote. Refuse anything missing, unknown, mistyped or spelt otherwise.

    `reader` is a `TypeAdapter(tuple[Form], config=READING)`; `where` names the source in a refusal, which repeats
    nothing of the refused text.
    """
    try:
        (value,) = reader.validate_json(b"[" + untrusted_bytes + b"]", strict=True)
        again = canonical(value)
    except ValidationError as error:
        return _refused(where, f"not in its form ({_first_fault(error)})")
    except ValueError:  # a number or an instant that canonical JSON cannot hold
        again = b""
    return value if again == untrusted_bytes else _refused(where, "not written in canonical JSON")


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"][1:] if isinstance(step, int) or NAME.fullmatch(step))
    return f"{first['type']} at {path or 'the top'}"


def _refused(where: str, cause: str) -> Refused:
    return Refused((Fault(where, cause, "Ask its maker for it again, and check that both sides use one version."),))
