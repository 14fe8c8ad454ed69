"""Visit every listed site once, now, whatever its schedule says; then write the referrals to the outbox.

Paused and quarantined sites are left out.
"""

from itertools import islice
from threading import Event
from time import monotonic

from reports.ledger.ledger import ScheduledSite, SiteKey
from reports.log.entry import Kind
from scanner.app import App
from scanner.daemon.visit_pool import Listener, VisitPool

_WAIT_SECONDS = 0.5
_TOR_PATIENCE_SECONDS = 180.0
"""How long sites wait for an ill tor; then their visits are given back, and they stay due."""


def scan_once(app: App, stop: Event, ended: Listener, grace_seconds: float) -> None:
    """Returns when each site was visited, or once `stop` is set and what was under way has ended."""
    app.ledger.note(Kind.RUN_STARTED, {"run": app.run_id, "configuration": app.settings.sha256()})
    rounds = VisitPool(app.world, app.run_id, app.settings.schedule.sites_in_parallel, stop, ended)
    sites = (site for site in app.ledger.sites() if not (site.paused or site.quarantined_until))
    waiting = {site.key: site for site in sites if site.key in app.lists.listings}
    try:
        patient_until = monotonic() + _TOR_PATIENCE_SECONDS
        while waiting and not stop.is_set():
            app.refresh_hash_lists()
            rounds.world = app.world
            if _start_some(rounds, waiting, app, patient=monotonic() < patient_until):
                patient_until = monotonic() + _TOR_PATIENCE_SECONDS
            if not rounds.wait(_WAIT_SECONDS):
                stop.wait(_WAIT_SECONDS if waiting else 0)
        while rounds.wait(_WAIT_SECONDS) and not stop.is_set():
            pass
    except BaseException:
        stop.set()
        raise
    finally:
        rounds.close(grace_seconds)
    app.ledger.note(Kind.RUN_ENDED, {"run": app.run_id})


def _start_some(rounds: VisitPool, waiting: dict[SiteKey, ScheduledSite], app: App, *, patient: bool) -> int:
    """Start as many as there is room for; how many were started.

    An address that another list's visit holds waits for that visit's end; `patient` lets sites wait for their tor.
    """
    room = rounds.room()
    if room <= 0:
        return 0
    well = app.tor.healthy_now()
    ready = (site for key, site in waiting.items() if well(key.address) or not patient)
    visits = {site: app.lists.listings[site.key] for site in islice(ready, room)}
    started = [site for site, held in zip(visits, rounds.start_all(visits), strict=True) if held] if visits else []
    for site in started:
        del waiting[site.key]
    return len(started)
