"""The stage of a rehearsal: the private network, and the sites behind its onion services. For one thread."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.sites import OnionSite

Progress = Callable[[str, int], None]
"""Callback with the present step and the percentage of the environment that is up."""
NETWORK_SHARE = 0.9
READY = 100


@dataclass(frozen=True, slots=True)
class Environment:
    """What exists while the rehearsal lasts."""

    network: PrivateNetwork
    sites: tuple[tuple[SitePlan, OnionSite], ...]


@contextmanager
def staged(
    ground: Path,
    programs: TorPrograms,
    plans: Sequence[SitePlan],
    progress: Progress,
    *,
    keep: bool,
    of_each_relay: str = "",
) -> Iterator[Environment]:
    """Network and sites, for as long as the block lasts. Raises NetworkFailed when the network does not come up."""
    with ExitStack() as stack:
        network = stack.enter_context(
            PrivateNetwork(
                ground / "network",
                programs,
                progress=lambda step, percent: progress(step, int(NETWORK_SHARE * percent)),
                keep=keep,
                of_each_relay=of_each_relay,
            )
        )
        sites = tuple((plan, stack.enter_context(OnionSite(plan.answers))) for plan in plans)
        progress("onion services", int(NETWORK_SHARE * READY))
        network.add_onion_services(
            [OnionService(site.port, plan.key, plan.clients) for plan, site in sites if plan.published]
        )
        progress("the stage stands", READY)
        yield Environment(network, sites)
