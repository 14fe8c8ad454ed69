"""A referral as a STIX 2.1 bundle (OASIS): files by their hashes, their places, and notes about them.

- Each picture is a `file`; each of its places a `url`; an `observed-data` joins them with first and last seen, and a
  `note` gives standing, matches and reasons in words.
- A listed file of a peer-to-peer network is a `url` with its URN; a lead a `domain-name` (or `url`, or address) with a
  `note` that names its pages; similar sites a `note` on their names; a withdrawal a `note` on the file, whose id is the
  same as in the earlier referral.
- One `report` names every object: readers such as MISP take what a report names, and nothing else.
- PDQ is no hash of the STIX vocabulary: it is in a property extension of the file, defined in the bundle.
- Ids of observables follow from their contents as the standard says; all others from the referral's, so that the same
  referral gives the same bundle.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid5

from config.clock import rfc3339
from reports.canonical import Json, canonical
from reports.formats.annexes import of_amendment, of_lead, touched, uri_of, urn_of
from reports.formats.uri import HostKind, as_uri, host_kind
from reports.referral.annex_model import AmendmentReport, IdentifierReport, LeadReport, MirrorReport
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from reports.sighting import LeadKind

OBSERVABLES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The name space that STIX 2.1 gives for ids of observables (section 2.9)."""
OURS: Final = UUID("8a4d3a44-7c33-43a5-9b1f-6cf3a4f0a3d5")
"""The name space of every other id here."""
EXTENSION: Final = f"extension-definition--{uuid5(OURS, 'perceptual hashes')}"
EXTENSION_MADE: Final = "2026-11-01T00:00:00.000Z"

OF_HOST: Final[Mapping[HostKind, str]] = MappingProxyType(
    {"name": "domain-name", "IPv4": "ipv4-addr", "IPv6": "ipv6-addr", "odd": "url"}
)

_NOT_IN_REPORT: Final = ("marking-definition", "extension-definition")

Object = dict[str, Json]


def stix_bytes(referral: Referral) -> bytes:
    """Return the bundle; its id is the referral's."""
    made = rfc3339(referral.identity.created)
    sender = _sender(referral, made)
    marking = _marking(referral, made, str(sender["id"]))
    by: Object = {"created_by_ref": sender["id"], "object_marking_refs": [marking["id"]]}
    objects: list[Object] = [sender, marking, _extension(str(sender["id"]))]
    for image in chain(referral.images, referral.updates):
        objects += _image(image, referral, by)
    for named in referral.identifiers:
        objects += _named(named, referral, by)
    for lead in referral.leads:
        objects += _lead(lead, referral, by)
    for mirror in referral.mirrors:
        objects += _mirror(mirror, referral, by)
    for amendment in referral.amendments:
        objects += _amendment(amendment, referral, by)
    unique = {str(object_["id"]): object_ for object_ in objects}
    report = _report(referral, [name for name in unique if not name.startswith(_NOT_IN_REPORT)], by)
    return canonical(
        {"type": "bundle", "id": f"bundle--{referral.identity.referral_id}", "objects": [*unique.values(), report]}
    )


def _report(referral: Referral, names: list[Json], by: Object) -> Object:
    """Return the report that names every object of the referral."""
    made = rfc3339(referral.identity.created)
    return {
        **_head("report", f"{referral.identity.referral_id} report", made),
        **by,
        "name": f"Referral {referral.identity.referral_id}",
        "description": referral.review.statement,
        "report_types": ["observed-data"],
        "published": made,
        "object_refs": names,
    }


def _sender(referral: Referral, made: str) -> Object:
    names = "; ".join(sender.organisation or "not named" for sender in referral.provenance.senders)
    contacts = "; ".join(sender.contact for sender in referral.provenance.senders)
    return {
        **_head("identity", names, made),
        "name": names,
        "identity_class": "organization",
        "contact_information": contacts or "none given",
    }


