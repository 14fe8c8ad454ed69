"""A referral as far as it is about abuse of children, for forms that are for nothing else, with counts of the rest.

- A picture or file is about that if a list of that kind knows it; so is an unknown picture on a page with such a one.
- Of what stays, no match of a list of another kind is named, and no page or site that is here for such a match alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from config.text import counted
from matcher.verdict import ListKind, Match
from reports.referral.annex_model import IdentifierReport, LeadReport
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral

Finding = ImageReport | IdentifierReport
Reported = TypeVar("Reported", ImageReport, IdentifierReport)


@dataclass(frozen=True, slots=True)
class AboutChildren:
    """What stays of a referral, and how much was left out, by its noun and that noun's plural."""

    referral: Referral
    left_out: Mapping[tuple[str, str], int]

    def words(self) -> str:
        """Return the counts as a sentence; empty if nothing was left out."""
        counts = ", ".join(counted(count, *nouns) for nouns, count in self.left_out.items() if count)
        return f"Left out, because no list of abuse of children knows them: {counts}." if counts else ""


def about_children(referral: Referral) -> AboutChildren:
    """Return the referral without findings, matches, pages and sites of lists of other kinds alone."""
    images = (*referral.images, *referral.updates)
    known = [item for item in images if _is_about_children(item.matches)]
    named = [item for item in referral.identifiers if _is_about_children(item.matches)]
    findings: list[Finding] = [*images, *referral.identifiers]
    others = [item for item in findings if item.matches and not _is_about_children(item.matches)]
    reported: list[Finding] = [*known, *named]
    elsewhere = _records(others) - _records(reported)
    sites = _sites(others) - _sites(reported)
    pages = {sighting.place.page_url for image in known for sighting in image.sightings}
    kept = replace(
        referral,
        images=tuple(_kept(referral.images, pages, elsewhere)),
        updates=tuple(_kept(referral.updates, pages, elsewhere)),
        identifiers=tuple(map(_with_own_matches, named)),
        leads=tuple(_leads(referral.leads, elsewhere, _urls(others) - _urls(reported))),
        mirrors=tuple(mirror for mirror in referral.mirrors if not sites & set(mirror.addresses)),
    )
    return AboutChildren(kept, _left_out(referral, kept, reported))


def _left_out(whole: Referral, kept: Referral, reported: Sequence[Finding]) -> Mapping[tuple[str, str], int]:
    matches = chain.from_iterable(item.matches for item in reported)
    return {
        ("finding", "findings"): sum(map(len, (whole.images, whole.updates, whole.identifiers)))
        - sum(map(len, (kept.images, kept.updates, kept.identifiers))),
        ("match of what is reported", "matches of what is reported"): sum(
            match.list_kind is not ListKind.CHILD_ABUSE for match in matches
        ),
        ("lead", "leads"): len(whole.leads) - len(kept.leads),
        ("group of similar sites", "groups of similar sites"): len(whole.mirrors) - len(kept.mirrors),
    }


def _is_about_children(matches: Iterable[Match]) -> bool:
    return any(match.list_kind is ListKind.CHILD_ABUSE for match in matches)


def _with_own_matches(item: Reported) -> Reported:
    return replace(item, matches=tuple(match for match in item.matches if match.list_kind is ListKind.CHILD_ABUSE))


def _kept(images: Iterable[ImageReport], pages: set[str], elsewhere: set[str]) -> Iterator[ImageReport]:
    """Yield pictures that are reported; an unknown one without its sightings on pages with other findings."""
    for image in images:
        if _is_about_children(image.matches):
            yield _with_own_matches(image)
        elif not image.matches and any(sighting.place.page_url in pages for sighting in image.sightings):
            beside = tuple(sighting for sighting in image.sightings if sighting.record_id not in elsewhere)
            yield replace(image, sightings=beside)


def _leads(leads: Iterable[LeadReport], elsewhere: set[str], urls: set[str]) -> Iterator[LeadReport]:
    """Yield leads with the pages that are reported; none that only pages with other findings name."""
    for lead in leads:
        if records := tuple(record for record in lead.records if record not in elsewhere):
            yield replace(lead, records=records, pages=tuple(page for page in lead.pages if page not in urls))


def _records(items: Sequence[Finding]) -> set[str]:
    return {sighting.record_id for item in items for sighting in item.sightings}


def _sites(items: Sequence[Finding]) -> set[str]:
    return {address for item in items for address in item.addresses}


def _urls(items: Sequence[Finding]) -> set[str]:
    pictures = (
        sighting.place.page_url for item in items if isinstance(item, ImageReport) for sighting in item.sightings
    )
    files = (sighting.page_url for item in items if isinstance(item, IdentifierReport) for sighting in item.sightings)
    return {*pictures, *files}
