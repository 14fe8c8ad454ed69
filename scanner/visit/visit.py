"""One visit of one listed site: the main path, which reads from top to bottom like the flow in the README.

- Every fetch has a permit minted for it, and an intent in the log that is durable before the first byte leaves.
- Bytes from the site are `untrusted_*`, stay in memory, and go no farther than the callees of this module.
- Each page ends as one sealed record, findings or not; the visit ends as one more (docs/adr/0001, 0002).
- A failure of our own tor is never blamed on the site: the visit is given back, and the site stays due.
"""

from dataclasses import replace
from datetime import timedelta
from threading import Event

from reports.ledger.ledger import Addressed, Claim, PageEnd, Remembered, ScheduledSite
from reports.record.build import fetch_entries, page_record, sighting_keys, visit_record
from reports.record.standing import Standing
from reports.sighting import VisitEnd
from scanner.authority.list_store import Listing
from scanner.referrals.recipients import RecipientRule
from scanner.visit import resume
from scanner.visit.lookahead import pipeline
from scanner.visit.page_stages import PageOutcome, PendingPage
from scanner.visit.page_steps import PageSteps
from scanner.visit.progress import counts
from scanner.visit.services import VisitServices
from scanner.visit.site_visit import SiteVisit, under_way
from scanner.visit.visit_end import visit_end


def visit_site(listing: Listing, site: ScheduledSite, claim: Claim, services: VisitServices, stop: Event) -> VisitEnd:
    """Visit the claimed site, page by page, until the scope or a budget is spent, our own tor fails, or `stop` is set.

    Raises only what the ledger raises.
    """
    with under_way(listing, site, claim, services, stop) as visit:
        steps = PageSteps(visit)
        steps.start()
        for page in pipeline(steps):
            outcome = steps.finish(page)
            seal_page(visit, page, outcome, steps.pictures.left)
        return seal_visit(visit, steps)


def seal_page(visit: SiteVisit, page: PendingPage, outcome: PageOutcome, pictures_left: int) -> None:
    """Write the page's record for each recipient, the ends of its fetches, and the resume entry in one transaction.

    An unchanged page waits for the transaction of another: nothing in it is urgent. A page that was cut leaves no
    resume entry, nor do those after it: they are read again.
    """
    fetches, progress = visit.fetches, visit.progress
    outcome = replace(outcome, seen=replace(outcome.seen, fetches=fetches.take_logged(page.turn)))
    addressed = [_addressed(visit, outcome, rule) for rule in visit.recipients]
    standings = (key.standing for record in addressed for key in record.sightings)
    progress.beside_known |= any(standing == Standing.UNKNOWN_BESIDE_KNOWN for standing in standings)
    progress.cut |= outcome.cut
    end = PageEnd(
        fetches.log.take_concluded(page.turn),
        addressed,
        trail=None if progress.cut else resume.write(_resume_entry(visit, page, outcome, pictures_left)),
        memories=() if progress.cut else outcome.memories,
        since=outcome.unchanged.leaves or None if outcome.unchanged else None,
    )
    fetches.log.record_page(end, waits=end.since is not None)
    visit.services.hits.saw(visit.address, outcome.seen)


def _addressed(visit: SiteVisit, outcome: PageOutcome, rule: RecipientRule) -> Addressed:
    """Return the page's record for one recipient."""
    services, about = visit.services, visit.about
    since = outcome.unchanged.leaves.get(rule.recipient) if outcome.unchanged else None
    page = replace(outcome.seen, since=since)
    keys = sighting_keys(page, rule.policy)
    novelty = services.ledger.novelty(rule.recipient, keys)
    record = page_record(about, page, services.examiner.lists(), novelty, services.sender, rule.policy)
    return Addressed(rule.recipient, record, keys, about.mandate.destroy_by, fetch_entries(page))


def _resume_entry(visit: SiteVisit, page: PendingPage, outcome: PageOutcome, pictures_left: int) -> resume.ResumeEntry:
    return resume.ResumeEntry(
        url=page.step.url,
        depth=page.step.depth,
        read=not outcome.seen.cause,
        found=outcome.links,
        refused=page.refused,
        received_bytes=visit.fetches.budget.received_bytes,
        seconds=visit.fetches.budget.seconds,
        pictures_left=pictures_left,
    )


def seal_visit(visit: SiteVisit, steps: PageSteps) -> VisitEnd:
    """Write the visit's own record for each recipient, and when the site is due again; or give the visit back."""
    services, progress, about = visit.services, visit.progress, visit.about
    visit.fetches.log.flush()
    end = visit_end(visit, steps)
    lists, destroy_by = services.examiner.lists(), about.mandate.destroy_by
    addressed = [
        Addressed(rule.recipient, visit_record(about, end, lists, services.sender, rule.policy), destroy_by=destroy_by)
        for rule in visit.recipients
    ]
    review = timedelta(hours=visit.listing.target.review_interval_hours)
    due, footing = progress.due(visit.site, end.ended, review, end.evidence, services)
    remembered = Remembered(footing, counts(about, end), cut=progress.given_back, memories=(steps.site_row(),))
    services.ledger.end_visit(
        visit.claim,
        end.outcome,
        due,
        failed=progress.failed(end.evidence),
        addressed=addressed,
        remembered=remembered,
    )
    services.hits.keep()
    services.fetcher.forget(about.address)
    return end
