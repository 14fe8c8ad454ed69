"""A referral as VICS 2.0 JSON, for the case tools of picture analysts. Unofficial: the form itself is not published.

It is written from the fields that readers of the form are known to take.

- Each picture is one medium without its file; MD5 is mandatory there, and every picture here has it.
- `Category` is always 0, not categorised, and `IsPrecategorized` false: categories are regional, and nobody has viewed
  anything. An issuer's own category is in `Comments`, with its scheme.
- Everything but pictures (listed files, leads, similar sites, withdrawn entries) fits only the case's own `Comments`.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from reports.canonical import Json, canonical
from reports.formats.annexes import every_line
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/$metadata#Cases"


def vics_bytes(referral: Referral) -> bytes:
    """Return one case; its id is the referral's."""
    pictures = list(chain(referral.images, referral.updates, referral.others, referral.taken_back))
    case: Json = {
        "CaseID": referral.identity.referral_id,
        "CaseNumber": referral.recipient.case_number,
        "ContactOrganization": "; ".join(sender.organisation for sender in referral.provenance.senders),
        "SourceApplicationName": "Sightline",
        "SourceApplicationVersion": referral.provenance.opened_with,
        "Comments": _case_comments(referral),
        "Media": [_medium(number, image, referral) for number, image in enumerate(pictures, start=1)],
    }
    return canonical({"@odata.context": CONTEXT, "value": [case]})


def _case_comments(referral: Referral) -> str:
    mandates = "; ".join(f"{item.issuer}, {item.reference}, {item.handling}" for item in referral.authority)
    test = "TEST, nothing of it is a finding. " if referral.identity.test else ""
    return "\n".join((f"{test}Mandate: {mandates}. {referral.review.statement}", *every_line(referral)))


def _medium(number: int, image: ImageReport, referral: Referral) -> Json:
    facts = image.image
    return {
        "MediaID": number,
        "Category": 0,
        "IsPrecategorized": False,
        "VictimIdentified": False,
        "OffenderIdentified": False,
        "IsDistributed": False,
        "MD5": facts.md5.hex().upper(),
        "SHA1": facts.sha1.hex().upper(),
        "MediaSize": facts.size_bytes,
        "MimeType": facts.media_type,
        "DateUpdated": referral.identity.created.isoformat(),
        "Series": _attribute(image, "series"),
        "Tags": "; ".join(_tags(image, referral)),
        "Comments": "; ".join(_comments(image)),
        "AlternativeHashes": _other_hashes(image),
        "MediaFiles": _files(image),
    }


def _tags(image: ImageReport, referral: Referral) -> Iterator[str]:
    if image in referral.taken_back:
        yield "taken back"
    yield image.standing
    if image.tier:
        yield image.tier


def _comments(image: ImageReport) -> Sequence[str]:
    matched = [
        f"{match.list_issuer}, {match.list_name} {match.list_version}, entry {match.entry_id}, {match.tier}, "
        f"{match.distance_bits} of {match.threshold_bits} bits, category {match.category} ({match.category_scheme})"
        for match in image.matches
    ]
    reasons = [item.reason for item in image.priority.reasons] if image.priority else []
    return [*matched, *reasons]


def _attribute(image: ImageReport, wanted: str) -> str:
    """Return the first issuer's value for the field's name."""
    values = (value for match in image.matches for name, value in match.attributes if name.lower() == wanted)
    return next(values, "")


def _other_hashes(image: ImageReport) -> Json:
    hashes: list[Json] = [{"HashName": "SHA256", "HashValue": image.image.sha256.hex().upper()}]
    hashes += [
        {"HashName": f"PDQ {reading.name}", "HashValue": reading.pdq.hex().upper()} for reading in image.image.readings
    ]
    return hashes


def _files(image: ImageReport) -> Json:
    return [
        {
            "MD5": image.image.md5.hex().upper(),
            "FileName": sighting.place.url.rpartition("/")[2],
            "FilePath": sighting.place.url or sighting.place.page_url,
            "Created": sighting.fetched_from.isoformat(),
            "SourceID": sighting.record_id,
        }
        for sighting in image.sightings
    ]
