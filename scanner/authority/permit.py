"""Permits: the only way to a fetch. A permit is minted from a list in force, for one URL, at one instant.

A permit cannot be built directly: `Permit` refuses any caller but `mint`. It says nothing of a later instant; each
redirect hop and each new fetch asks for a new one. The fetcher sends the permit's own parts and never reads the URL
again, so that no two parsers can differ over its host.

Scope: path prefixes bound pages. A picture that an in-scope page embeds may be fetched from anywhere on a listed host,
because sites keep pictures in folders of their own; on another listed host it is that target's own entry that counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from scanner.authority.lists import AuthorityList
from scanner.fetch.causes import Cause


class Purpose(StrEnum):
    """What a fetch is for."""

    PAGE = "page"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No permit: `cause` is NOT_LISTED, OUT_OF_SCOPE or MALFORMED; `why` is a sentence for people, free of the URL."""

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
    purpose: Purpose
    minted: datetime


class Permits(Protocol):
    """What mints permits for the visit of one target."""

    def permit(self, url: str, now: datetime, purpose: Purpose = Purpose.PAGE) -> Permit | Refusal:
        """A permit for `url` if a list in force at `now` covers its host and, for a page, its path."""
        ...


class ListPermits:
    """Mints permits from the lists that are held now. Safe to call from several threads."""

    def __init__(self, lists: Sequence[AuthorityList] = ()) -> None:
        raise NotImplementedError(lists)

    def replace(self, lists: Sequence[AuthorityList]) -> None:
        """From now on these lists count, also for visits that are under way."""
        raise NotImplementedError(lists)

    def listed(self, address: str, now: datetime) -> bool:
        """Whether a list in force at `now` names this address: what the gate inside tor asks."""
        raise NotImplementedError(address, now)

    def permit(self, url: str, now: datetime, purpose: Purpose = Purpose.PAGE) -> Permit | Refusal:
        """A permit under any list in force."""
        raise NotImplementedError(url, now, purpose)

    def under(self, list_id: str) -> Permits:
        """For a visit under one list: an address that this list names is judged by this list alone."""
        raise NotImplementedError(list_id)
