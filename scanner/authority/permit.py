"""Permits: the only way to a fetch. A permit is minted from a list in force, for one URL, at one instant.

A permit cannot be built directly: `Permit` refuses any caller but `mint`. It says nothing of a later instant; each
redirect hop and each new fetch asks for a new one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.fetch.causes import Cause


@dataclass(frozen=True, slots=True)
class Refusal:
    """No permit: `cause` is NOT_LISTED or MALFORMED; `why` is a sentence for people, free of the URL."""

    cause: Cause
    why: str


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to fetch one URL now. `host` is the full host name (sub-domains included), `address` the onion address."""

    url: str
    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as they are sent."""
    address: str
    list_id: str
    minted: datetime


class Permits(Protocol):
    """What mints permits for the visit of one target."""

    def permit(self, url: str, now: datetime) -> Permit | Refusal:
        """A permit for `url` if a list in force at `now` covers its host and its path."""
        ...
