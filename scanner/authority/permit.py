"""Permits: the only way to a fetch. A permit is minted from a list in force, for one URL, at one instant.

A permit cannot be built directly: `Permit` refuses any caller but `mint`. It says nothing about a later instant; each
redirect hop and each new fetch needs a new one. The fetcher sends the permit's own parts and never parses the URL
again, so that no two parsers can differ over its host.

Scope: path prefixes bound pages. A picture that an in-scope page embeds may be fetched from anywhere on a listed host,
because sites keep pictures in separate folders; on another listed host that target's own entry counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from config.clock import Clock, rfc3339
from scanner.authority.refusal import Refusal, RefusalReason
from scanner.authority.verify import AuthorityList
from scanner.urls.onion_address import OnionHost
from scanner.urls.url import Malformed, Url, read_url

_MINT: Final = object()


class PermitPurpose(StrEnum):
    """What a fetch is for."""

    PAGE = "page"
    FRAME = "frame"
    """Bounded as a page is."""
    SUBRESOURCE = "style sheet or manifest"
    """Bounded as a picture is."""
    PICTURE = "picture"
    ROBOTS = "robots.txt"
    """For `/robots.txt` of a listed host, and nothing else."""


_WITHIN_PATHS: Final = frozenset((PermitPurpose.PAGE, PermitPurpose.FRAME))


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
    purpose: PermitPurpose
    minted: datetime
    by: InitVar[object]

    def __post_init__(self, by: object) -> None:
        if by is not _MINT:
            msg = "a Permit is made by mint alone"
            raise TypeError(msg)


class Permits(Protocol):
    """What mints permits for the visit of one target."""

    def permit(self, url: str, now: datetime, purpose: PermitPurpose = PermitPurpose.PAGE) -> Permit | Refusal:
        """Mint a permit for `url` if a list in force at `now` covers its host and, for a page, its path."""
        ...


def mint(authority_list: AuthorityList, url: Url, now: datetime, purpose: PermitPurpose) -> Permit | Refusal:
    """Mint a permit under this list, or refuse with a reason. Every check is made here, at `now`."""
    host = OnionHost.parse(url.host)
    target = authority_list.target(host.address.text) if isinstance(host, OnionHost) else None
    if target is None or not isinstance(host, OnionHost):
        return Refusal(RefusalReason.NOT_LISTED, "No list names its host.")
    if not authority_list.in_force(now):
        return Refusal(RefusalReason.NOT_LISTED, _not_in_force(authority_list))
    if url.port not in target.ports:
        return Refusal(RefusalReason.OUT_OF_SCOPE, f"Port {url.port} is not among the ports that the list gives.")
    outside = purpose in _WITHIN_PATHS and not target.scope.covers(url.path)
    if outside or (purpose is PermitPurpose.ROBOTS and url.target != "/robots.txt"):
        return Refusal(RefusalReason.OUT_OF_SCOPE, "Its path lies outside the scope that the list gives.")
    return Permit(
        url=str(url),
        scheme=url.scheme,
        host=host.name,
        port=url.port,
        target=url.target,
        address=host.address.text,
        list_id=authority_list.form.list_id,
        purpose=purpose,
        minted=now,
        by=_MINT,
    )


class ListPermits:
    """Mints permits from the present lists. Safe to call from several threads.

    `reckoned` is the time that the clock would show if nobody had set it: setting it back prolongs no list. None where
    nothing is fetched.
    """

    def __init__(self, lists: Sequence[AuthorityList], reckoned: Clock | None) -> None:
        self._lists = tuple(lists)
        self._reckoned = reckoned

    def replace(self, lists: Sequence[AuthorityList]) -> None:
        """Use these lists from now on, also for visits under way."""
        self._lists = tuple(lists)

    def count(self, authority_list: AuthorityList, now: datetime) -> bool:
        """Return True if this list is among them, and in force at `now`."""
        return authority_list in self._lists and self._in_force(authority_list, now)

    def listed(self, address: str, now: datetime) -> bool:
        """Return True if a list in force at `now` names this address: the question of tor's gate."""
        return any(self._in_force(kept, now) and kept.target(address) for kept in self._lists)

    def permit(self, url: str, now: datetime, purpose: PermitPurpose = PermitPurpose.PAGE) -> Permit | Refusal:
        """Mint a permit under any list in force."""
        return self._permit(url, now, purpose, list_id=None)

    def under(self, list_id: str) -> Permits:
        """Return permits for a visit under one list, which alone decides about the addresses that it names."""
        return _Under(self._permit, list_id)

    def _permit(
        self, untrusted_url: str, now: datetime, purpose: PermitPurpose, list_id: str | None
    ) -> Permit | Refusal:
        url = read_url(untrusted_url)
        if isinstance(url, Malformed):
            return Refusal(RefusalReason.MALFORMED, f"It is refused because {url.why}.")
        host = OnionHost.parse(url.host)
        if not isinstance(host, OnionHost):
            return _not_an_onion(url)
        naming = [kept for kept in self._lists if kept.target(host.address.text)]
        own = [kept for kept in naming if kept.form.list_id == list_id]
        answer = Refusal(RefusalReason.NOT_LISTED, "No list names its host.")
        for kept in own or naming:
            minted = mint(kept, url, now, purpose)
            if isinstance(minted, Permit) and self._in_force(kept, now):
                return minted
            answer = Refusal(RefusalReason.NOT_LISTED, _not_in_force(kept)) if isinstance(minted, Permit) else minted
        return answer

    def _in_force(self, kept: AuthorityList, now: datetime) -> bool:
        return kept.in_force(now) and not (self._reckoned is not None and kept.ended(self._reckoned()))


@dataclass(frozen=True, slots=True)
class _Under:
    """Permits for a visit under one list."""

    mint: Callable[[str, datetime, PermitPurpose, str], Permit | Refusal]
    list_id: str

    def permit(self, url: str, now: datetime, purpose: PermitPurpose = PermitPurpose.PAGE) -> Permit | Refusal:
        return self.mint(url, now, purpose, self.list_id)


def _not_an_onion(url: Url) -> Refusal:
    if url.host.endswith(".onion"):
        return Refusal(RefusalReason.MALFORMED, "Its host is not a well-formed onion address.")
    return Refusal(RefusalReason.NOT_LISTED, "Its host is not an onion service.")


def _not_in_force(authority_list: AuthorityList) -> str:
    form = authority_list.form
    return f"Its list is valid from {rfc3339(form.valid_from)} until {rfc3339(form.valid_until)}."
