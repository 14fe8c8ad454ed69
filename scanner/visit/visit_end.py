"""The end of a visit: the evidence of the site's state, the counts, and the budget that ended it."""

from reports.sighting import Evidence, VisitEnd
from scanner.fetch.visit_budget import Exhausted
from scanner.liveness.check import FailedVisit
from scanner.visit.page_steps import PageSteps
from scanner.visit.site_visit import SiteVisit


def visit_end(visit: SiteVisit, steps: PageSteps) -> VisitEnd:
    """Return how the visit ended; when the site failed, after asking a second tor."""
    evidence = _evidence(visit)
    progress, earlier = visit.progress, visit.earlier
    health = visit.services.tor.of(visit.address).health()
    return VisitEnd(
        ended=visit.services.clock(),
        outcome=progress.outcome(),
        pages_read=progress.pages_read,
        pages_failed=len(progress.causes),
        pages_left=steps.crawl.left,
        links_left=steps.crawl.refused,
        spent=_spent(visit, steps),
        received_bytes=visit.fetches.budget.received_bytes - (earlier.last.received_bytes if earlier.last else 0),
        robots=steps.robots.seen(),
        continues=earlier.visit_ids,
        tor_version=health.version,
        tor_healthy=health.healthy,
        clock=health.clock,
        evidence=evidence,
        workers_killed=progress.worker_deaths,
        confinement_absent=visit.services.confinement_absent,
    )


def _evidence(visit: SiteVisit) -> Evidence:
    """Return what the site was found to be."""
    services, log = visit.services, visit.fetches.log
    failed = FailedVisit(
        url=f"http://{visit.address}{visit.listing.target.start_paths[0]}",
        tor=services.tor.of(visit.address),
        cause=visit.progress.cause(),
        failing_since=visit.site.last_visit if visit.site.failures else None,
    )
    evidence = services.liveness.evidence(failed, visit.fetches.permits, log, services.clock, visit.stop)
    if concluded := log.take_concluded():
        services.ledger.conclude(visit.claim, concluded)
    return evidence


def _spent(visit: SiteVisit, steps: PageSteps) -> str:
    """Return the budget that ended the visit, if one did."""
    workers = Exhausted.WORKERS if visit.progress.too_many_worker_deaths else None
    pages = Exhausted.PAGES if steps.crawl.spent else None
    spent = visit.fetches.budget.exhausted() or workers or pages
    return spent.value if spent and steps.crawl.left else ""
