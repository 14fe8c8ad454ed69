"""A referral as CASE 1.x on UCO 1.x JSON-LD (Cyber-investigation Analysis Standard Expression).

- Each picture is a `File` with its digests and PDQ as `Hash`es; each of its places a `URL`; a relationship joins them
  and names their relation.
- A listed file of a peer-to-peer network is an observable object, a lead a `DomainName` (or an IP address): each is
  `Contained_Within` the pages that name it. Similar sites are a `Grouping`; a withdrawn entry is an `Annotation`.
- One provenance record, of the referral, holds them all; the action that made them has the scanner as its instrument.
- Ids follow from the referral's, so that the same referral gives the same graph.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final
from uuid import UUID, uuid5

from config.clock import rfc3339
from reports.canonical import Json, canonical
from reports.formats.annexes import of_amendment, touched
from reports.formats.uri import IPV4, IPV6, as_uri, host_kind
from reports.referral.annex_model import AmendmentReport, IdentifierReport, LeadReport, MirrorReport
from reports.referral.image_model import ImageReport, SightingReport
from reports.referral.model import Referral
from reports.sighting import LeadKind

OURS: Final = UUID("4f3a9d5c-0c1f-4b1e-9a76-2d7d5a9b1c11")
"""The name space of the ids here."""
KB: Final = "urn:sightline:"
CONTEXT: Final[Json] = {
    "kb": KB,
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

Node = dict[str, Json]


def case_bytes(referral: Referral) -> bytes:
    """Return the whole graph."""
    pictures = list(chain(referral.images, referral.updates))
    observed = [node for image in pictures for node in _image(image, referral)]
    observed += [node for named in referral.identifiers for node in _named(named, referral)]
    observed += [node for lead in referral.leads for node in _lead(lead, referral)]
    observed += [node for mirror in referral.mirrors for node in _mirror(mirror, referral)]
    observed += [node for amendment in referral.amendments for node in _amendment(amendment, referral)]
    nodes: dict[str, Node] = {}
    for node in observed:
        nodes[str(node["@id"])] = nodes.get(str(node["@id"]), {}) | node
    graph = [*_investigation(referral, [{"@id": name} for name in nodes]), *nodes.values()]
    return canonical({"@context": CONTEXT, "@graph": graph})


def _investigation(referral: Referral, observed: list[Json]) -> Iterator[Node]:
    """Return the action: who requested it, what was done with what, and its results."""
    made = _time(rfc3339(referral.identity.created))
    mandates = "; ".join(
        f"{item.issuer}, {item.reference}, {item.legal_basis}: {item.handling}" for item in referral.authority
    )
    test = "TEST, nothing of it is a finding. " if referral.identity.test else ""
    tool, record = _id(referral, "Tool", "sightline"), _id(referral, "ProvenanceRecord", "record")
    yield {
        **_node(referral, "case-investigation:Investigation", "investigation"),
        "uco-core:name": f"Referral {referral.identity.referral_id}",
        "uco-core:description": f"{test}{mandates}. {referral.review.statement}",
        "uco-core:object": [{"@id": record}],
    }
    yield {
        **_node(referral, "case-investigation:InvestigativeAction", "action"),
        "uco-core:name": "Listed onion services were visited and their pictures compared with lists of known material",
        "uco-action:endTime": made,
        "uco-action:instrument": {"@id": tool},
        "uco-action:result": [{"@id": record}],
    }
    yield {
        **_node(referral, "uco-tool:Tool", "sightline"),
        "uco-core:name": "Sightline",
        "uco-tool:version": referral.provenance.opened_with,
    }
    yield {
        **_node(referral, "case-investigation:ProvenanceRecord", "record"),
        "uco-core:name": f"Referral {referral.identity.referral_id}",
        "uco-core:objectCreatedTime": made,
        "case-investigation:exhibitNumber": referral.identity.referral_id,
        "uco-core:object": observed,
    }


def _named(named: IdentifierReport, referral: Referral) -> Iterator[Node]:
    """Return a listed file of a peer-to-peer network, by its identifier, with the pages that name it."""
    value = named.value.hex()
    entries = "; ".join(f"{match.list_issuer}, {match.list_name}: {match.entry_id}" for match in named.matches)
    node = _node(referral, "uco-observable:ObservableObject", f"{named.kind} {value}")
    yield {
        **node,
        "uco-core:name": f"{named.kind}: {value}",
        "uco-core:description": f"Named by pages, never fetched ({named.stands}). Equals {entries}",
    }
    for sighting in named.sightings:
        yield from _on_page(referral, node, sighting.page_url, f"named by the page; record {sighting.record_id}")


def _lead(lead: LeadReport, referral: Referral) -> Iterator[Node]:
    """Return a lead of pages with findings, with those pages. It was not fetched."""
    of_file = lead.kind == LeadKind.FILE
    node = _node(referral, "uco-observable:ObservableObject", lead.value) if of_file else _host(referral, lead.value)
    yield {
        **node,
        "uco-core:name": lead.value,
        "uco-core:description": f"Lead, asked for nothing: {lead.kind}; records {', '.join(lead.records)}",
    }
    for url in lead.pages:
        yield from _on_page(referral, node, url, "named by the page")


def _host(referral: Referral, value: str) -> Node:
    """Return a host by its name, or by its address."""
    found = host_kind(value)
    kind, field = (f"{found}Address", "addressValue") if found in {IPV4, IPV6} else ("DomainName", "value")
    facet = {**_node(referral, f"uco-observable:{kind}Facet", value), f"uco-observable:{field}": value}
    return {**_node(referral, f"uco-observable:{kind}", value), "uco-core:hasFacet": [facet]}


def _on_page(referral: Referral, named: Node, untrusted_url: str, words: str) -> Iterator[Node]:
    """Return the relation between a page and what it names."""
    url = _url(referral, untrusted_url)
    yield url
    yield {
        **_node(referral, "uco-observable:ObservableRelationship", f"{words} {url['@id']} {named['@id']}"),
        "uco-core:source": {"@id": named["@id"]},
        "uco-core:target": {"@id": url["@id"]},
        "uco-core:kindOfRelationship": "Contained_Within",
        "uco-core:isDirectional": True,
        "uco-core:description": words,
    }


def _mirror(mirror: MirrorReport, referral: Referral) -> Iterator[Node]:
    """Sites that show the same pictures."""
    sites = [_host(referral, address) for address in mirror.addresses]
    yield from sites
    yield {
        **_node(referral, "uco-core:Grouping", " ".join(mirror.addresses)),
        "uco-core:name": "Sites that show the same pictures",
        "uco-core:context": mirror.words,
        "uco-core:object": [{"@id": site["@id"]} for site in sites],
    }


def _amendment(amendment: AmendmentReport, referral: Referral) -> Iterator[Node]:
    """Return a withdrawal: an annotation of the pictures that are no longer findings, else of the whole record."""
    images = touched(amendment, referral)
    yield from (node for image in images for node in _image(image, referral))
    about = [_id(referral, "File", image.image.sha256.hex()) for image in images]
    yield {
        **_node(referral, "uco-core:Annotation", f"{amendment.record_id} {amendment.entry_id}"),
        "uco-core:statement": of_amendment(amendment),
        "uco-core:object": [{"@id": name} for name in about or [_id(referral, "ProvenanceRecord", "record")]],
    }


def _image(image: ImageReport, referral: Referral) -> Iterator[Node]:
    digest = image.image.sha256.hex()
    file = _node(referral, "uco-observable:File", digest)
    yield {
        **file,
        "uco-core:description": _said(image),
        "uco-core:hasFacet": [
            {
                **_node(referral, "uco-observable:ContentDataFacet", digest),
                "uco-observable:hash": [*_hashes(image, referral)],
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(image.image.size_bytes)},
                **({"uco-observable:mimeType": image.image.media_type} if image.image.media_type else {}),
            }
        ],
    }
    for sighting in image.sightings:
        yield from _sighting(referral, file, sighting)


def _said(image: ImageReport) -> str:
    matched = [
        f"{match.list_issuer}, {match.list_name} {match.list_version}, entry {match.entry_id}: {match.tier}, "
        f"{match.distance_bits} of at most {match.threshold_bits} bits"
        for match in image.matches
    ]
    reasons = [item.reason for item in image.priority.reasons] if image.priority else []
    return "; ".join([image.standing, *matched, *reasons, "no person has viewed it"])


def _hashes(image: ImageReport, referral: Referral) -> Iterator[Json]:
    """`hashMethod` is a plain string there: PDQ is no word of the vocabulary, and allowed."""
    facts = image.image
    digests = [("MD5", facts.md5), ("SHA1", facts.sha1), ("SHA256", facts.sha256)]
    for method, value in [*digests, *((f"PDQ {reading.name}", reading.pdq) for reading in facts.readings)]:
        yield {
            **_node(referral, "uco-types:Hash", f"{facts.sha256.hex()} {method}"),
            "uco-types:hashMethod": method.split(" ", 1)[0],
            "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value.hex().upper()},
        }


def _sighting(referral: Referral, file: Node, sighting: SightingReport) -> Iterator[Node]:
    """Return the picture's address (its page's, if it is inline), and the relation between both."""
    url = _url(referral, sighting.place.url or sighting.place.page_url)
    yield url
    yield {
        **_node(referral, "uco-observable:ObservableRelationship", f"{sighting.record_id} {url['@id']} {file['@id']}"),
        "uco-core:source": {"@id": file["@id"]},
        "uco-core:target": {"@id": url["@id"]},
        "uco-core:kindOfRelationship": "Located_At",
        "uco-core:isDirectional": True,
        "uco-core:description": (
            f"{sighting.place.relation}, {sighting.place.embedding}, on {as_uri(sighting.place.page_url)}; "
            f"record {sighting.record_id}"
        ),
        "uco-observable:startTime": _time(rfc3339(sighting.fetched_from)),
        "uco-observable:endTime": _time(rfc3339(sighting.fetched_until)),
    }


def _url(referral: Referral, untrusted_url: str) -> Node:
    address = as_uri(untrusted_url)
    facet = {**_node(referral, "uco-observable:URLFacet", address), "uco-observable:fullValue": address}
    return {**_node(referral, "uco-observable:URL", address), "uco-core:hasFacet": [facet]}


def _time(text: str) -> Json:
    return {"@type": "xsd:dateTime", "@value": text}


def _node(referral: Referral, kind: str, name: str) -> Node:
    return {"@id": _id(referral, kind.rpartition(":")[2], name), "@type": kind}


def _id(referral: Referral, kind: str, name: str) -> str:
    return f"kb:{kind}-{uuid5(OURS, f'{referral.identity.referral_id} {kind} {name}')}"
