"""A referral as a MISP event (core format): a `file` object for each picture, a `url` object for each of its places.

- The objects follow MISP's own templates; what these have no field for (PDQ, standing, matches) is their free text.
- Nothing is for automatic detection (`to_ids`), nothing is published, and the event is for the receiving organisation
  alone: whoever imports it decides what becomes of it.
- Ids follow from the referral's, so that the same referral gives the same event.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final
from uuid import UUID, uuid5

from config.clock import rfc3339
from reports.canonical import Json, canonical
from reports.formats.uri import as_uri
from reports.referral_form import ImageReport, Referral, SightingReport

OURS: Final = UUID("b0a5e5a1-3c42-4c2f-9a0b-6f2a4d1f7c90")
"""The name space of the ids here."""
FILE: Final = ("file", "file", "688c46fb-5edb-40a3-8273-1af7923e2215", "25")
URL: Final = ("url", "network", "60efb77b-40b5-4c46-871b-ed1ed999fce5", "10")
"""Name, meta-category, id and version of the templates."""
ONLY_THIS_ORGANISATION: Final = "0"
AS_THE_EVENT: Final = "5"
UNDEFINED_THREAT: Final = "4"
INITIAL: Final = "0"

Node = dict[str, Json]
Field = tuple[str, str, str, str]
"""The template's relation, MISP's type and category, and the value."""


def misp_bytes(referral: Referral) -> bytes:
    """The event; its id is the referral's."""
    identity = referral.identity
    test = "TEST, nothing of it is a finding. " if identity.test else ""
    sender = "; ".join(dict.fromkeys(one.organisation or "not named" for one in referral.provenance.senders))
    mandates = "; ".join(f"{one.issuer}, {one.reference}: {one.handling}" for one in referral.authority)
    objects = {str(one["uuid"]): one for one in _objects(referral)}
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
        "Attribute": [_attribute(identity.referral_id, ("", "text", "Other", referral.review.statement))],
        "Object": list(objects.values()),
    }
    return canonical({"Event": event})


def _objects(referral: Referral) -> Iterator[Node]:
    made = str(int(referral.identity.created.timestamp()))
    for image in chain(referral.images, referral.updates):
        name = f"{referral.identity.referral_id} {image.image.sha256.hex()}"
        places = [(one, _object(URL, f"{name} {_address(one)}", made, _of_place(one))) for one in image.sightings]
        file = _object(FILE, name, made, _of_file(image))
        references = {str(place["uuid"]): _reference(file, place, one) for one, place in places}
        yield {**file, "ObjectReference": list(references.values())}
        yield from (place for _, place in places)


def _object(template: tuple[str, str, str, str], name: str, made: str, fields: Iterator[Field]) -> Node:
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


def _of_file(image: ImageReport) -> Iterator[Field]:
    facts = image.image
    yield ("md5", "md5", "External analysis", facts.md5.hex())
    yield ("sha1", "sha1", "External analysis", facts.sha1.hex())
    yield ("sha256", "sha256", "External analysis", facts.sha256.hex())
    yield ("size-in-bytes", "size-in-bytes", "Other", str(facts.size_bytes))
    if facts.media_type:
        yield ("mimetype", "mime-type", "Artifacts dropped", facts.media_type)
    yield ("text", "text", "Other", "\n".join(_said(image)))


def _said(image: ImageReport) -> Iterator[str]:
    yield f"{image.standing}. No person has viewed it. Still up: {image.still_up}."
    yield from (f"PDQ of {one.name}, quality {one.quality}: {one.pdq.hex()}" for one in image.image.readings)
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


def _reference(file: Node, place: Node, sighting: SightingReport) -> Json:
    return {
        "uuid": str(uuid5(OURS, f"{file['uuid']} {place['uuid']}")),
        "object_uuid": file["uuid"],
        "referenced_uuid": place["uuid"],
        "relationship_type": "related-to",
        "comment": str(sighting.place.relation),
    }
