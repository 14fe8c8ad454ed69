"""Records: what is sealed of each page and of each visit, always, findings or not. Pure functions of the visit's
values.

- A record stands alone: mandate, sender, policy and the hash lists that were checked are in each of them.
- Counts cover every picture that was seen, by outcome and reason, and add up. A picture that no list knows, on a page
  without known ones, is counted only, unless the policy keeps it; every other picture is described.
- The length of a page's record follows from its number of pictures, identifiers and leads alone, so that its size tells
  nothing about findings.
- Text from the site (URLs, declared types) is cut if very long. No bytes of pictures.

The form is published as reports/schema/record-1.schema.json.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Final

from matcher.fingerprint import Fingerprint
from matcher.identifiers import IdentifierKind
from matcher.verdict import ListInForce, Match, Outcome
from reports.canonical import canonical, joined
from reports.record.model import (
    FORMAT,
    AmendmentRecord,
    Counts,
    IdentifierRecord,
    Image,
    PageFacts,
    PageRecord,
    PictureRecord,
    Policy,
    RejudgedRecord,
    Sender,
    Unchanged,
    VisitRecord,
)
from reports.record.priority import Priority, priority, priority_of_named
from reports.record.recipient_filter import narrowed
from reports.record.standing import Standing, standings
from reports.sighting import IdentifierSeen, Lead, LeadKind, PageSeen, Sighting, Visit, VisitEnd
from reports.store.values import Novelty, SightingKey, cited_entry

__all__ = ["Policy", "Sender", "fetch_entries", "page_record", "sighting_keys", "visit_record"]

READINGS_MAX: Final = 8
"""Readings kept of one picture: those that matched, then the first."""
PICTURE_BYTES: Final = 2_560
"""What each examined picture takes of a page's record at least: one match and URLs of some 200 characters fit."""
IDENTIFIERS_MAX: Final = 100
"""Identifiers of one page that a record describes or the ledger remembers; all are counted."""
IDENTIFIER_BYTES: Final = 1_280
"""What each of them takes of a page's record: one match, or a lead."""
LEAD_BYTES: Final = 320
AMENDMENT_BYTES: Final = 65_536
PICTURES_TO_A_HIT: Final = 16
"""A batch that is judged again has room for one hit to this many pictures; with more hits it is longer."""
NO_REASON: Final = "no reason given"
NO_COUNTS: Final = Counts(0, 0, 0, {}, {}, {}, {})
PAGE_FIELDS: Final = tuple(field.name for field in fields(PageRecord))
SAME: Final = frozenset({"visit", "sender", "policy", "lists"})
"""Fields that are the same in every page's record of a visit."""
DEPENDENT: Final = {
    "pictures": canonical(()),
    "counts": canonical(NO_COUNTS),
    "identifiers": canonical(()),
    "leads": canonical(()),
    "leads_left": canonical(0),
}
"""Fields whose length depends on verdicts, each with its value when there is nothing to report."""
PADDING_TEXT_MAX: Final = 8_000


def page_record(
    visit: Visit,
    page: PageSeen,
    lists: tuple[ListInForce, ...],
    novelty: tuple[Novelty, ...],
    sender: Sender,
    policy: Policy,
) -> bytes:
    """Return the canonical bytes of one page's record, filtered by `policy`. `novelty` is of each sighting."""
    page = narrowed(page, policy)
    stand = standings([sighting.verdict for sighting in page.sightings], policy.referred_tiers)
    of_pictures, of_identifiers = novelty[: len(stand)], novelty[len(stand) :]
    identifiers = tuple(_identifiers(page, of_identifiers, policy, stand.count(Standing.KNOWN)))
    told = Standing.KNOWN in stand or bool(identifiers)
    full = PageRecord(
        format=FORMAT,
        kind="page",
        visit=visit,
        sender=sender,
        policy=policy,
        lists=lists,
        page=_facts(page),
        counts=counts(page, stand),
        pictures=tuple(_pictures(page, stand, of_pictures, policy)),
        not_fetched=page.not_fetched,
        failed=page.failed,
        identifiers=identifiers,
        identifiers_seen=Counter(identifier.identifier.kind for identifier in page.identifiers),
        leads=(*page.leads, *_files(page)) if told else (),
        leads_left=page.leads_left if told else 0,
        unchanged=None if page.since is None else Unchanged(page.since, page.unchanged),
        fetches=page.fetches,
    )
    return _padded(full, _room(page))


