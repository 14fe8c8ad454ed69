"""A referral as flat tables, for spreadsheets: one row a sighting, a match, a page, a limit, a check.

A cell is text or a whole number. Text from a site is cleaned and defanged (`reports.plain_text`); the exact text stands
in the referral's JSON.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from config.clock import rfc3339
from reports.coverage import limit_rows
from reports.plain_text import defanged, unlinked
from reports.referral_form import ImageReport, Referral, SightingReport

Cell = str | int
CELL_MAX = 8_000
"""Characters of one cell; spreadsheets hold 32,767."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its columns, its rows; every row is as long as `columns`."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def _table(name: str, columns: tuple[str, ...], rows: Iterable[Sequence[Cell]]) -> Table:
    """A table whose every text is clean and no link."""
    clean = (tuple(unlinked(cell, CELL_MAX) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Table(name, columns, tuple(clean))


SIGHTING_COLUMNS = (
    "referral",
    "news",
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


def sightings(referral: Referral) -> Table:
    """One row for each sighting of each picture, in the referral's order."""
    groups = (
        ("new", referral.images),
        ("referred before", referral.updates),
        ("not a finding", referral.others),
        ("taken back", referral.taken_back),
    )
    rows = (
        _sighting(referral, news, image, sighting)
        for news, images in groups
        for image in images
        for sighting in image.sightings
    )
    return _table("Sightings", SIGHTING_COLUMNS, rows)


def _sighting(referral: Referral, news: str, image: ImageReport, sighting: SightingReport) -> tuple[Cell, ...]:
    return (
        referral.identity.referral_id,
        news,
        *_about(image),
        sighting.address.replace(".", "[.]"),
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
        "test" if referral.identity.test else "",
    )


def _about(image: ImageReport) -> Iterator[Cell]:
    """The columns from `priority` to `size_bytes`."""
    facts = image.image
    yield image.priority.total if image.priority else ""
    yield "; ".join(item.reason for item in image.priority.reasons) if image.priority else ""
    yield from (str(image.standing), str(image.tier or ""))
    yield from (image.cluster, image.cluster_pictures, image.cluster_sites)
    yield from (facts.sha256.hex(), facts.sha1.hex(), facts.md5.hex())
    yield facts.readings[0].pdq.hex() if facts.readings else ""
    yield facts.readings[0].quality if facts.readings else ""
    yield from (facts.media_type, facts.width, facts.height, facts.size_bytes)


MATCH_COLUMNS = (
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
    """One row for each entry that a picture matched."""
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
        for image in chain(referral.images, referral.updates, referral.others)
        for match in image.matches
    )
    return _table("Matches", MATCH_COLUMNS, rows)


def named_files(referral: Referral) -> Table:
    """One row for each page that names a listed file of a peer-to-peer network."""
    columns = (
        "kind",
        "identifier",
        "news",
        "priority",
        "reasons",
        "entries",
        "address",
        "page",
        "named_by",
        "fetched_from",
        "record",
        "test",
    )
    rows = (
        (
            str(one.kind),
            one.value.hex(),
            str(one.stands),
            one.priority.total,
            "; ".join(item.reason for item in one.priority.reasons),
            "; ".join(f"{match.list_issuer}, {match.list_name}: {match.entry_id}" for match in one.matches),
            seen.address.replace(".", "[.]"),
            defanged(seen.page_url),
            seen.named_by,
            rfc3339(seen.fetched_from),
            seen.record_id,
            "test" if referral.identity.test else "",
        )
        for one in referral.identifiers
        for seen in one.sightings
    )
    return _table("Files named", columns, rows)


def leads(referral: Referral) -> Table:
    """One row for each lead and page: none was fetched."""
    rows = (
        (one.kind, one.value.replace(".", "[.]"), defanged(page), len(one.pages))
        for one in referral.leads
        for page in one.pages
    )
    return _table("Leads, not fetched", ("kind", "lead", "page", "pages"), rows)


def mirrors(referral: Referral) -> Table:
    """One row for each site that shows the same pictures as others."""
    rows = (
        (number, address.replace(".", "[.]"), one.shared, one.together, one.words)
        for number, one in enumerate(referral.mirrors, start=1)
        for address in one.addresses
    )
    return _table("Same pictures", ("group", "address", "shared", "together", "measure"), rows)


def pages(referral: Referral) -> Table:
    """One row for each time that a page was asked for."""
    columns = (
        "address",
        "page",
        "fetched_from",
        "status",
        "cause",
        "pictures",
        "matched",
        "remarks",
        "sha256",
        "record",
    )
    rows = (
        (
            site.address.replace(".", "[.]"),
            defanged(one.page.url),
            rfc3339(one.page.fetched_from),
            one.page.status,
            one.page.cause,
            one.counts.pictures,
            one.counts.matched,
            "; ".join(one.page.notes),
            one.page.body_sha256,
            one.record_id,
        )
        for site in referral.sites
        for one in site.pages
    )
    return _table("Pages", columns, rows)


def lists(referral: Referral) -> Table:
    """One row for each hash list that was checked."""
    columns = ("issuer", "list", "version", "entries", "sha256")
    rows = ((one.issuer, one.name, one.version, one.entries, one.sha256) for one in referral.coverage.lists)
    return _table("Lists checked", columns, rows)


def limits(referral: Referral) -> Table:
    """What the referral cannot say, counted."""
    return _table("Limits", ("what", "how_many"), limit_rows(referral.limits))


def checks(referral: Referral) -> Table:
    """How every check of the files ended."""
    rows = ((str(one.check), str(one.state), one.words) for one in referral.integrity.results)
    return _table("Proof", ("check", "result", "what_was_seen"), rows)


def mandates(referral: Referral) -> Table:
    """On whose authority it was done: stands first in a workbook."""
    columns = (
        "authority",
        "reference",
        "legal_basis",
        "list",
        "sequence",
        "valid_from",
        "valid_until",
        "destroy_by",
        "handling",
    )
    rows = (
        (
            one.issuer,
            one.reference,
            one.legal_basis,
            one.list_id,
            one.list_sequence,
            rfc3339(one.valid_from),
            rfc3339(one.valid_until),
            rfc3339(one.destroy_by) if one.destroy_by else "",
            one.handling,
        )
        for one in referral.authority
    )
    return _table("Mandate", columns, rows)


def amendments(referral: Referral) -> Table:
    """One row for each entry that its issuer took back."""
    columns = ("list_issuer", "list", "entry", "decided", "reason", "records", "referrals")
    rows = (
        (
            one.list_issuer,
            one.list_name,
            one.entry_id,
            rfc3339(one.decided),
            one.reason,
            "; ".join(one.records),
            "; ".join(one.referrals),
        )
        for one in referral.amendments
    )
    return _table("Taken back", columns, rows)


def judged_again(referral: Referral) -> Table:
    """One row for each batch of pages that later lists were held against, without anything being fetched again."""
    columns = (
        "judged",
        "lists before",
        "lists",
        "pages",
        "pictures",
        "only a visit can tell",
        "records",
        "log entries",
    )
    rows = (
        (
            rfc3339(one.judged),
            "; ".join(f"{each.name} {each.version}" for each in one.lists_before),
            "; ".join(f"{each.name} {each.version}" for each in one.lists),
            one.pages_judged,
            one.pictures_judged,
            one.pictures_open,
            "; ".join(one.joined),
            "; ".join(map(str, one.elsewhere)),
        )
        for one in referral.rejudgements
    )
    return _table("Judged again", columns, rows)


def every_table(referral: Referral) -> Sequence[Table]:
    """All of them, in reading order."""
    makers = (mandates, sightings, matches, named_files, leads, mirrors, amendments, judged_again, pages, lists)
    return [make(referral) for make in (*makers, limits, checks)]


def as_text(cells: Iterable[Cell]) -> list[str]:
    """Cells as text in which no spreadsheet sees a formula: one that could begin with it is quoted by an apostrophe."""
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_BEGINS else str(cell) for cell in cells]


FORMULA_BEGINS = frozenset("=+-@\t\r\n|%\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}")
