"""Which of the sites that are due are begun: those whose tor is not well keep nobody else waiting, however many."""

from datetime import timedelta
from pathlib import Path

from reports.ledger.ledger import SiteKey
from scanner.authority.list_store import Listing
from scanner.daemon.visit_pool import VisitPool
from scanner.schedule.policy import UNKNOWN_WAIT
from tests.authority.making import NOW, a_target, address, verified
from tests.visit.scene import Scene

ILL = range(3, 43)
WELL = address(1)


def test_many_sites_whose_tor_is_not_well_keep_nobody_waiting(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {})
    listed = verified(targets=[a_target(number) for number in (1, *ILL)])
    listings = {}
    for number in (1, *ILL):
        target = listed.target(address(number))
        assert target is not None
        listings[SiteKey("examples", address(number))] = Listing(listed, target)
    earlier = {SiteKey("examples", address(number)): NOW - timedelta(hours=number) for number in ILL}
    scene.ledger.set_sites({SiteKey("examples", WELL): NOW, **earlier})
    scene.list = listed
    visited: list[str] = []
    rounds = VisitPool(scene.services(), "run", 1, scene.stop, lambda key, _: visited.append(key.address))
    for _ in range(20):
        rounds.start_due(listings, lambda one: one == WELL)
        while rounds.wait(5):
            pass
    assert visited == [WELL]
    rounds.close(5)
    waits = [site.due - scene.clock() for site in scene.ledger.sites() if site.key in earlier]
    assert max(waits) <= UNKNOWN_WAIT  # they lose no more than that
