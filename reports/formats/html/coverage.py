"""What was checked and how it ended, site by site, as HTML; and what the referral cannot say."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from reports.bundle.checks import MARKS, Result
from reports.formats.html.findings import address, instant
from reports.formats.html.markup import Child, Html, facts, folded, joined, table, tag
from reports.referral.coverage import limit_rows, outcomes
from reports.referral.model import Referral
from reports.referral.site_model import PageReport, SiteReport, VisitReport
from reports.sighting import ClockReading, Evidence, Look, SiteState

SILENT_CANARY: Final = "unknown: the canary did not answer"
_ANSWERED: Final = "answered"


def coverage(referral: Referral) -> Html:
    """Totals, the hash lists that were checked, and each site."""
    covered = referral.coverage
    return tag(
        "section",
        tag("h2", "What was checked"),
        facts(
            [
                ("Sites", covered.sites),
                ("Visits", covered.visits),
                ("Pages read", covered.pages_read),
                ("Pages not read", covered.pages_failed),
                ("Pictures seen", covered.counts.pictures),
            ]
        ),
        table("How every picture ended", ("Outcome", "Pictures"), outcomes(covered.counts)),
        table(
            "Hash lists that were checked",
            ("Issuer", "List", "Version", "Entries", "SHA-256 of the list"),
            (
                (
                    entry_list.issuer,
                    entry_list.name,
                    entry_list.version,
                    entry_list.entries,
                    tag("code", entry_list.sha256),
                )
                for entry_list in covered.lists
            ),
        ),
        [_site(site) for site in referral.sites],
        id="coverage",
    )


def _site(site: SiteReport) -> Html:
    summary = joined(address(f"http://{site.address}"), f" findings: {site.findings}, pages: {len(site.pages)}")
    about = facts([("Listed because", site.reason), ("Scope", site.scope), ("Mandate", str(site.mandate + 1))])
    return folded(summary, about, _visits(site.visits), _pages(site.pages), _unseen(site.pages))


def _visits(visits: Iterable[VisitReport]) -> Html:
    ours = ("Our own tor", "Clock", "Gate inside tor", "Site", "Isolation")
    columns = ("Started (UTC)", "Ended (UTC)", "Outcome", "Read", "Failed", "Left", *ours)
    return table("Visits", columns, (_visit(visit) for visit in visits))


def _visit(visit: VisitReport) -> Sequence[Child]:
    if visit.ended is None:
        return (instant(visit.started), "its end is not in this referral", *("",) * 9)
    tor = f"{visit.tor_version}, {'well' if visit.tor_healthy else 'not well'}"
    clock = f"{visit.clock.source}: {judged(visit.clock)}" if visit.clock else ""
    pages = (visit.pages_read, visit.pages_failed, visit.pages_left)
    ours = (tor, clock, str(visit.gate), state_told(visit.evidence))
    isolation = f"without {', '.join(visit.confinement_absent)}" if visit.confinement_absent else "whole"
    return (instant(visit.started), instant(visit.ended), visit.outcome, *pages, *ours, isolation)


def state_told(found: Evidence | None) -> str:
    """Describe the site's state and its evidence."""
    if found is None or found.first is None:
        return "never asked"
    first = found.first.cause and f" (first tor: {_seen(found.first)}"
    second = f"; second tor: {_seen(found.second)}" if found.second else "; no second tor was asked"
    state = SILENT_CANARY if found.state is SiteState.UNKNOWN and _only_canary(found.first) else str(found.state)
    return f"{state}{first}{second})" if first else state


def _only_canary(look: Look) -> bool:
    """Return True if only the canary's silence makes the site unknown: the record has one word for that."""
    return look.tor_healthy and look.network_live and look.canary not in {"", _ANSWERED}


def _seen(look: Look) -> str:
    canary = f", canary: {look.canary}" if look.canary else ""
    ill = "" if look.tor_healthy and look.network_live else ", not well"
    return f"{look.cause or _ANSWERED}{canary}{ill}"


def judged(clock: ClockReading) -> str:
    """Describe what the clock's reading means for its visit's times. An offset lies beyond the consensus's hours."""
    if clock.offset_seconds is None:
        return "nothing vouches for its times"
    if not clock.offset_seconds:
        return "its times agree with the tor network's"
    way = "ahead of" if clock.offset_seconds > 0 else "behind"
    return f"{abs(clock.offset_seconds):.0f} s {way} what the tor network allows: read its times with care"


