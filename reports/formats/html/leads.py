"""What pages name, and how sites belong together, as HTML: listed files, leads, mirrors. All of it is text."""

from collections.abc import Sequence

from reports.formats.html.findings import address, instant
from reports.formats.html.markup import Child, Html, folded, joined, table, tag
from reports.referral.annex_model import IdentifierReport, LeadReport, MirrorReport
from reports.safe_text import defanged

FILES = (
    "Pages of these sites name files of peer-to-peer networks that a list knows. No network was joined and nothing was "
    "fetched: whether the file is still shared is not known."
)
LEADS = (
    "What pages with findings name beyond the list: other onion services, hosts on the clear web that pictures "
    "lie on, files that no list knows. None was asked for anything. Follow them under your own mandate."
)
MIRRORS = (
    "Sites that show the same pictures: at least two, and half of all that are on either of a pair. Only pictures that "
    "these records describe count, so sites without findings are in no group."
)


def named_files(reports: Sequence[IdentifierReport]) -> Html:
    """Listed files of peer-to-peer networks; nothing when there are none."""
    return _section(
        "named-files", f"Listed files that pages name ({len(reports)})", FILES, [_file(report) for report in reports]
    )


def _file(report: IdentifierReport) -> Html:
    priority = f" priority {report.priority.total}, {len(report.addresses)} sites, {report.stands} "
    summary = joined(tag("strong", report.kind), priority, tag("code", report.value.hex()))
    matched = (
        (
            f"{match.list_issuer}, {match.list_name}",
            match.list_version,
            tag("code", match.entry_id),
            match.algorithm,
            match.category,
        )
        for match in report.matches
    )
    seen: list[tuple[Child, ...]] = [
        (
            address(sighting.page_url),
            sighting.named_by,
            instant(sighting.fetched_from),
            tag("code", sighting.record_id[:16]),
        )
        for sighting in report.sightings
    ]
    return folded(
        summary,
        table(
            "Why it stands here",
            ("Reason", "Weight"),
            ((str(i.reason), f"{i.weight:+d}") for i in report.priority.reasons),
        ),
        table("What it equals", ("List", "Version", "Entry", "Compared", "Category"), matched),
        table("Where it is named", ("Page", "Named by", "Fetched (UTC)", "Record"), seen),
        opened=True,
    )


def leads(reports: Sequence[LeadReport]) -> Html:
    """Leads; nothing when there are none."""
    rows = [
        (
            tag("code", defanged_value(report), class_="address"),
            report.kind,
            len(report.pages),
            joined(*(joined(address(page), " ") for page in report.pages[:3])),
        )
        for report in reports
    ]
    columns = ("What", "Kind", "Pages with findings", "First of them")
    return _section(
        "leads", f"Leads, not fetched ({len(reports)})", LEADS, [table("Leads", columns, rows)] if rows else []
    )


def mirrors(reports: Sequence[MirrorReport]) -> Html:
    """Groups of sites; nothing when there are none."""
    groups = [
        tag(
            "div",
            tag("p", report.words[:1].upper() + report.words[1:] + "."),
            tag("ul", [tag("li", address(f"http://{name}")) for name in report.addresses]),
        )
        for report in reports
    ]
    return _section("mirrors", f"Sites that show the same pictures ({len(reports)} groups)", MIRRORS, groups)


def defanged_value(lead: LeadReport) -> str:
    """Return a lead as text that no program takes for a link."""
    return defanged(f"http://{lead.value}").removeprefix("hxxp://") if "." in lead.value else lead.value


def _section(anchor: str, title: str, introduction: str, body: Sequence[Html]) -> Html:
    return tag("section", tag("h2", title), tag("p", introduction), body, id=anchor) if body else Html("")
