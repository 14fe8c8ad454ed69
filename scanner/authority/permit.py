"""Permits: the only way to a fetch. A permit is minted from a list in force, for one URL, at one instant.

A permit cannot be built directly: `Permit` refuses any caller but `mint`. It says nothing of a later instant; each
redirect hop and each new fetch asks for a new one. The fetcher sends the permit's own parts and never reads the URL
again, so that no two parsers can differ over its host.

Scope: path prefixes bound pages. A picture that an in-scope page embeds may be fetched from anywhere on a listed host,
because sites keep pictures in folders of their own; on another listed host it is that target's own entry that counts.
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
        """A permit for `url` if a list in force at `now` covers its host and, for a page, its path."""
        ...


def mint(authority_list: AuthorityList, url: Url, now: datetime, purpose: PermitPurpose) -> Permit | Refusal:
    """A permit under this list, or why there is none. Every check is made here, at `now`, whoever calls."""
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
    """Mints permits from the lists that are held now. Safe to call from several threads.

    `reckoned` is what the clock would say had nobody set it: a clock that is set back makes no list last longer. None
    where nothing is fetched.
    """

    def __init__(self, lists: Sequence[AuthorityList], reckoned: Clock | None) -> None:
        self._lists = tuple(lists)
        self._reckoned = reckoned

    def replace(self, lists: Sequence[AuthorityList]) -> None:
        """From now on these lists count, also for visits that are under way."""
        self._lists = tuple(lists)

    def count(self, authority_list: AuthorityList, now: datetime) -> bool:
        """Whether this list is among them, and in force at `now`."""
        return authority_list in self._lists and self._in_force(authority_list, now)

    def listed(self, address: str, now: datetime) -> bool:
        """Whether a list in force at `now` names this address: what the gate inside tor asks."""
        return any(self._in_force(kept, now) and kept.target(address) for kept in self._lists)

    def permit(self, url: str, now: datetime, purpose: PermitPurpose = PermitPurpose.PAGE) -> Permit | Refusal:
        """A permit under any list in force."""
        return self._permit(url, now, purpose, list_id=None)

    def under(self, list_id: str) -> Permits:
        """For a visit under one list: an address that this list names is judged by this list alone."""
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