def _marking(referral: Referral, made: str, sender: str) -> Object:
    """Return the mandate and its handling, for every object."""
    mandates = "; ".join(
        f"{item.issuer}, {item.reference}, {item.legal_basis}: {item.handling}" for item in referral.authority
    )
    test = "TEST, nothing of it is a finding. " if referral.identity.test else ""
    return {
        **_head("marking-definition", f"{referral.identity.referral_id} marking", made),
        "created_by_ref": sender,
        "definition_type": "statement",
        "definition": {"statement": f"{test}{mandates}. {referral.review.statement}"},
    }


def _extension(sender: str) -> Object:
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": EXTENSION,
        "created_by_ref": sender,
        "created": EXTENSION_MADE,
        "modified": EXTENSION_MADE,
        "name": "Perceptual hashes of a picture",
        "description": "PDQ (256 bits, hex) with its quality (0 to 100), and pHash (256 bits, hex), for each reading; "
        "the dimensions in pixels.",
        "schema": "urn:sightline:schema:referral-1",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _image(image: ImageReport, referral: Referral, by: Object) -> Iterator[Object]:
    file = _file(image)
    urls = list({str(url["id"]): url for url in _urls(image)}.values())
    yield file
    yield from urls
    name = f"{referral.identity.referral_id} {image.image.sha256.hex()}"
    made = rfc3339(referral.identity.created)
    observed: Object = {
        **_head("observed-data", f"{name} observed", made),
        **by,
        "first_observed": rfc3339(image.first_seen),
        "last_observed": rfc3339(image.last_seen),
        "number_observed": max(1, image.times_seen),
        "object_refs": [file["id"], *(url["id"] for url in urls)],
    }
    yield observed
    yield {
        **_head("note", f"{name} note", made),
        **by,
        "abstract": f"{image.standing}{f', {image.tier}' if image.tier else ''}",
        "content": "\n".join(_said(image)),
        "object_refs": [observed["id"], file["id"]],
    }


def _named(named: IdentifierReport, referral: Referral, by: Object) -> Iterator[Object]:
    """Return a listed file of a peer-to-peer network: a `url` with its identifier, seen on pages; not fetched."""
    values = [urn_of(named), *(as_uri(sighting.page_url) for sighting in named.sightings)]
    urls = [_valued("url", value) for value in dict.fromkeys(values)]
    yield from urls
    name = f"{referral.identity.referral_id} {named.kind} {named.value.hex()}"
    made = rfc3339(referral.identity.created)
    yield {
        **_head("observed-data", f"{name} observed", made),
        **by,
        "first_observed": rfc3339(named.first_seen),
        "last_observed": rfc3339(named.last_seen),
        "number_observed": len(named.sightings),
        "object_refs": [url["id"] for url in urls],
    }
    lines = [f"{named.kind}, named by pages; no network was asked. It stands as {named.stands}."]
    lines += [f"Equals entry {match.entry_id} of {match.list_issuer}, {match.list_name}." for match in named.matches]
    lines += [
        f"Sighting: {rfc3339(sighting.fetched_from)}, record {sighting.record_id}." for sighting in named.sightings
    ]
    yield {
        **_head("note", f"{name} note", made),
        **by,
        "abstract": "listed file of a peer-to-peer network",
        "content": "\n".join(lines),
        "object_refs": [urls[0]["id"]],
    }


def _lead(lead: LeadReport, referral: Referral, by: Object) -> Iterator[Object]:
    """Return a lead of pages, with those pages. It was not fetched."""
    found = _of_lead(lead)
    pages = [_valued("url", as_uri(url)) for url in lead.pages]
    yield from (found, *pages)
    name = f"{referral.identity.referral_id} {lead.kind} {lead.value}"
    yield {
        **_head("note", f"{name} lead", rfc3339(referral.identity.created)),
        **by,
        "abstract": f"lead, not fetched: {lead.kind}",
        "content": of_lead(lead),
        "object_refs": [found["id"], *(page["id"] for page in pages)],
    }