def sighting_keys(page: PageSeen, policy: Policy) -> tuple[SightingKey, ...]:
    """Return the keys by which the ledger remembers each picture of a page: bytes, place and standing."""
    page = narrowed(page, policy)
    stand = standings([sighting.verdict for sighting in page.sightings], policy.referred_tiers)
    pictures = tuple(
        SightingKey(
            sighting.fingerprint.digests.sha256,
            sighting.place.url or sighting.place.page_url,
            standing,
            tuple(cited_entry(match.list_issuer, match.entry_id) for match in sighting.verdict.matches),
        )
        for sighting, standing in zip(page.sightings, stand, strict=True)
    )
    return pictures + tuple(_named_key(page.url, item) for item in _described(page))


def _named_key(page_url: str, named: IdentifierSeen) -> SightingKey:
    """Return an identifier's key, alike for all, so that the ledger reveals nothing of any."""
    one = named.identifier
    digest = sha256(one.kind.encode() + b"\0" + one.value).digest()
    cited = tuple(cited_entry(match.list_issuer, match.entry_id) for match in named.matches)
    return SightingKey(digest, page_url, "named file", cited)


def visit_record(visit: Visit, end: VisitEnd, lists: tuple[ListInForce, ...], sender: Sender, policy: Policy) -> bytes:
    """Return the canonical bytes of one visit's record."""
    return canonical(VisitRecord(FORMAT, "visit", visit, sender, policy, lists, end))


