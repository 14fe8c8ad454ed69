"""A referral as a MISP event (core format): a `file` object for each picture, a `url` object for each of its places.

- A listed file of a peer-to-peer network is a `url` object with its URN, a lead a `tor-hiddenservice`, `domain-ip` or
  `url` object: the pages that name it are `url` objects that refer to it. Similar sites refer to each other.
- Withdrawn entries are attributes of the event and of the `file` object.
- The objects follow MISP's own templates; facts without a field there (PDQ, standing, matches) are free text.
- Nothing is for automatic detection (`to_ids`), nothing is published, and the event is for the receiving organisation
  alone, which decides about it.
- Ids follow from the referral's, so that the same referral gives the same event.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final
from uuid import UUID, uuid5

from config.clock import rfc3339
from reports.canonical import Json, canonical
from reports.formats.annexes import of_amendment, of_identifier, of_lead, touched, uri_of, urn_of
from reports.formats.uri import NAME, ODD, as_uri, host_kind
from reports.referral.annex_model import IdentifierReport, LeadReport, MirrorReport
from reports.referral.image_model import ImageReport, SightingReport
from reports.referral.model import Referral
from reports.sighting import LeadKind

OURS: Final = UUID("b0a5e5a1-3c42-4c2f-9a0b-6f2a4d1f7c90")
"""The name space of the ids here."""
FILE: Final = ("file", "file", "688c46fb-5edb-40a3-8273-1af7923e2215", "25")
URL: Final = ("url", "network", "60efb77b-40b5-4c46-871b-ed1ed999fce5", "10")
HOST: Final = ("domain-ip", "network", "43b3b146-77eb-4931-b4cc-b66c60f28734", "11")
ONION: Final = ("tor-hiddenservice", "misc", "cbac07d6-fbe9-43b8-8d91-d515812ce330", "2")
"""Name, meta-category, id and version of the templates."""
ONLY_THIS_ORGANISATION: Final = "0"
AS_THE_EVENT: Final = "5"
UNDEFINED_THREAT: Final = "4"
INITIAL: Final = "0"

Node = dict[str, Json]
Field = tuple[str, str, str, str]
"""The template's relation, MISP's type and category, and the value."""
Template = tuple[tuple[str, str, str, str], Sequence[Field]]
"""A MISP template and its fields; the first field and the last, its words, identify an object."""


def misp_bytes(referral: Referral) -> bytes:
    """Return the event; its id is the referral's."""
    identity = referral.identity
    test = "TEST, nothing of it is a finding. " if identity.test else ""
    sender = "; ".join(dict.fromkeys(item.organisation or "not named" for item in referral.provenance.senders))
    mandates = "; ".join(f"{item.issuer}, {item.reference}: {item.handling}" for item in referral.authority)
    statements = [referral.review.statement, *map(of_amendment, referral.amendments)]
    event: Node = {
        "uuid": identity.referral_id,
        "info": f"{test}Referral {identity.sequence} of {sender}. Mandate: {mandates}",
        "date": rfc3339(identity.created)[:10],
        "timestamp": str(int(identity.created.timestamp())),
        "published": False,
        "analysis": INITIAL,
        "threat_level_id": UNDEFINED_THREAT,
        "distribution": ONLY_THIS_ORGANISATION,
        "Orgc": {"uuid": str(uuid5(OURS, sender)), "name": sender},
        "Tag": [{"name": "tlp:red"}],
        "Attribute": [_attribute(identity.referral_id, ("", "text", "Other", words)) for words in statements],
        "Object": _together(chain(_pictures(referral), _beside(referral))),
    }
    return canonical({"Event": event})


def _together(objects: Iterable[Node]) -> list[Json]:
    """Return each object once, with the references of all equal ones."""
    every: dict[str, Node] = {}
    references: dict[str, dict[str, Json]] = {}
    for object_ in objects:
        name = str(object_["uuid"])
        every.setdefault(name, object_)
        given = object_.get("ObjectReference")
        for link in given if isinstance(given, list) else []:
            references.setdefault(name, {})[canonical(link).decode()] = link
    return [
        {**one, "ObjectReference": list(references[name].values())} if name in references else one
        for name, one in every.items()
    ]


def _pictures(referral: Referral) -> Iterator[Node]:
    made = str(int(referral.identity.created.timestamp()))
    back = {image.image.sha256: image for amendment in referral.amendments for image in touched(amendment, referral)}
    for image in chain(referral.images, referral.updates, back.values()):
        name = f"{referral.identity.referral_id} {image.image.sha256.hex()}"
        places = [
            (sighting, _object(URL, f"{name} {_address(sighting)}", made, _of_place(sighting)))
            for sighting in image.sightings
        ]
        file = _object(FILE, name, made, _of_file(image, taken_back=image.image.sha256 in back))
        yield {
            **file,
            "ObjectReference": [_reference(file, place, "related-to", one.place.relation) for one, place in places],
        }
        yield from (place for _, place in places)


def _beside(referral: Referral) -> Iterator[Node]:
    """Listed files and leads, with the pages that name them; sites alike."""
    for named in referral.identifiers:
        yield from _named(referral, _listed_file(named), [sighting.page_url for sighting in named.sightings])
    for lead in referral.leads:
        yield from _named(referral, _lead(lead), lead.pages)
    for mirror in referral.mirrors:
        yield from _alike(referral, mirror)


