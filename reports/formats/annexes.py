"""A referral's annexes as lines of text: listed files, leads, similar sites and withdrawn entries.

Also the URIs of what has no address: files of peer-to-peer networks.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from matcher.identifiers import IdentifierKind
from reports.formats.uri import as_uri
from reports.referral.annex_model import AmendmentReport, IdentifierReport, LeadReport, MirrorReport
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from reports.sighting import LeadKind

URNS: Final = {
    IdentifierKind.INFO_HASH: "btih:",
    IdentifierKind.INFO_HASH_2: "btmh:1220",
    IdentifierKind.ED2K: "ed2k:",
    IdentifierKind.SHA1: "sha1:",
    IdentifierKind.CID_RAW: "sha256:",
    IdentifierKind.CID_TREE: "sha256:",
    IdentifierKind.BARE: "sha1:",
}
"""The prefix of a URN, before an identifier's value in hex."""
URN_OF_KIND: Final = {str(kind): urn for kind, urn in URNS.items()}


def urn_of(named: IdentifierReport) -> str:
    """Return the URN of a listed file."""
    return f"urn:{URNS[named.kind]}{named.value.hex()}"


def uri_of(lead: LeadReport) -> str:
    """Return a lead as a URI: a file's URN, or our own for what is neither a file nor a host name."""
    kind, _, value = lead.value.rpartition(": ")
    if lead.kind == LeadKind.FILE and kind in URN_OF_KIND:
        return as_uri(f"urn:{URN_OF_KIND[kind]}{value}")
    return f"urn:sightline:lead:{quote(lead.value, safe='', errors='replace')}"


def every_line(referral: Referral) -> Iterator[str]:
    """Yield all lines, for forms that have one place for text."""
    yield from map(of_identifier, referral.identifiers)
    yield from map(of_lead, referral.leads)
    yield from map(of_mirror, referral.mirrors)
    yield from map(of_amendment, referral.amendments)


def of_identifier(named: IdentifierReport) -> str:
    """Describe a listed file, the entries it equals, and the pages that name it."""
    entries = "; ".join(f"{match.list_issuer}, {match.list_name}, entry {match.entry_id}" for match in named.matches)
    pages = ", ".join(
        dict.fromkeys(f"{as_uri(sighting.page_url)} record {sighting.record_id}" for sighting in named.sightings)
    )
    stands = f"named by pages, no network was asked, {named.stands}"
    return f"Listed file {named.kind} {named.value.hex()} ({stands}): equals {entries}; {pages}"


def of_lead(lead: LeadReport) -> str:
    """Describe a lead of pages with findings."""
    pages, records = ", ".join(map(as_uri, lead.pages)), ", ".join(lead.records)
    return f"Lead, asked for nothing, {lead.kind}: {lead.value} ; on {pages} ; records {records}"


def of_mirror(mirror: MirrorReport) -> str:
    """Sites that show the same pictures."""
    return f"Sites that show the same pictures: {', '.join(mirror.addresses)} ; {mirror.words}"


def of_amendment(amendment: AmendmentReport) -> str:
    """Describe an entry that its issuer withdrew, and what that touches."""
    reason = amendment.reason or "no reason given"
    told = f"records {', '.join(amendment.records) or 'none'} ; referrals {', '.join(amendment.referrals) or 'none'}"
    by = f"{amendment.list_issuer}, {amendment.list_name}"
    return f"Taken back by {by}: entry {amendment.entry_id} ({reason}) ; {told}"


def touched(amendment: AmendmentReport, referral: Referral) -> list[ImageReport]:
    """Return the pictures here that are no longer findings by this amendment, alone or with others."""
    records = set(amendment.records)
    return [image for image in referral.taken_back if records & {sighting.record_id for sighting in image.sightings}]