def amendment_record(amendment: AmendmentRecord) -> bytes:
    """Return the canonical bytes of an amendment, of a length that hides how many records it touches."""
    written = canonical(amendment)
    steps = -(-(len(written) + 2) // AMENDMENT_BYTES)
    return _with_padding(written, steps * AMENDMENT_BYTES)


def rejudged_record(rejudged: RejudgedRecord) -> bytes:
    """Return the canonical bytes of a batch that was judged again; its length follows from its pictures' number."""
    least = len(canonical(replace(rejudged, pages=())))
    written = canonical(rejudged)
    room = 1 + rejudged.pictures_judged // PICTURES_TO_A_HIT
    steps = max(room, -(-(len(written) + 2 - least) // PICTURE_BYTES))
    return _with_padding(written, least + steps * PICTURE_BYTES)


def counts(page: PageSeen, stand: Iterable[Standing]) -> Counts:
    """Count every picture of a page once by outcome and, if examined, once more by standing."""
    verdicts = [sighting.verdict for sighting in page.sightings]
    undecided = [verdict for verdict in verdicts if verdict.outcome is Outcome.UNDECIDED]
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    return Counts(
        pictures=len(verdicts) + len(page.failed) + len(page.not_fetched) + page.unchanged,
        matched=outcomes[Outcome.MATCHED],
        no_match=outcomes[Outcome.NO_MATCH],
        undecided=Counter(verdict.reason or NO_REASON for verdict in undecided),
        failed=Counter(failed.cause for failed in page.failed),
        not_fetched=Counter(seen.reason for seen in page.not_fetched),
        standing=Counter(stand),
        unchanged=page.unchanged,
    )


def _facts(page: PageSeen) -> PageFacts:
    return PageFacts(
        url=page.url,
        redirects=page.redirects,
        status=page.status,
        fetched_from=page.fetched_from,
        fetched_until=page.fetched_until,
        body_sha256=page.body_sha256,
        cause=page.cause,
        complete=page.complete,
        notes=page.notes,
    )


def _pictures(
    page: PageSeen, stand: tuple[Standing, ...], novelty: tuple[Novelty, ...], policy: Policy
) -> Iterable[PictureRecord]:
    known = stand.count(Standing.KNOWN)
    for sighting, standing, news in zip(page.sightings, stand, novelty, strict=True):
        described = standing is not Standing.WITHHELD and (standing is not Standing.UNKNOWN or policy.keep_unknown)
        if described:
            weight = priority(sighting, standing, news, known) if standing.finding else None
            yield _picture(sighting, standing, news, weight)


def _picture(sighting: Sighting, standing: Standing, novelty: Novelty, weight: Priority | None) -> PictureRecord:
    return PictureRecord(
        standing=standing,
        outcome=sighting.verdict.outcome,
        reason=sighting.verdict.reason,
        place=sighting.place,
        redirects=sighting.redirects,
        fetched_from=sighting.fetched_from,
        fetched_until=sighting.fetched_until,
        declared_type=sighting.declared_type,
        complete=sighting.complete,
        image=image(sighting.fingerprint, sighting.verdict.matches),
        matches=sighting.verdict.matches,
        novelty=novelty,
        priority=weight,
        fetches=sighting.fetches,
    )


def fetch_entries(page: PageSeen) -> tuple[int, ...]:
    """Return the log entries of every fetch of a page, its pictures' included, whatever a record names of them."""
    of_pictures = [*(sighting.fetches for sighting in page.sightings), *(item.fetches for item in page.failed)]
    return tuple(sorted({fetch.leaf_index for fetch in chain(page.fetches, *of_pictures)}))


def _described(page: PageSeen) -> Sequence[IdentifierSeen]:
    """Return the identifiers that a record has room for: listed ones first, then in the page's order."""
    return sorted(page.identifiers, key=lambda identifier: not identifier.listed)[:IDENTIFIERS_MAX]


def _identifiers(
    page: PageSeen, novelty: tuple[Novelty, ...], policy: Policy, known: int
) -> Iterable[IdentifierRecord]:
    for seen, news in zip(_described(page), novelty, strict=True):
        matches = tuple(match for match in seen.matches if match.tier in policy.referred_tiers)
        if matches:
            one, weight = seen.identifier, priority_of_named(matches, news, known)
            yield IdentifierRecord(one.kind, one.value, seen.named_by, matches, news, weight)


def _files(page: PageSeen) -> Iterable[Lead]:
    """Files that the page names properly and no list knows."""
    return (
        Lead(LeadKind.FILE, f"{item.identifier.kind}: {item.identifier.value.hex()}")
        for item in _described(page)
        if not item.listed and item.identifier.kind is not IdentifierKind.BARE
    )


def _room(page: PageSeen) -> int:
    """Return the bytes reserved for what depends on verdicts, computed from what does not."""
    named = min(len(page.identifiers), IDENTIFIERS_MAX)
    steps = len(page.sightings) + 1 + -(-(named * IDENTIFIER_BYTES + len(page.leads) * LEAD_BYTES) // PICTURE_BYTES)
    return steps * PICTURE_BYTES


def image(fingerprint: Fingerprint, matches: tuple[Match, ...]) -> Image:
    """Return a fingerprint without the readings that nobody needs."""
    hit = {match.reading for match in matches}
    readings = sorted(fingerprint.readings, key=lambda reading: reading.name not in hit)  # stable: then the first
    kept = readings[: min(READINGS_MAX, len(hit) + 1)]
    return Image(
        md5=fingerprint.digests.md5,
        sha1=fingerprint.digests.sha1,
        sha256=fingerprint.digests.sha256,
        size_bytes=fingerprint.size_bytes,
        media_type=fingerprint.media_type,
        width=fingerprint.width,
        height=fingerprint.height,
        scaled=fingerprint.scaled,
        readings=tuple(kept),
    )


def _padded(full: PageRecord, room: int) -> bytes:
    """Pad a record to the length of its independent part plus the reserved room."""
    parts = {name: (_same if name in SAME else canonical)(getattr(full, name)) for name in PAGE_FIELDS}
    written = joined(parts)
    least = len(written) - sum(len(parts[name]) - len(nothing) for name, nothing in DEPENDENT.items())
    steps = max(room // PICTURE_BYTES, -(-(len(written) + 2 - least) // PICTURE_BYTES))
    return _with_padding(written, least + steps * PICTURE_BYTES)


@lru_cache(1_024)
def _same(value: object) -> bytes:
    """Return the canonical bytes of a value that many records share; cached."""
    return canonical(value)


def _with_padding(written: bytes, length: int) -> bytes:
    """Pad a record to `length` bytes. A quote within a text is escaped, so the place is certain."""
    padding = canonical(_padding(length - len(written)))
    return written.replace(b'"padding":[]', b'"padding":' + padding, 1)


def _padding(length: int) -> tuple[str, ...]:
    """Texts that make a JSON array longer by exactly `length` characters, at least 2: quotes and commas count."""
    texts = -(-(length + 1) // (PADDING_TEXT_MAX + 3))
    characters = length + 1 - 3 * texts
    each, rest = divmod(characters, texts)
    return tuple("0" * (each + (index < rest)) for index in range(texts))
