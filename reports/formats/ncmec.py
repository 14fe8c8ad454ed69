"""A referral as a report to NCMEC's CyberTipline (its API's XML): an optional profile for senders registered there.

- Filing needs a registration and is the sender's own act: nothing here sends anything.
- No file is handed over, so there are no file details, which need a number that only an upload gives. Digests are in
  the additional information, each with `fileViewedByEsp=false`, because nobody has viewed anything; so are leads,
  similar sites and withdrawals. So are listed files: an incident on a peer-to-peer network would claim that one was
  joined.
- The form is about children: what is here for lists of another kind alone is left out, with counts
  (`reports.formats.children`).
- The order of the elements matters there. The kind of incident is the only one of their list that fits a match, and
  claims nothing more than that.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from config.clock import rfc3339
from reports.formats.annexes import every_line
from reports.formats.children import about_children
from reports.formats.uri import as_uri
from reports.referral.image_model import ImageReport, SightingReport
from reports.referral.model import Referral
from reports.safe_text import shown
from reports.sighting import Relation

INCIDENT: Final = "Child Pornography (possession, manufacture, and distribution)"
PLATFORM: Final = "Tor onion service"
NAME_MAX: Final = 100
LINE_MAX: Final = 4_000
ELSEWHERE: Final = frozenset({Relation.EMBEDDED_FROM_ELSEWHERE})

Place = tuple[str, bool, str]
"""An onion address, whether another host served what the page shows, and a URL."""


def ncmec_bytes(referral: Referral) -> bytes:
    """Return the report; its additional information begins with the referral's id."""
    part = about_children(referral)
    referral = part.referral
    images = [*referral.images, *referral.updates]
    report = Element("report")
    summary = SubElement(report, "incidentSummary")
    _put(summary, "incidentType", INCIDENT)
    _put(summary, "platform", PLATFORM)
    last = max((image.last_seen for image in images), default=referral.identity.created)
    _put(summary, "incidentDateTime", rfc3339(min(last, referral.identity.created)))
    _put(summary, "incidentDateTimeDescription", "When one of these pictures was last seen at its address (UTC)")
    for (address, elsewhere), places in groupby(_places(images), key=lambda place: place[:2]):
        _incident(report, address, [url for _, _, url in places], elsewhere=elsewhere)
    _reporter(report, referral)
    _put(report, "additionalInfo", "\n".join(shown(line, LINE_MAX) for line in _lines(referral, images, part.words())))
    written: bytes = tostring(report, encoding="utf-8", xml_declaration=True)
    return written


def _places(images: Iterable[ImageReport]) -> list[Place]:
    """Return every address once, in order."""
    sightings = chain.from_iterable(image.sightings for image in images)
    return sorted({place for sighting in sightings for place in _urls(sighting)})


def _urls(sighting: SightingReport) -> Iterator[Place]:
    for url in filter(None, (sighting.place.page_url, sighting.place.url)):
        yield (sighting.address, sighting.place.relation in ELSEWHERE, as_uri(url))


def _incident(report: Element, address: str, urls: Iterable[str], *, elsewhere: bool) -> None:
    page = SubElement(SubElement(report, "internetDetails"), "webPageIncident")
    page.set("thirdPartyHostedContent", "true" if elsewhere else "false")
    for url in urls:
        _put(page, "url", url)
    _put(page, "additionalInfo", f"Onion service {address}")


def _reporter(report: Element, referral: Referral) -> None:
    """Return the organisation; no person's name is known here."""
    reporter = SubElement(report, "reporter")
    person = SubElement(reporter, "reportingPerson")
    sender = referral.provenance.senders[0] if referral.provenance.senders else None
    _put(person, "lastName", (sender.organisation if sender else "")[:NAME_MAX] or "not named")
    if sender and "@" in sender.contact:
        _put(person, "email", sender.contact)


def _lines(referral: Referral, images: Iterable[ImageReport], left_out: str) -> Iterator[str]:
    test = "TEST, nothing of it is a finding. " if referral.identity.test else ""
    yield f"{test}Referral {referral.identity.referral_id}. {referral.review.statement}"
    if left_out:
        yield left_out
    for item in referral.authority:
        yield f"Mandate: {item.issuer}, {item.reference}, {item.legal_basis}. {item.handling}"
    for image in images:
        facts = image.image
        pdq = f" pdq={facts.readings[0].pdq.hex()}" if facts.readings else ""
        yield (
            f"sha256={facts.sha256.hex()} sha1={facts.sha1.hex()} md5={facts.md5.hex()}{pdq} fileViewedByEsp=false "
            f"size={facts.size_bytes} standing={image.standing}"
        )
        for match in image.matches:
            yield (
                f"  matched {match.list_issuer}, {match.list_name} {match.list_version}, entry {match.entry_id}: "
                f"{match.tier}, {match.algorithm}, {match.distance_bits} of at most {match.threshold_bits} bits"
            )
        for seen in image.sightings:
            yield f"  seen {rfc3339(seen.fetched_from)}, {seen.place.relation}, record {seen.record_id}"
    yield from every_line(referral)


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
