"""Every metric there is, in one list: its name, kind, labels and what it means."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily


class Metric(NamedTuple):
    """A metric's name, its meaning, and its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


EVENTS_TAKEN: Final = Metric("lotone_events_taken", "Events made durable at the door")
EVENTS_INVALID: Final = Metric("lotone_events_invalid", "Events refused at the door")
INTAKE_SECONDS: Final = Metric("lotone_intake_seconds", "From a request's arrival to all its events being durable")
LEDGER_HEAD: Final = Metric("lotone_ledger_head", "Facts in a shard", ("domain", "shard"))
QUEUE_BACKLOG: Final = Metric("lotone_queue_backlog", "Messages not taken yet", ("kind", "domain", "shard"))
VIEW_LAG_FACTS: Final = Metric("lotone_view_lag_facts", "Facts that a view hasn't folded yet", ("view",))
VIEW_LAG_SECONDS: Final = Metric("lotone_view_lag_seconds", "Age of the oldest fact a view hasn't folded", ("view",))
VIEW_FAILED: Final = Metric("lotone_view_failed", "1 when a view has stopped at a fact that it can't fold", ("view",))
PARKED: Final = Metric("lotone_parked", "Events waiting for something to become known", ("domain",))
REJECTED: Final = Metric("lotone_rejected", "The highest number of a refusal: about how many there ever were")
PLANNER_CUTS: Final = Metric("lotone_planner_cuts", "Cuts that this process's planner has taken")
PLANNER_FACTS: Final = Metric("lotone_planner_facts", "Facts of these cuts")
PLANNER_SECONDS: Final = Metric("lotone_planner_seconds", "Seconds spent reading, deciding, appending", ("stage",))
PLANNER_LEASE: Final = Metric("lotone_planner_lease", "1 while this process's planner holds the lease, 0 in standby")
PLANNER_LAG_FACTS: Final = Metric("lotone_planner_lag_facts", "Facts that no planner has looked at yet")
PARTS_FAILED: Final = Metric("lotone_parts_failed", "Threads that have stopped and shouldn't have")

CATALOGUE: Final = (
    EVENTS_TAKEN,
    EVENTS_INVALID,
    INTAKE_SECONDS,
    LEDGER_HEAD,
    QUEUE_BACKLOG,
    VIEW_LAG_FACTS,
    VIEW_LAG_SECONDS,
    VIEW_FAILED,
    PARKED,
    REJECTED,
    PLANNER_CUTS,
    PLANNER_FACTS,
    PLANNER_SECONDS,
    PLANNER_LEASE,
    PLANNER_LAG_FACTS,
    PARTS_FAILED,
)


def gauge(metric: Metric, values: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    """A gauge read at the moment it is asked for."""
    family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


class DoorMetrics:
    """What the door counts as it goes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.taken = Counter(EVENTS_TAKEN.name, EVENTS_TAKEN.meaning, registry=registry)
        self.invalid = Counter(EVENTS_INVALID.name, EVENTS_INVALID.meaning, registry=registry)
        self.seconds = Histogram(INTAKE_SECONDS.name, INTAKE_SECONDS.meaning, registry=registry)
