"""The PDF's content, block by block, in reading order: plain text and tables, every text cleaned.

Long referrals are cut for reading, never silently: each cut gives the number left out, and the JSON holds them all.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from matcher.verdict import Match
from reports.bundle.checks import MARKS, in_short
from reports.canonical import Json
from reports.formats.html.coverage import judged
from reports.formats.html.findings import glance, instant, near, title
from reports.formats.html.leads import defanged_value
from reports.referral.coverage import limit_rows, outcomes
from reports.referral.image_model import ImageReport, SightingReport
from reports.referral.model import Referral
from reports.safe_text import defanged, unlinked
from reports.sighting import Mandate

IMAGES_MAX: Final = 300
SIGHTINGS_MAX: Final = 12
ROWS_MAX: Final = 400
BREAK_EVERY: Final = 8
"""Characters of an address after which a line may break."""
ZERO_WIDTH_SPACE: Final = "\N{ZERO WIDTH SPACE}"
SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")
"""Scripts that the bundled fonts hold; a letter of another one is written as its number."""

Block = dict[str, Json]


def document(referral: Referral) -> Json:
    """Everything that `document.typ` needs."""
    identity = referral.identity
    created = identity.created
    mandates = "; ".join(f"{item.issuer}, {item.reference}" for item in referral.authority)
    return {
        "title": text(f"Referral {identity.sequence} to {referral.recipient.name}"),
        "sender": text(_senders(referral)),
        "made": [created.year, created.month, created.day, created.hour, created.minute, created.second],
        "running": text(f"{'TEST. ' if identity.test else ''}Mandate: {mandates}. Referral {identity.referral_id}"),
        "handling": text("; ".join(dict.fromkeys(item.handling for item in referral.authority if item.handling))),
        "blocks": list(_blocks(referral)),
    }


def text(words: object) -> str:
    """Text without hidden characters or links, in letters that the fonts hold."""
    return "".join(
        character if _printable(character) else f"U+{ord(character):04X} " for character in unlinked(str(words))
    )


def address(untrusted_url: str) -> Json:
    """Return a URL in fixed width that is no link, with places where its line may break."""
    return code(_broken(untrusted_url))


def _broken(untrusted_url: str) -> str:
    plain = text(defanged(untrusted_url))
    parts = (plain[start : start + BREAK_EVERY] for start in range(0, len(plain), BREAK_EVERY))
    return ZERO_WIDTH_SPACE.join(parts)


def code(value: str) -> Json:
    """Return a digest or an id, unchanged."""
    return {"code": value}


def _printable(character: str) -> bool:
    if character.isascii():
        return True
    kind = unicodedata.category(character)
    known = kind[0] in "LN" and unicodedata.name(character, "").startswith(SCRIPTS)
    return known or character in "\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2713\u2717\u00d7\u00a7\ufffd"


def _blocks(referral: Referral) -> Iterable[Block]:
    yield from _front(referral)
    yield from _findings("New findings", referral.images)
    yield from _findings("Referred before, seen again", referral.updates)
    yield from _findings("Not decided, or too weak to be referred by themselves", referral.others)
    yield from _beyond(referral)
    yield from _taken_back(referral)
    yield from _judged_again(referral)
    yield from _coverage(referral)
    yield from _proof(referral)


def _front(referral: Referral) -> Iterable[Block]:
    identity, recipient = referral.identity, referral.recipient
    if identity.test:
        yield {"is": "note", "text": "A test, made in a rehearsal. Nothing in it is a finding."}
    yield from (_mandate(item) for item in referral.authority)
    yield _facts(
        ("Referral", code(identity.referral_id)),
        ("Made", f"{instant(identity.created)} UTC"),
        ("From", _senders(referral)),
        ("To", ", ".join(filter(None, (recipient.name, recipient.organisation, recipient.jurisdiction)))),
        ("Your case", recipient.case_number),
        ("Follows on", code(identity.earlier) if identity.earlier else ""),
        ("Takes back", ", ".join(identity.supersedes)),
        ("Verification", in_short(referral.integrity.results)),
    )
    yield _text(referral.review.statement)


def _senders(referral: Referral) -> str:
    return "; ".join(dict.fromkeys(sender.organisation or "not named" for sender in referral.provenance.senders))


def _mandate(mandate: Mandate) -> Block:
    destroy = f"{instant(mandate.destroy_by)} UTC" if mandate.destroy_by else "the list says nothing"
    block = _facts(
        ("Authority", mandate.issuer),
        ("Reference", mandate.reference),
        ("Legal basis", mandate.legal_basis),
        ("Valid (UTC)", f"{instant(mandate.valid_from)} to {instant(mandate.valid_until)}"),
        ("List", f"{mandate.list_id}, number {mandate.list_sequence}, signed by key {mandate.key_id}"),
        ("SHA-256 of the list", code(mandate.list_sha256)),
        ("Destroy by", destroy),
        ("Handling", mandate.handling),
    )
    return {**block, "is": "boxed"}


def _findings(heading: str, images: Sequence[ImageReport]) -> Iterable[Block]:
    yield _heading(1, f"{heading} ({len(images)})")
    if not images:
        yield _text("None.")
    for number, image in enumerate(images[:IMAGES_MAX], start=1):
        yield from _image(number, image)
    yield from _cut(len(images) - IMAGES_MAX, "pictures")


def _image(number: int, image: ImageReport) -> Iterable[Block]:
    facts = image.image
    size = f"{facts.width} \u00d7 {facts.height} pixels, " if facts.width else ""
    reasons = image.priority.reasons if image.priority else ()
    yield _heading(2, f"{number}. {title(image)}")
    yield _text(glance(image))
    yield _facts(
        ("Picture", f"{facts.media_type or 'format unknown'}, {size}{facts.size_bytes} bytes"),
        ("Not decided because", image.reason or ""),
        ("First seen, last seen", f"{instant(image.first_seen)}, {instant(image.last_seen)} UTC"),
        ("Still up", image.still_up),
        ("Near-duplicates", near(image)),
        ("Why it stands here", "; ".join(f"{reason.reason} ({reason.weight:+d})" for reason in reasons)),
        ("SHA-256", code(facts.sha256.hex())),
        ("SHA-1", code(facts.sha1.hex())),
        ("MD5", code(facts.md5.hex())),
        *((f"PDQ, {reading.name}", code(reading.pdq.hex())) for reading in facts.readings[:1]),
    )
    if image.matches:
        yield _table("What it matched", (3, 2, 3, 4, 2), _matches(image.matches), MATCH_COLUMNS)
    yield _table("Where and when it was seen", (8, 2, 2), _sightings(image.sightings), SIGHTING_COLUMNS)
    yield from _cut(len(image.sightings) - SIGHTINGS_MAX, "sightings of this picture")


MATCH_COLUMNS: Final = ("List", "Version", "Entry", "Compared", "Category")
SIGHTING_COLUMNS: Final = ("Picture, and the page that names it", "Relation", "Fetched (UTC)")


def _matches(matches: Iterable[Match]) -> Iterable[Sequence[Json]]:
    for match in matches:
        apart = f", {match.distance_bits} of at most {match.threshold_bits} bits" if match.threshold_bits else ": equal"
        yield (
            f"{match.list_issuer}, {match.list_name}",
            match.list_version,
            match.entry_id,
            f"{match.tier}: {match.algorithm}{apart}",
            f"{match.category} {match.category_scheme}",
        )


def _sightings(sightings: Sequence[SightingReport]) -> Iterable[Sequence[Json]]:
    for sighting in sightings[:SIGHTINGS_MAX]:
        picture = _broken(sighting.place.url) if sighting.place.url else "within the page"
        where = code(f"{picture}\non {_broken(sighting.place.page_url)}")
        yield (where, f"{sighting.place.relation}, {sighting.place.embedding}", instant(sighting.fetched_from))


def _taken_back(referral: Referral) -> Iterable[Block]:
    if referral.amendments:
        yield _heading(1, "Entries that their issuer took back")
        rows = (
            (
                f"{amendment.list_issuer}, {amendment.list_name}",
                amendment.entry_id,
                instant(amendment.decided),
                amendment.reason,
                len(amendment.records),
            )
            for amendment in referral.amendments
        )
        yield _table("", (3, 3, 2, 3, 1), rows, ("List", "Entry", "Withdrawn (UTC)", "Reason", "Records"))


def _judged_again(referral: Referral) -> Iterable[Block]:
    if referral.rejudgements:
        yield _heading(1, "Judged again by later lists, nothing fetched again")
        rows = (
            (
                instant(rejudgement.judged),
                "; ".join(f"{each.name} {each.version}" for each in rejudgement.lists),
                rejudgement.pictures_judged,
                rejudgement.pictures_open,
                len(rejudgement.joined),
                ", ".join(map(str, rejudgement.elsewhere)),
            )
            for rejudgement in referral.rejudgements
        )
        columns = ("Judged (UTC)", "Lists", "Pictures", "Only a visit can tell", "Records here", "Elsewhere, log entry")
        yield _table("", (3, 4, 1, 1, 1, 2), rows, columns)


def _beyond(referral: Referral) -> Iterable[Block]:
    """Listed files that pages name, leads, and sites that show the same pictures; nothing where there is nothing."""
    if referral.identifiers or referral.leads or referral.mirrors:
        yield _heading(1, "What pages name, and which sites belong together")
    named = (
        (
            identifier.kind,
            code(identifier.value.hex()),
            identifier.matches[0].entry_id,
            identifier.stands,
            len(identifier.addresses),
        )
        for identifier in referral.identifiers
    )
    columns = ("Listed file", "Identifier", "Entry", "Stands as", "Sites")
    yield _table("Listed files of peer-to-peer networks, never fetched", (3, 5, 2, 2, 1), named, columns)
    leads = ((code(_broken(defanged_value(lead))), lead.kind, len(lead.pages)) for lead in referral.leads)
    yield _table("Leads, never fetched", (5, 3, 1), leads, ("What", "Kind", "Pages"))
    groups = (
        (code("; ".join(_broken(f"http://{name}") for name in mirror.addresses)), mirror.words)
        for mirror in referral.mirrors
    )
    yield _table("Sites that show the same pictures", (4, 4), groups, ("Sites", "Measured"))


def _coverage(referral: Referral) -> Iterable[Block]:
    covered = referral.coverage
    yield _heading(1, "What was checked")
    yield _facts(
        ("Sites", covered.sites),
        ("Visits", covered.visits),
        ("Pages read, not read", f"{covered.pages_read}, {covered.pages_failed}"),
        ("Pictures seen", covered.counts.pictures),
    )
    yield _table("How every picture ended", (5, 1), outcomes(covered.counts), ("Outcome", "Pictures"))
    lists = (
        (entry_list.issuer, entry_list.name, entry_list.version, entry_list.entries) for entry_list in covered.lists
    )
    yield _table("Hash lists that were checked", (3, 3, 2, 1), lists, ("Issuer", "List", "Version", "Entries"))
    sites = ((address(f"http://{site.address}"), site.reason, site.scope, site.findings) for site in referral.sites)
    yield _table("Sites", (4, 2, 3, 1), sites, ("Site", "Listed because", "Scope", "Findings"))
    yield _heading(1, "What this referral cannot say")
    yield _table("", (5, 1), limit_rows(referral.limits), ("What", "How many"))


def _proof(referral: Referral) -> Iterable[Block]:
    integrity = referral.integrity
    yield _heading(1, "Proof")
    yield _text(
        "This paper proves nothing by itself: the sealed file does. The command sightline verify checks it offline, "
        "with your key and the scanner's."
    )
    checks = (
        (f"{MARKS[result.state]} {result.state}", str(result.check), result.words) for result in integrity.results
    )
    yield _table("", (1, 3, 3), checks, ("Result", "Check", "What was seen"))
    yield _facts(
        ("Scanner's key", code(integrity.scanner_key_id)),
        ("Records", len(integrity.records)),
        *(
            ("Log", f"{checkpoint.tree_size} entries in {checkpoint.origin}")
            for checkpoint in integrity.checkpoints[-1:]
        ),
        *(("Root of the log", code(checkpoint.root.hex())) for checkpoint in integrity.checkpoints[-1:]),
        ("Opened with", f"Sightline {referral.provenance.opened_with}"),
        ("tor", ", ".join(referral.provenance.tor_versions)),
        ("Clock", "; ".join(_clocks(referral))),
    )
    yield _heading(2, "To acquire a picture again")
    yield from (_text(f"{number}. {step}") for number, step in enumerate(referral.provenance.reacquisition, start=1))


def _clocks(referral: Referral) -> Iterable[str]:
    """Yield each state of a visit's clock once."""
    readings = (visit.clock for site in referral.sites for visit in site.visits if visit.clock)
    return dict.fromkeys(f"{reading.source}: {judged(reading)}" for reading in readings)


def _heading(level: int, words: str) -> Block:
    return {"is": "heading", "level": level, "text": text(words)}


def _text(words: str) -> Block:
    return {"is": "text", "text": text(words)}


def _cell(value: Json) -> Json:
    return value if isinstance(value, dict) else text(value)


def _facts(*rows: tuple[str, Json]) -> Block:
    """Names and values; a value that is empty is left out."""
    return {"is": "facts", "rows": [[name, _cell(value)] for name, value in rows if value not in ("", None)]}


def _table(heading: str, widths: Sequence[int], rows: Iterable[Sequence[Json]], columns: Sequence[str]) -> Block:
    """Return a table; a very long one is cut, with a last row that says so."""
    cells: list[list[Json]] = [[_cell(value) for value in row] for row in rows]
    more = len(cells) - ROWS_MAX
    if more > 0:
        cells = [*cells[:ROWS_MAX], [f"and {more} more, in the JSON", *[""] * (len(columns) - 1)]]
    return {"is": "table", "heading": heading, "columns": list(columns), "widths": list(widths), "rows": list(cells)}


def _cut(more: int, what: str) -> Iterable[Block]:
    if more > 0:
        yield _text(f"And {more} more {what}: the JSON holds them all.")