def _pages(pages: Iterable[PageReport]) -> Html:
    columns = (
        "Page",
        "Fetched (UTC)",
        "How it ended",
        "Pictures",
        "Matched",
        "Remarks",
        "SHA-256 of its bytes",
        "Record",
    )
    return table("Pages", columns, (_page(page) for page in pages))


def _page(one: PageReport) -> Sequence[Child]:
    page = one.page
    ended = page.cause or (f"HTTP {page.status}" if page.complete else f"HTTP {page.status}, not proven whole")
    return (
        address(page.url),
        instant(page.fetched_from),
        ended,
        one.counts.pictures,
        one.counts.matched,
        ", ".join(page.notes),
        tag("code", page.body_sha256[:16]),
        tag("code", one.record_id[:16]),
    )


def _unseen(pages: Sequence[PageReport]) -> Html:
    """Pictures that were seen and not fetched, or whose fetch failed, by their addresses."""
    not_fetched = ((item.place, str(item.reason)) for page in pages for item in page.not_fetched)
    failed = ((item.place, item.cause) for page in pages for item in page.failed)
    rows = [
        (address(place.url), address(place.page_url), str(place.relation), why)
        for place, why in dict.fromkeys(chain(not_fetched, failed))
    ]
    return table("Pictures seen and not examined", ("Picture", "On the page", "Relation", "Why"), rows)


def limits(referral: Referral) -> Html:
    """Return what could not be seen or decided, with counts."""
    introduction = (
        "A picture that is not named as a finding was either matched by no list in force, or falls under one of these."
    )
    return tag(
        "section",
        tag("h2", "What this referral cannot say"),
        tag("p", introduction),
        table("Limits", ("What", "How many"), limit_rows(referral.limits)),
        id="limits",
    )


def proof(referral: Referral) -> Html:
    """Return every check that was made, and what it rests on."""
    integrity = referral.integrity
    return tag(
        "section",
        tag("h2", "Proof"),
        table("Checks", ("Check", "Result", "What was seen"), (_result(result) for result in integrity.results)),
        facts([("Scanner's key", integrity.scanner_key_id), ("Records", len(integrity.records))]),
        *(_checkpoint(checkpoint.checkpoint) for checkpoint in integrity.checkpoints),
        folded(
            "Each record and its place in the log",
            table(
                "Records",
                ("Record", "Kind", "Log entry", "Visit"),
                (
                    (tag("code", record.record_id), record.kind, record.leaf_index, record.visit_id)
                    for record in integrity.records
                ),
            ),
        ),
        id="proof",
    )


def _checkpoint(note: str) -> Html:
    lines = [tag("li", tag("code", line)) for line in note.split("\n") if line]
    return folded("The log's signed checkpoint, as it is", tag("ol", lines, class_="bare"))


def _result(result: Result) -> Sequence[Child]:
    mark = tag("span", f"{MARKS[result.state]} {result.state}", class_=str(result.state).replace(" ", "-"))
    return (str(result.check), mark, result.words)


def _confinement(referral: Referral) -> Iterable[Html]:
    """Return a notice if pictures were decoded within fewer layers of isolation; else nothing."""
    visits = [visit for site in referral.sites for visit in site.visits if visit.confinement_absent]
    if visits:
        layers = ", ".join(sorted({layer for visit in visits for layer in visit.confinement_absent}))
        yield tag(
            "p",
            f"In {len(visits)} of the visits the processes that decode pictures and pages were isolated from the "
            f"scanning machine without {layers}. The machine does not offer it, and its operator accepts that. The "
            "other layers of isolation held. What was found is not touched by this.",
        )


def provenance(referral: Referral) -> Html:
    """Return who and what made the records, and how to fetch a picture again."""
    made_by = referral.provenance
    columns = ("Organisation", "Contact", "Sightline", "Commit", "SHA-256 of the configuration")
    senders = (
        (
            sender.organisation or "not named",
            sender.contact,
            sender.tool_version,
            sender.tool_commit[:12],
            tag("code", sender.configuration_sha256),
        )
        for sender in made_by.senders
    )
    return tag(
        "section",
        tag("h2", "How it was made"),
        table("Senders", columns, senders),
        facts([("tor", ", ".join(made_by.tor_versions)), ("Opened with", f"Sightline {made_by.opened_with}")]),
        *_confinement(referral),
        tag("h3", "To acquire a picture again"),
        tag("ol", [tag("li", step) for step in made_by.reacquisition]),
        id="provenance",
    )
