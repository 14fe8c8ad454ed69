"""The findings of a referral as HTML: one article a picture, most urgent first, each match with all it rests on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from config.clock import rfc3339
from config.text import counted
from matcher.verdict import Match
from reports.formats.html.markup import Child, Html, facts, folded, joined, table, tag
from reports.record.standing import Standing
from reports.referral.image_model import ImageReport, SightingReport
from reports.safe_text import defanged

TITLES: Final = {
    Standing.UNKNOWN_BESIDE_KNOWN: "New picture beside known ones",
    Standing.UNDECIDED_BESIDE_KNOWN: "Undecided picture beside known ones",
    Standing.WEAK_BESIDE_KNOWN: "Picture that resembles a known one, beside known ones",
    Standing.WEAK: "Picture that resembles a known one",
    Standing.UNDECIDED: "Undecided picture",
    Standing.UNKNOWN: "Unknown picture",
}
DIGESTS: Final = frozenset({"md5", "sha1", "sha256"})
OPEN_FIRST: Final = 3
"""How many of the most urgent are unfolded from the start."""


def findings(title: str, introduction: str, images: Sequence[ImageReport], *, unfold: bool, anchor: str) -> Html:
    """Return a section of pictures, with a note if there is none."""
    articles = [
        image(number, one, opened=unfold and number <= OPEN_FIRST) for number, one in enumerate(images, start=1)
    ]
    body = articles or [tag("p", "None.", class_="none")]
    return tag("section", tag("h2", f"{title} ({len(images)})"), tag("p", introduction), body, id=anchor)


def image(number: int, report: ImageReport, *, opened: bool) -> Html:
    """Return one picture: what it is, why it is listed, its matches, its sightings."""
    summary = joined(
        tag("span", f"{number}", class_="number"),
        " ",
        tag("strong", title(report), class_="title"),
        " ",
        tag("span", glance(report), class_="glance"),
    )
    details = (
        _facts(report),
        _reasons(report),
        _matches(report.matches),
        _sightings(report.sightings),
        _hashes(report),
    )
    return tag("article", folded(summary, *details, opened=opened))


def title(report: ImageReport) -> str:
    """Name a picture in a few words."""
    if report.tier is not None and report.standing is Standing.KNOWN:
        return f"Known picture, {report.tier} match"
    return TITLES.get(report.standing, str(report.standing).capitalize())


def glance(report: ImageReport) -> str:
    """Summarise urgency, frequency and place in one line."""
    priority = f"priority {report.priority.total}, " if report.priority else ""
    sites = counted(len(report.addresses), "site")
    return f"{priority}{counted(len(report.sightings), 'sighting')} on {sites}, {report.image.sha256.hex()[:12]}"


def near(report: ImageReport) -> str:
    """Return the number of near-duplicates and of their sites; empty for a picture without any."""
    if not report.cluster:
        return ""
    sites = counted(report.cluster_sites, "site")
    return f"one of {report.cluster_pictures} that look alike, on {sites} together (cluster {report.cluster})"


def _facts(report: ImageReport) -> Html:
    pixels = f"{report.image.width} \u00d7 {report.image.height} pixels" if report.image.width else "size unknown"
    kind = report.image.media_type or "format unknown"
    return facts(
        [
            ("Picture", f"{kind}, {pixels}, {report.image.size_bytes} bytes"),
            ("Not decided because", report.reason or ""),
            ("First seen", instant(report.first_seen)),
            ("Last seen", instant(report.last_seen)),
            ("Still up", report.still_up),
            ("New to the scanner", "yes" if report.never_seen_before else "no, the same file was seen before"),
            ("Near-duplicates", near(report) or "none here"),
            ("Viewed by a person", "no"),
            ("Classification", "left to the recipient"),
        ]
    )


def _reasons(report: ImageReport) -> Html:
    if report.priority is None:
        return Html("")
    rows = [(str(item.reason), f"{item.weight:+d}") for item in report.priority.reasons]
    return table("Why it stands here", ("Reason", "Weight"), [*rows, ("Sum", str(report.priority.total))])


def _matches(matches: Iterable[Match]) -> Html:
    columns = ("List", "Version", "Entry", "Compared", "Distance", "Second opinion", "Category", "More")
    return table("What it matched", columns, (_match(match) for match in matches))


def _match(match: Match) -> Sequence[Child]:
    exact = match.algorithm in DIGESTS
    unit = " bits" if match.algorithm == "pdq" else ", in its own measure"
    distance = "equal" if exact else f"{match.distance_bits} of at most {match.threshold_bits}{unit}"
    second = "" if match.phash_distance_bits is None else f"pHash, {match.phash_distance_bits} bits"
    reading = match.algorithm if exact else f"{match.algorithm} of {match.reading}, quality {match.quality}"
    more = "; ".join(f"{name}: {value}" for name, value in match.attributes)
    category = f"{match.category} ({match.category_scheme})" if match.category_scheme else match.category
    issuer = f"{match.list_issuer}, {match.list_name}"
    return (issuer, match.list_version, tag("code", match.entry_id), reading, distance, second, category, more)


def _sightings(sightings: Sequence[SightingReport]) -> Html:
    columns = (
        "Address of the picture",
        "On the page",
        "Relation",
        "Named by",
        "Fetched (UTC)",
        "Known beside it",
        "Record",
    )
    return table("Where and when it was seen", columns, (_sighting(sighting) for sighting in sightings))


def _sighting(sighting: SightingReport) -> Sequence[Child]:
    place = sighting.place
    return (
        address(place.url) if place.url else "within the page",
        address(place.page_url),
        joined(str(place.relation), _after(sighting)),
        place.embedding,
        instant(sighting.fetched_from),
        str(sighting.known_beside),
        tag("code", sighting.record_id[:16]),
    )


def _after(sighting: SightingReport) -> Html:
    """Return what the reader must know about how it was served."""
    remarks = []
    if sighting.redirects:
        remarks.append(f"after {counted(len(sighting.redirects) - 1, 'redirect')}")
    if not sighting.complete:
        remarks.append("not proven whole")
    if sighting.novelty.referred_before:
        remarks.append("referred before")
    return tag("small", " (" + ", ".join(remarks) + ")") if remarks else Html("")


def _hashes(report: ImageReport) -> Html:
    digests = (("MD5", report.image.md5), ("SHA-1", report.image.sha1), ("SHA-256", report.image.sha256))
    rows: list[tuple[str, Child, str]] = [(name, tag("code", digest.hex()), "") for name, digest in digests]
    for reading in report.image.readings:
        rows.append((f"PDQ, {reading.name}", tag("code", reading.pdq.hex()), f"quality {reading.quality}"))
        rows.append((f"pHash, {reading.name}", tag("code", reading.phash.hex()), ""))
    return folded("Hashes", table("Hashes", ("Hash", "Value", "Remark"), rows))


def address(untrusted_url: str) -> Html:
    """Return a URL as text that is no link."""
    return tag("code", defanged(untrusted_url), class_="address")


def instant(value: datetime) -> str:
    """Return a time to the second, in UTC."""
    return rfc3339(value)[:19].replace("T", " ")
