"""What a referral tells beside its pictures, in lines for forms that have text: listed files, leads, sites alike, and
entries that were taken back. And the URIs of what is no address: files of peer-to-peer networks.
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
"""What stands before an identifier's value in hex, in a URN."""
URN_OF_KIND: Final = {str(kind): urn for kind, urn in URNS.items()}


def urn_of(named: IdentifierReport) -> str:
    """The URN of a listed file."""
    return f"urn:{URNS[named.kind]}{named.value.hex()}"


def uri_of(lead: LeadReport) -> str:
    """A lead as a URI: the URN of a file, or one of ours for what is neither a file nor a host's name."""
    kind, _, value = lead.value.rpartition(": ")
    if lead.kind == LeadKind.FILE and kind in URN_OF_KIND:
        return as_uri(f"urn:{URN_OF_KIND[kind]}{value}")
    return f"urn:sightline:lead:{quote(lead.value, safe='', errors='replace')}"


def every_line(referral: Referral) -> Iterator[str]:
    """All of it, for forms that have one place for text."""
    yield from map(of_identifier, referral.identifiers)
    yield from map(of_lead, referral.leads)
    yield from map(of_mirror, referral.mirrors)
    yield from map(of_amendment, referral.amendments)


def of_identifier(named: IdentifierReport) -> str:
    """A listed file, what it equals, and the pages that name it."""
    entries = "; ".join(f"{one.list_issuer}, {one.list_name}, entry {one.entry_id}" for one in named.matches)
    pages = ", ".join(dict.fromkeys(f"{as_uri(one.page_url)} record {one.record_id}" for one in named.sightings))
    stands = f"named by pages, no network was asked, {named.stands}"
    return f"Listed file {named.kind} {named.value.hex()} ({stands}): equals {entries}; {pages}"


def of_lead(lead: LeadReport) -> str:
    """What pages with findings name beyond the list."""
    pages, records = ", ".join(map(as_uri, lead.pages)), ", ".join(lead.records)
    return f"Lead, asked for nothing, {lead.kind}: {lead.value} ; on {pages} ; records {records}"


def of_mirror(mirror: MirrorReport) -> str:
    """Sites that show the same pictures."""
    return f"Sites that show the same pictures: {', '.join(mirror.addresses)} ; {mirror.words}"


def of_amendment(amendment: AmendmentReport) -> str:
    """An entry that its issuer took back, and what it touches."""
    reason = amendment.reason or "no reason given"
    told = f"records {', '.join(amendment.records) or 'none'} ; referrals {', '.join(amendment.referrals) or 'none'}"
    by = f"{amendment.list_issuer}, {amendment.list_name}"
    return f"Taken back by {by}: entry {amendment.entry_id} ({reason}) ; {told}"


def touched(amendment: AmendmentReport, referral: Referral) -> list[ImageReport]:
    """The pictures here that are findings no more by this amendment, or by it and others."""
    records = set(amendment.records)
    return [image for image in referral.taken_back if records & {one.record_id for one in image.sightings}]
