"""The authority list's JSON form, version 1: what an authority writes and signs.

Rules: strict types, no unknown keys, no key twice, no NaN, no control characters, everything bounded before it is read.
Published as docs/schema/authority-list-1.schema.json, which `scripts/schemas` writes from these classes.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from config.faults import Fault

Line = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\A[^\x00-\x1f\x7f]*\z")]


class Part(BaseModel):
    """One object of the form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Scope(Part):
    """How far a visit may go on one site."""

    path_prefixes: tuple[Line, ...] = ("/",)
    """Pages outside these are not fetched. `/forum` covers `/forum` and `/forum/...`, not `/forums`."""
    depth: Annotated[int, Field(ge=0, le=1_000)]
    """Links away from a start path; 0: the start paths alone."""
    pages: Annotated[int, Field(ge=1, le=1_000_000)]


class Target(Part):
    """One onion service that the authority lists."""

    address: Line
    """Checked to its checksum; lower-case once read."""
    start_paths: tuple[Line, ...] = ("/",)
    scope: Scope
    requests_per_minute: Annotated[int, Field(ge=1, le=6_000)]
    """The highest rate."""
    reason: Line
    review_interval_hours: Annotated[int, Field(ge=1, le=8_760)]
    urgency: Literal["routine", "priority", "urgent"] = "routine"
    client_authorisation_key: Line | None = None
    """The x25519 secret for a service with client authorisation: 52 base32 characters, as in tor's `.auth_private`."""
    ports: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = (80, 443)


class ListForm(Part):
    """A whole list. Times are RFC 3339 with a zone."""

    format_version: Literal[1]
    list_id: Annotated[str, StringConstraints(pattern=r"\A[a-z0-9][a-z0-9-]{0,63}\z")]
    sequence: Annotated[int, Field(ge=1, le=2**53)]
    """Counts the editions of this list; a lower one than was in force is refused."""
    issuer: Line
    mandate_reference: Line
    legal_basis: Line
    issued: datetime
    valid_from: datetime
    valid_until: datetime
    destroy_by: datetime | None = None
    handling: Line | None = None
    targets: tuple[Target, ...]


def read_form(untrusted_list: bytes) -> "ListForm | tuple[Fault, ...]":
    """The form in a list's bytes, or every fault in it."""
    raise NotImplementedError
