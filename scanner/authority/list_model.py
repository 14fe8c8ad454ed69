"""The authority list's JSON form, version 1: what an authority writes and signs.

Rules: strict types, no unknown keys, no key twice, no invisible characters, everything bounded before it is
read. Every fault is found, not only the first: `read_form` judges the head and each target on their own.
Published as docs/schema/authority-list-1.schema.json, which `scripts/schemas` writes (`scanner.authority.json_schema`).
"""

import binascii
import json
import re
from base64 import b32decode
from codecs import iterdecode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from config.clock import parse_rfc3339
from config.explain import explain
from config.faults import Fault
from config.text import NamedLine
from scanner.urls.onion_address import OnionAddress
from scanner.urls.url import normal_path, within

LIST_BYTES_MAX: Final = 64 * 2**20
TARGETS_MAX: Final = 200_000
_PIECE: Final = 2**18
_MARKS_MAX: Final = 40 * TARGETS_MAX
"""Opening brackets and commas: each may cost a hundred times its size in memory when it is read."""
IN_LIST: Final = "in the list, and sign it again"
_FIX: Final = f"Correct it {IN_LIST}."


def _address(text: str) -> str:
    parsed = OnionAddress.parse(text)
    if isinstance(parsed, Fault):
        raise ValueError(parsed.cause)  # noqa: TRY004 - pydantic takes ValueError
    return parsed.text


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        msg = "must be a time with its zone in quotes, such as 2026-11-23T18:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 - pydantic takes ValueError
    try:
        return parse_rfc3339(value)
    except (ValueError, OverflowError):
        msg = "must be a time with its zone, such as 2026-11-23T18:00:00Z"
        raise ValueError(msg) from None


def _start_path(text: str) -> str:
    if not text.startswith("/") or normal_path(text.partition("?")[0]) != text.partition("?")[0]:
        msg = "must be a path from the root, beginning with / and without dot segments"
        raise ValueError(msg)
    return text


def _prefix(text: str) -> str:
    if "?" in text or ";" in text or "%" in text:
        msg = "must be a plain path, without ?, ; or %"
        raise ValueError(msg)
    return _start_path(text)


def _client_key(text: str) -> str:
    try:
        if len(b32decode(text + "====")) == 32 and re.fullmatch("[A-Z2-7]{52}", text):  # noqa: PLR2004 - x25519
            return text
    except binascii.Error:
        pass
    msg = "must be 52 characters of A-Z and 2-7, the last part of a line in tor's .auth_private file"
    raise ValueError(msg)


def _each_once(values: tuple[object, ...]) -> tuple[object, ...]:
    if len(set(values)) != len(values):
        msg = "holds the same entry twice"
        raise ValueError(msg)
    return values


Path = Annotated[str, StringConstraints(pattern=r"\A/[!-\"$-\[\]-~]*\z", max_length=2_000)]
"""Printable ASCII without space, backslash and #."""
Address = Annotated[
    str,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z2-7]{56}\.[oO][nN][iI][oO][nN]$"}),
]
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
ClientKey = Annotated[str, AfterValidator(_client_key), WithJsonSchema({"type": "string", "pattern": "^[A-Z2-7]{52}$"})]
Port = Annotated[int, Field(ge=1, le=65_535)]
StartPaths = Annotated[
    tuple[Annotated[Path, AfterValidator(_start_path)], ...], Field(strict=False, min_length=1, max_length=1_000)
]
Prefixes = Annotated[
    tuple[Annotated[Path, AfterValidator(_prefix)], ...], Field(strict=False, min_length=1, max_length=1_000)
]
Ports = Annotated[tuple[Port, ...], Field(strict=False, min_length=1, max_length=16), AfterValidator(_each_once)]


class ListModel(BaseModel):
    """One object of the form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Scope(ListModel):
    """The limits of a visit on one site."""

    path_prefixes: Prefixes = ("/",)
    """Pages outside these are not fetched. `/forum` covers `/forum` and `/forum/...`, not `/forums`."""
    depth: Annotated[int, Field(ge=0, le=1_000)]
    """Links away from a start path; 0: the start paths alone."""
    pages: Annotated[int, Field(ge=1, le=1_000_000)]
    """The most pages of one visit."""
    bytes: Annotated[int | None, Field(ge=1_024, le=2**40)] = None
    """The most bytes of one visit; none: as the scanner is set. It narrows that setting and never widens it."""

    def covers(self, path: str) -> bool:
        """Return True if a page at this path (as sent, without query) may be fetched."""
        return within(path, self.path_prefixes)

    def __str__(self) -> str:
        most = "" if self.bytes is None else f" and {self.bytes} bytes"
        return f"pages under {', '.join(self.path_prefixes)}; {self.depth} links deep; {self.pages} pages{most} at most"


class Target(ListModel):
    """One onion service that the authority lists."""

    address: Address
    """Lower case once read, and checked to its checksum."""
    start_paths: StartPaths = ("/",)
    """Where a visit begins; within the scope. A query is allowed."""
    scope: Scope
    """How far a visit may go."""
    requests_per_minute: Annotated[int, Field(ge=1, le=6_000)]
    """The highest rate at which it may be asked."""
    reason: NamedLine
    """Why it is listed: part of every record."""
    review_interval_hours: Annotated[int, Field(ge=1, le=8_760)]
    """How often the site is visited while it is up."""
    urgency: Literal["routine", "priority", "urgent"] = "routine"
    """Which sites are visited first when many are due."""
    client_authorisation_key: Annotated[ClientKey | None, Field(repr=False)] = None
    """The x25519 secret for a service with client authorisation, as in tor's `.auth_private` files."""
    ports: Ports = (80, 443)
    """The ports that may be asked."""

    @model_validator(mode="after")
    def _starts_within_scope(self) -> Self:
        if not all(self.scope.covers(path.partition("?")[0]) for path in self.start_paths):
            msg = "a start path lies outside the path prefixes of its own scope"
            raise ValueError(msg)
        return self


