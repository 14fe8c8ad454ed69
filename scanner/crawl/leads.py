"""Leads: onion services and hosts that a page names and the list does not, for the recipient to follow.

They are never fetched, and bounded. They are collected from every page, and reported only for a page with a finding
(`reports.record.build`).
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from reports.sighting import Lead, LeadKind, NotFetched, NotFetchedReason
from scanner.page.content import PageContent
from scanner.urls.onion_address import OnionAddress, OnionHost

LEADS_MOST: Final = 100
HOST_CHARACTERS_MOST: Final = 253


def leads(content: PageContent, own_address: str, not_fetched: Sequence[NotFetched]) -> tuple[tuple[Lead, ...], int]:
    """Return the first leads of a page in order, and the number of further ones."""
    every = list(dict.fromkeys((*_onions(content, own_address), *_hosts(not_fetched))))
    return tuple(every[:LEADS_MOST]), max(0, len(every) - LEADS_MOST)


def _onions(content: PageContent, own_address: str) -> Iterator[Lead]:
    """Yield other onion services that the page links to or names. An address with a wrong checksum is skipped."""
    for host in map(_host, content.untrusted_links):
        found = OnionHost.parse(host)
        if isinstance(found, OnionHost) and found.address.text != own_address:
            yield Lead(LeadKind.ONION, found.address.text)
    for text in content.untrusted_onions:
        address = OnionAddress.parse(text)
        if isinstance(address, OnionAddress) and address.text != own_address:
            yield Lead(LeadKind.ONION, address.text)


def _hosts(not_fetched: Sequence[NotFetched]) -> Iterator[Lead]:
    """Yield clear-web hosts and onion services of pictures that are off the list."""
    for picture in not_fetched:
        host = _host(picture.place.url) if picture.reason is NotFetchedReason.OFF_LIST else ""
        onion = OnionHost.parse(host)
        if isinstance(onion, OnionHost):
            yield Lead(LeadKind.ONION, onion.address.text)
        elif host and not host.endswith(".onion"):
            yield Lead(LeadKind.HOST, host)


def _host(untrusted_url: str) -> str:
    try:
        host = urlsplit(untrusted_url).hostname or ""
    except ValueError:
        return ""
    return host if host.isascii() and len(host) <= HOST_CHARACTERS_MOST else ""