def _named(referral: Referral, what: Template, untrusted_pages: Iterable[str]) -> Iterator[Node]:
    made, name = str(int(referral.identity.created.timestamp())), referral.identity.referral_id
    template, fields = what
    target = _object(template, f"{name} named {fields[0][-1]} {fields[-1][-1]}", made, fields)
    yield target
    for url in dict.fromkeys(map(as_uri, untrusted_pages)):
        page = _object(URL, f"{name} page {url}", made, [("url", "url", "Network activity", url)])
        yield {**page, "ObjectReference": [_reference(page, target, "mentions", "asked for nothing")]}


def _listed_file(named: IdentifierReport) -> Template:
    return URL, [
        ("url", "url", "Network activity", urn_of(named)),
        ("first-seen", "datetime", "Other", rfc3339(named.first_seen)),
        ("last-seen", "datetime", "Other", rfc3339(named.last_seen)),
        ("text", "text", "Other", of_identifier(named)),
    ]


def _lead(lead: LeadReport) -> Template:
    words = ("text", "text", "Other", of_lead(lead))
    if lead.kind == LeadKind.ONION:
        return _onion(lead.value, of_lead(lead))
    if lead.kind == LeadKind.FILE or host_kind(lead.value) == ODD:
        return URL, [("url", "url", "Network activity", uri_of(lead)), words]
    field = ("hostname", "hostname") if host_kind(lead.value) == NAME else ("ip", "ip-dst")
    return HOST, [(*field, "Network activity", lead.value), words]


def _onion(address: str, words: str) -> Template:
    fields = [("address", "onion-address", "Network activity", address), ("description", "text", "Other", words)]
    return ONION, fields


def _alike(referral: Referral, mirror: MirrorReport) -> Iterator[Node]:
    """Make the first of them refer to each other one."""
    made, name = str(int(referral.identity.created.timestamp())), referral.identity.referral_id
    first, *others = (
        _object(template, f"{name} alike {address}", made, fields)
        for address in mirror.addresses
        for template, fields in [_onion(address, mirror.words)]
    )
    yield {**first, "ObjectReference": [_reference(first, other, "similar", mirror.words) for other in others]}
    yield from others


def _object(template: tuple[str, str, str, str], name: str, made: str, fields: Iterable[Field]) -> Node:
    kind, category, template_id, version = template
    return {
        "uuid": str(uuid5(OURS, f"{kind} {name}")),
        "name": kind,
        "meta-category": category,
        "template_uuid": template_id,
        "template_version": version,
        "distribution": AS_THE_EVENT,
        "timestamp": made,
        "Attribute": [_attribute(f"{kind} {name}", field) for field in fields],
    }


def _attribute(owner: str, field: Field) -> Node:
    relation, kind, category, value = field
    return {
        "uuid": str(uuid5(OURS, f"{owner} {relation} {kind} {value}")),
        **({"object_relation": relation} if relation else {}),
        "type": kind,
        "category": category,
        "value": value,
        "to_ids": False,
        "distribution": AS_THE_EVENT,
    }


def _of_file(image: ImageReport, *, taken_back: bool) -> Iterator[Field]:
    facts = image.image
    yield ("md5", "md5", "External analysis", facts.md5.hex())
    yield ("sha1", "sha1", "External analysis", facts.sha1.hex())
    yield ("sha256", "sha256", "External analysis", facts.sha256.hex())
    yield ("size-in-bytes", "size-in-bytes", "Other", str(facts.size_bytes))
    if facts.media_type:
        yield ("mimetype", "mime-type", "Artifacts dropped", facts.media_type)
    words = ["Taken back: a finding no more.", *_said(image)] if taken_back else _said(image)
    yield ("text", "text", "Other", "\n".join(words))


def _said(image: ImageReport) -> Iterator[str]:
    yield f"{image.standing}. No person has viewed it. Still up: {image.still_up}."
    yield from (
        f"PDQ of {reading.name}, quality {reading.quality}: {reading.pdq.hex()}" for reading in image.image.readings
    )
    for match in image.matches:
        yield (
            f"Matched {match.list_issuer}, {match.list_name} {match.list_version}, entry {match.entry_id}: "
            f"{match.tier}, {match.algorithm}, {match.distance_bits} of at most {match.threshold_bits} bits; "
            f"category {match.category} ({match.category_scheme})."
        )
    if image.priority is not None:
        yield "; ".join(item.reason for item in image.priority.reasons)


def _address(sighting: SightingReport) -> str:
    return as_uri(sighting.place.url or sighting.place.page_url)


def _of_place(sighting: SightingReport) -> Iterator[Field]:
    yield ("url", "url", "Network activity", _address(sighting))
    yield ("last-seen", "datetime", "Other", rfc3339(sighting.fetched_until))
    about = f"{sighting.place.relation}, {sighting.place.embedding}; record {sighting.record_id}"
    yield ("text", "text", "Other", f"{about}; on {as_uri(sighting.place.page_url)}")


def _reference(one: Node, other: Node, kind: str, words: str) -> Json:
    return {
        "uuid": str(uuid5(OURS, f"{one['uuid']} {kind} {other['uuid']}")),
        "object_uuid": one["uuid"],
        "referenced_uuid": other["uuid"],
        "relationship_type": kind,
        "comment": str(words),
    }