class ListHead(ListModel):
    """Everything in a list but its targets. Times are RFC 3339 with a zone."""

    format_version: Literal[1]
    """Of this form."""
    list_id: Annotated[str, StringConstraints(pattern=r"\A[a-z0-9][a-z0-9-]{0,63}\z")]
    """Names the list through all its editions: a-z, 0-9 and hyphens."""
    sequence: Annotated[int, Field(ge=1, le=2**53)]
    """Counts the editions of this list; one lower than was held is refused."""
    issuer: NamedLine
    """Who issues the list. Must be the name under which the configuration trusts the signing key."""
    mandate_reference: NamedLine
    """The order, warrant or file under which the scanner acts."""
    legal_basis: NamedLine
    """The law on which it rests."""
    issued: Instant
    """When this edition was made."""
    valid_from: Instant
    """From this instant on it may be in force."""
    valid_until: Instant
    """From this instant on it is in force no longer."""
    destroy_by: Instant | None = None
    """When everything found under it must have been destroyed."""
    handling: NamedLine | None = None
    """A handling caveat for recipients."""
    robots: Literal["recorded", "obeyed"] = "recorded"
    """Whether a site's robots.txt is only recorded, or also obeyed."""
    jurisdictions: Annotated[
        tuple[NamedLine, ...], Field(strict=False, max_length=300), AfterValidator(_each_once)
    ] = ()
    """Jurisdictions such as `DE`: a recipient that names jurisdictions receives it only if they share one."""


class ListForm(ListHead):
    """A whole list."""

    targets: Annotated[tuple[Target, ...], Field(strict=False, max_length=TARGETS_MAX)]
    """The onion services that may be visited; none withdraws them all."""


@dataclass(frozen=True, slots=True)
class ParsedList:
    """What could be read of a list: the whole form only when there is no fault; the head where it at least is sound."""

    form: ListForm | None
    head: ListHead | None
    faults: tuple[Fault, ...]


def read_form(untrusted_list: bytes) -> ParsedList:
    """Parse a list's bytes, and return every fault.

    A list may hold 100,000 targets while other threads run: long work is done in pieces.
    """
    document = _document(untrusted_list)
    if isinstance(document, Fault):
        return ParsedList(None, None, (document,))
    reading = _read(document)
    _let_go(document)
    return reading


def _read(document: dict[str, Any]) -> ParsedList:
    twice = tuple(_addresses_twice(document.get("targets")))
    try:
        form = ListForm.model_validate(document)
    except ValidationError as error:
        return ParsedList(None, _head(document), explain(error, ListForm, IN_LIST) + twice)
    return ParsedList(None if twice else form, form, twice)


def _let_go(document: dict[str, Any]) -> None:
    targets = document.get("targets")
    while isinstance(targets, list) and targets:
        targets.pop()


def _head(document: dict[str, Any]) -> ListHead | None:
    try:
        return ListHead.model_validate({name: document[name] for name in ListHead.model_fields if name in document})
    except ValidationError:
        return None


def _document(untrusted_list: bytes) -> dict[str, Any] | Fault:
    pieces = [untrusted_list[start : start + _PIECE] for start in range(0, len(untrusted_list), _PIECE)]
    if (
        len(untrusted_list) > LIST_BYTES_MAX
        or sum(piece.count(mark) for piece in pieces for mark in b"{[,") > _MARKS_MAX
    ):
        return Fault(
            "the list", f"has more than {LIST_BYTES_MAX} bytes or {_MARKS_MAX} entries", "Split it into several lists."
        )
    try:
        document = json.loads("".join(iterdecode(pieces, "utf-8")), object_pairs_hook=_no_key_twice)
    except UnicodeDecodeError:
        return Fault("the list", "is not text in UTF-8", "Save it as UTF-8, and sign it again.")
    except (ValueError, RecursionError) as error:
        cause = "is nested too deeply" if isinstance(error, RecursionError) else f"is not valid JSON ({error})"
        return Fault("the list", cause, "Fetch it again, whole, from its issuer; it may have been cut.")
    if not isinstance(document, dict):
        return Fault("the list", "is not a JSON object", _FIX)
    return document


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"the key {ascii(twice)[:60]} stands twice in one object"
        raise ValueError(msg)
    return whole


def _addresses_twice(targets: object) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, target in enumerate(targets if isinstance(targets, list) else [], start=1):
        address = target.get("address") if isinstance(target, dict) else None
        if not isinstance(address, str):
            continue
        earlier = first.setdefault(address.lower(), number)
        if earlier != number:
            yield Fault(f"targets #{number}.address", f"is the same as that of target #{earlier}", _FIX)