def _of_lead(lead: LeadReport) -> Object:
    kind = "url" if lead.kind == LeadKind.FILE else OF_HOST[host_kind(lead.value)]
    return _valued(kind, uri_of(lead) if kind == "url" else lead.value)


def _mirror(mirror: MirrorReport, referral: Referral, by: Object) -> Iterator[Object]:
    """Sites that show the same pictures."""
    sites = [_valued("domain-name", address) for address in mirror.addresses]
    yield from sites
    name = f"{referral.identity.referral_id} {' '.join(mirror.addresses)}"
    yield {
        **_head("note", f"{name} alike", rfc3339(referral.identity.created)),
        **by,
        "abstract": "sites that show the same pictures",
        "content": mirror.words,
        "object_refs": [site["id"] for site in sites],
    }


def _amendment(amendment: AmendmentReport, referral: Referral, by: Object) -> Iterator[Object]:
    """Return a withdrawal: a note on the pictures that are no longer findings, or on the sender's statement."""
    files = [_file(image) for image in touched(amendment, referral)]
    yield from files
    name = f"{referral.identity.referral_id} {amendment.record_id} {amendment.entry_id}"
    yield {
        **_head("note", f"{name} taken back", rfc3339(referral.identity.created)),
        **by,
        "abstract": "taken back by its issuer",
        "content": of_amendment(amendment),
        "object_refs": [file["id"] for file in files] or [by["created_by_ref"]],
    }


def _file(image: ImageReport) -> Object:
    facts = image.image
    readings: list[Json] = [
        {"name": reading.name, "pdq": reading.pdq.hex(), "phash": reading.phash.hex(), "quality": reading.quality}
        for reading in facts.readings
    ]
    hashes: Object = {"MD5": facts.md5.hex(), "SHA-1": facts.sha1.hex(), "SHA-256": facts.sha256.hex()}
    extensions: Object = {
        EXTENSION: {
            "extension_type": "property-extension",
            "readings": readings or [{"name": "none", "pdq": "", "quality": 0}],
            "width": facts.width,
            "height": facts.height,
        }
    }
    # Of several hashes only the first of MD5, SHA-1, SHA-256 goes into the id.
    counted: Object = {"hashes": {"MD5": hashes["MD5"]}, "extensions": extensions}
    file: Object = {
        **_observable("file", counted),
        "hashes": hashes,
        "size": facts.size_bytes,
        "extensions": extensions,
    }
    return {**file, "mime_type": facts.media_type} if facts.media_type else file


def _urls(image: ImageReport) -> Iterator[Object]:
    for sighting in image.sightings:
        for url in filter(None, (sighting.place.page_url, sighting.place.url)):
            yield _valued("url", as_uri(url))


def _said(image: ImageReport) -> Iterable[str]:
    """Describe a picture, line by line."""
    yield f"Standing: {image.standing}. Still up: {image.still_up}. No person has viewed it."
    for match in image.matches:
        of_list = f"{match.list_issuer}, {match.list_name} {match.list_version}"
        yield f"Matched entry {match.entry_id} of {of_list}: {match.tier}."
        yield (
            f"It was compared by {match.algorithm}, {match.distance_bits} of at most {match.threshold_bits} bits, "
            f"reading {match.reading}; category {match.category} ({match.category_scheme})."
        )
    if image.priority:
        yield from (f"Reason ({item.weight:+d}): {item.reason}." for item in image.priority.reasons)
    for sighting in image.sightings:
        place = f"{sighting.place.relation}, {sighting.place.embedding}"
        yield f"Sighting: {place}, {rfc3339(sighting.fetched_from)}, record {sighting.record_id}."


def _head(kind: str, name: str, made: str) -> Object:
    head: Object = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(OURS, name)}", "created": made}
    return head if kind == "marking-definition" else {**head, "modified": made}


def _valued(kind: str, value: str) -> Object:
    """Return an observable that is its value: an address, a name."""
    return {**_observable(kind, {"value": value}), "value": value}


def _observable(kind: str, counted: Object) -> Object:
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(OBSERVABLES, canonical(counted).decode())}"}
