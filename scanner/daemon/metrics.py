"""Metrics for Prometheus, on the loopback and off by default. The only importer of prometheus_client.

No address is a label or a value, and nothing speaks of what was found or of closer review (docs/adr/0013): any user of
this machine may ask. What takes the store some time is counted at most once in `FRESH_SECONDS`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.clock import Clock
from config.faults import Fault, Refused
from config.settings import Settings
from reports.ledger.ledger import Ledger, Mode, StoreFault
from scanner.daemon.counters import Counters
from scanner.daemon.metrics_server import listen
from scanner.daemon.status import Status, status_now

FRESH_SECONDS: Final = 10.0
_PREFIX: Final = "sightline_"


@dataclass(slots=True, eq=False)
class Metrics(Collector):
    """What one daemon shows. `recipients` names each by its first key."""

    tallies: Counters
    ledger: Ledger
    recipients: Mapping[str, str]
    clock: Clock
    _counted: tuple[float, list[Metric]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def collect(self) -> Iterator[Metric]:
        """Everything, as Prometheus wants it. A store that does not answer leaves its part out."""
        yield from self._of_the_run()
        try:
            yield from self._of_the_store()
        except StoreFault:
            yield _gauge("store_answers", "Whether the store could be read.", 0)
        else:
            yield _gauge("store_answers", "Whether the store could be read.", 1)

    def _of_the_run(self) -> Iterator[Metric]:
        tallies, tor = self.tallies, self.tallies.tor
        yield _labelled(
            "visits", "Visits that ended in this run, by outcome.", "outcome", tallies.ended(), counter=True
        )
        yield _counter("pages", "Pages that were read in this run.", tallies.pages)
        yield _counter("received_bytes", "Bytes that came in in this run, headers included.", tallies.received_bytes)
        yield _counter("worker_kills", "Pages and pictures at which a worker died.", tallies.workers_killed)
        yield _counter("ticks", "Ticks of this run.", tallies.ticks)
        yield _counter("tick_seconds", "Seconds that all ticks of this run took.", tallies.tick_seconds)
        yield _gauge("last_tick_seconds", "Seconds that the last tick took.", tallies.last_tick_seconds)
        yield _gauge("longest_tick_seconds", "Seconds that the longest tick took.", tallies.longest_tick_seconds)
        refused, text = tallies.refused_streams, "Streams that tor's gate refused, by why."
        yield _labelled("tor_refused_streams", text, "why", refused, counter=True)
        yield _gauge("visits_under_way", "Visits under way.", tallies.under_way)
        yield _gauge("tor_healthy", "Whether our own tor was well at the last tick.", bool(tor and tor.healthy))

    def _of_the_store(self) -> list[Metric]:
        with self._lock:
            if self._counted is None or monotonic() - self._counted[0] >= FRESH_SECONDS:
                self._counted = (monotonic(), list(self._count()))
            return self._counted[1]

    def _count(self) -> Iterator[Metric]:
        overview, now = self.ledger.overview(), self.clock()
        status = status_now(overview, now)
        states = {state.value: sites for state, sites in status.by_state().items()}
        yield _labelled("sites", "Listed sites, by state.", "state", states)
        yield _labelled("sites_by_outcome", "Listed sites, by their last outcome.", "outcome", _causes(status))
        yield _gauge("queue_depth", "Sites that are due and wait.", sum(status.queue.values()))
        due = (status.next_due - now).total_seconds() if status.next_due else float("nan")
        yield _gauge("next_due_seconds", "Seconds until the next site falls due; negative when it waits.", due)
        yield _gauge("paused", "Whether the scanner is paused or draining.", status.control.mode is not Mode.RUNNING)
        ages = overview.referral_ages(now)
        named = {name: ages[key].total_seconds() for key, name in self.recipients.items() if key in ages}
        yield _labelled("referral_age_seconds", "Seconds since a recipient's last referral.", "recipient", named)


def serve(settings: Settings, metrics: Metrics) -> Callable[[], None] | Refused:
    """Answer Prometheus where the settings say; what ends it. Does nothing when they say nowhere."""
    endpoint = settings.metrics.endpoint
    if endpoint is None:
        return _nothing
    registry = CollectorRegistry()
    registry.register(metrics)
    ProcessCollector(registry=registry)
    host, _, port = endpoint.rpartition(":")
    try:
        return listen(host.strip("[]"), int(port), make_wsgi_app(registry))
    except OSError as error:
        cause = f"{endpoint} cannot be listened on ({error.strerror})"
        return Refused((Fault("metrics.endpoint", cause, "Name a port of this machine that nothing else uses."),))


def _nothing() -> None:
    """There is nothing to end."""


def _causes(status: Status) -> dict[str, float]:
    causes: dict[str, float] = {}
    for (_, outcome), sites in status.states.items():
        causes[outcome or "never visited"] = causes.get(outcome or "never visited", 0) + sites
    return causes


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, text, value=float(value))


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(_PREFIX + name, text, value=float(value))


def _labelled(name: str, text: str, label: str, values: Mapping[str, float], *, counter: bool = False) -> Metric:
    family = (CounterMetricFamily if counter else GaugeMetricFamily)(_PREFIX + name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], float(number))
    return family
