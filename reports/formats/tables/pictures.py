"""Tables of pictures: each once, each sighting of it, each entry that it matched."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from config.clock import rfc3339
from reports.formats.tables.form import Cell, Table, host, table_of
from reports.referral.image_model import ImageReport, SightingReport
from reports.referral.model import Referral
from reports.safe_text import defanged

ABOUT: Final = (
    "priority",
    "reasons",
    "standing",
    "tier",
    "cluster",
    "cluster_pictures",
    "cluster_sites",
    "sha256",
    "sha1",
    "md5",
    "pdq",
    "pdq_quality",
    "media_type",
    "width",
    "height",
    "size_bytes",
)
"""The columns about a picture, wherever it was seen."""


def _groups(referral: Referral) -> Sequence[tuple[str, Sequence[ImageReport]]]:
    return (
        ("new", referral.images),
        ("referred before", referral.updates),
        ("not a finding", referral.others),
        ("taken back", referral.taken_back),
    )


def images(referral: Referral) -> Table:
    """Return one row for each picture, in the referral's order: new ones first."""
    spread = (
        "times_seen",
        "sightings",
        "sites",
        "addresses",
        "first_seen",
        "last_seen",
        "still_up",
        "never_seen_before",
    )
    rows = (
        (referral.identity.referral_id, news, *_about(image), *_spread(image), _test(referral))
        for news, images in _groups(referral)
        for image in images
    )
    return table_of("Pictures", ("referral", "news", *ABOUT, *spread, "test"), rows)


def _spread(image: ImageReport) -> Iterator[Cell]:
    """Over how many places and how long it was seen."""
    yield from (image.times_seen, len(image.sightings), len(image.addresses))
    yield "; ".join(map(host, image.addresses))
    yield from (rfc3339(image.first_seen), rfc3339(image.last_seen), str(image.still_up))
    yield "no" if image.never_seen_before else "yes"


def _test(referral: Referral) -> str:
    return "test" if referral.identity.test else ""


def sightings(referral: Referral) -> Table:
    """Return one row for each sighting of each picture, in the referral's order."""
    seen = (
        "address",
        "page",
        "picture",
        "relation",
        "named_by",
        "fetched_from",
        "fetched_until",
        "first_seen",
        "last_seen",
        "still_up",
        "known_beside",
        "record",
        "test",
    )
    rows = (
        _sighting(referral, news, image, sighting)
        for news, images in _groups(referral)
        for image in images
        for sighting in image.sightings
    )
    return table_of("Sightings", ("referral", "news", *ABOUT, *seen), rows)


def _sighting(referral: Referral, news: str, image: ImageReport, sighting: SightingReport) -> tuple[Cell, ...]:
    return (
        referral.identity.referral_id,
        news,
        *_about(image),
        host(sighting.address),
        defanged(sighting.place.page_url),
        defanged(sighting.place.url),
        str(sighting.place.relation),
        sighting.place.embedding,
        rfc3339(sighting.fetched_from),
        rfc3339(sighting.fetched_until),
        rfc3339(image.first_seen),
        rfc3339(image.last_seen),
        str(image.still_up),
        sighting.known_beside,
        sighting.record_id,
        _test(referral),
    )


def _about(image: ImageReport) -> Iterator[Cell]:
    """Return the columns from `priority` to `size_bytes`."""
    facts = image.image
    yield image.priority.total if image.priority else ""
    yield "; ".join(item.reason for item in image.priority.reasons) if image.priority else ""
    yield from (str(image.standing), str(image.tier or ""))
    yield from (image.cluster, image.cluster_pictures, image.cluster_sites)
    yield from (facts.sha256.hex(), facts.sha1.hex(), facts.md5.hex())
    yield facts.readings[0].pdq.hex() if facts.readings else ""
    yield facts.readings[0].quality if facts.readings else ""
    yield from (facts.media_type, facts.width, facts.height, facts.size_bytes)


MATCH_COLUMNS: Final = (
    "sha256",
    "list_issuer",
    "list",
    "list_version",
    "entry",
    "algorithm",
    "tier",
    "distance_bits",
    "threshold_bits",
    "phash_distance_bits",
    "reading",
    "quality",
    "category",
    "category_scheme",
    "attributes",
)


def matches(referral: Referral) -> Table:
    """Return one row for each entry that a picture matched."""
    rows = (
        (
            image.image.sha256.hex(),
            match.list_issuer,
            match.list_name,
            match.list_version,
            match.entry_id,
            match.algorithm,
            str(match.tier),
            match.distance_bits,
            match.threshold_bits,
            "" if match.phash_distance_bits is None else match.phash_distance_bits,
            match.reading,
            match.quality,
            match.category,
            match.category_scheme,
            "; ".join(f"{name}: {value}" for name, value in match.attributes),
        )
        for image in chain(referral.images, referral.updates, referral.others, referral.taken_back)
        for match in image.matches
    )
    return table_of("Matches", MATCH_COLUMNS, rows)
