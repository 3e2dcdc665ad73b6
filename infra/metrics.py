"""Every metric there is, in one list: its name, kind, unit, labels, what it means, and which processes tell it.

Labels have few values, all known beforehand: domains, shards, views, addresses as they are written in the code. No
label holds an id, a name or anything else that an event says.

What a process counts as it goes is in ``PROCESS``; the instruments below are named after their entries. What is read
from the database when somebody asks is told by the API (``projections/api/operations.py``).
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily

Kind = Literal["counter", "gauge", "histogram"]
API, DECIDING, PLANNING, RELAY = "the API", "services and planner", "the planner", "the relay"
KAFKA: Final = "whoever writes to Kafka"


class Metric(NamedTuple):
    """One entry. A counter's samples have ``_total`` behind the name. ``lotone up`` is all processes in one."""

    name: str
    kind: Kind
    unit: str
    told_by: str
    meaning: str
    labels: tuple[str, ...] = ()


EVENTS_TAKEN: Final = Metric("lotone_events_taken", "counter", "events", API, "Events made durable at the door")
EVENTS_INVALID: Final = Metric("lotone_events_invalid", "counter", "events", API, "Events refused at the door")
INTAKE_SECONDS: Final = Metric(
    "lotone_intake_seconds", "histogram", "seconds", API, "From a request's arrival to all its events being durable"
)
HTTP_REQUESTS: Final = Metric(
    "lotone_http_requests", "counter", "requests", API, "Requests answered", ("method", "route", "status")
)
HTTP_SECONDS: Final = Metric(
    "lotone_http_seconds", "histogram", "seconds", API, "From a request's arrival to its answer's end", ("route",)
)
LEDGER_HEAD: Final = Metric("lotone_ledger_head", "gauge", "facts", API, "Facts in a shard", ("domain", "shard"))
SHARD_EPOCH: Final = Metric(
    "lotone_shard_epoch", "gauge", "owners", API, "How many owners a shard has had", ("domain", "shard")
)
QUEUE_BACKLOG: Final = Metric(
    "lotone_queue_backlog", "gauge", "messages", API, "Messages not taken yet", ("kind", "domain", "shard")
)
VIEW_LAG_FACTS: Final = Metric(
    "lotone_view_lag_facts", "gauge", "facts", API, "Facts that a view hasn't folded yet", ("view",)
)
VIEW_LAG_SECONDS: Final = Metric(
    "lotone_view_lag_seconds", "gauge", "seconds", API, "Age of the oldest fact a view hasn't folded", ("view",)
)
VIEW_FAILED: Final = Metric(
    "lotone_view_failed", "gauge", "0 or 1", API, "1 when a view has stopped at a fact that it can't fold", ("view",)
)
READER_LAG_FACTS: Final = Metric(
    "lotone_reader_lag_facts", "gauge", "facts", API, "Facts that the reactions or the relay haven't passed on yet",
    ("reader",),
)  # fmt: skip
PARKED: Final = Metric(
    "lotone_parked", "gauge", "events", API, "Events waiting for something to become known", ("domain",)
)
REJECTED: Final = Metric(
    "lotone_rejected", "gauge", "refusals", API, "The highest number of a refusal: about how many there ever were"
)
PLANNER_LAG_FACTS: Final = Metric(
    "lotone_planner_lag_facts", "gauge", "facts", API, "Facts that no planner has looked at yet"
)
PARTS_FAILED: Final = Metric(
    "lotone_parts_failed", "gauge", "parts", "every process", "Parts that have stopped and shouldn't have"
)
MESSAGES: Final = Metric(
    "lotone_messages", "counter", "messages", DECIDING,
    "Messages by what became of them: decided, parked, rejected or repeated; one that was parked ends once more later",
    ("domain", "outcome"),
)  # fmt: skip
FACTS_APPENDED: Final = Metric("lotone_facts_appended", "counter", "facts", DECIDING, "Facts appended", ("domain",))
APPEND_SECONDS: Final = Metric(
    "lotone_append_seconds", "histogram", "seconds", DECIDING, "One append: facts, offsets and outcomes, synced"
)
APPEND_MESSAGES: Final = Metric("lotone_append_messages", "histogram", "messages", DECIDING, "Messages of one append")
SHARDS_CLAIMED: Final = Metric(
    "lotone_shards_claimed", "counter", "claims", DECIDING,
    "How often this process became the owner of a shard, anew after troubles too", ("domain",),
)  # fmt: skip
COMMANDS_SENT: Final = Metric(
    "lotone_commands_sent", "counter", "commands", DECIDING, "Commands that followed from facts, by whose facts",
    ("domain",),
)  # fmt: skip
PLANNER_CUTS: Final = Metric("lotone_planner_cuts", "gauge", "cuts", PLANNING, "Cuts that this process has taken")
PLANNER_FACTS: Final = Metric("lotone_planner_facts", "gauge", "facts", PLANNING, "Facts of these cuts")
PLANNER_SECONDS: Final = Metric(
    "lotone_planner_seconds", "gauge", "seconds", PLANNING, "Seconds spent reading, deciding, appending", ("stage",)
)
PLANNER_LEASE: Final = Metric(
    "lotone_planner_lease", "gauge", "0 or 1", PLANNING, "1 while this process holds the lease, 0 in standby"
)
RELAY_LAG_FACTS: Final = Metric(
    "lotone_relay_lag_facts", "gauge", "facts", RELAY, "Facts that weren't published yet when last looked at"
)
KAFKA_PUBLISHED: Final = Metric("lotone_kafka_published", "counter", "records", KAFKA, "Records acknowledged by Kafka")
KAFKA_PUBLISH_SECONDS: Final = Metric(
    "lotone_kafka_publish_seconds", "histogram", "seconds", KAFKA, "From handing records over to all being acknowledged"
)

CATALOGUE: Final = (
    EVENTS_TAKEN,
    EVENTS_INVALID,
    INTAKE_SECONDS,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    LEDGER_HEAD,
    SHARD_EPOCH,
    QUEUE_BACKLOG,
    VIEW_LAG_FACTS,
    VIEW_LAG_SECONDS,
    VIEW_FAILED,
    READER_LAG_FACTS,
    PARKED,
    REJECTED,
    PLANNER_LAG_FACTS,
    PARTS_FAILED,
    MESSAGES,
    FACTS_APPENDED,
    APPEND_SECONDS,
    APPEND_MESSAGES,
    SHARDS_CLAIMED,
    COMMANDS_SENT,
    PLANNER_CUTS,
    PLANNER_FACTS,
    PLANNER_SECONDS,
    PLANNER_LEASE,
    RELAY_LAG_FACTS,
    KAFKA_PUBLISHED,
    KAFKA_PUBLISH_SECONDS,
)
_SIZES: Final = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)

PROCESS: Final = CollectorRegistry()
"""What this process counts as it goes."""


disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, in no catalogue


def _counter(metric: Metric) -> Counter:
    return Counter(metric.name, metric.meaning, metric.labels, registry=PROCESS)


def _histogram(metric: Metric, buckets: tuple[float, ...] = Histogram.DEFAULT_BUCKETS) -> Histogram:
    return Histogram(metric.name, metric.meaning, metric.labels, registry=PROCESS, buckets=buckets)


messages: Final = _counter(MESSAGES)
facts_appended: Final = _counter(FACTS_APPENDED)
append_seconds: Final = _histogram(APPEND_SECONDS)
append_messages: Final = _histogram(APPEND_MESSAGES, _SIZES)
shards_claimed: Final = _counter(SHARDS_CLAIMED)
commands_sent: Final = _counter(COMMANDS_SENT)
kafka_published: Final = _counter(KAFKA_PUBLISHED)
kafka_publish_seconds: Final = _histogram(KAFKA_PUBLISH_SECONDS)


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
        self.requests = Counter(HTTP_REQUESTS.name, HTTP_REQUESTS.meaning, HTTP_REQUESTS.labels, registry=registry)
        self.answering = Histogram(HTTP_SECONDS.name, HTTP_SECONDS.meaning, HTTP_SECONDS.labels, registry=registry)


def table() -> str:
    """The catalogue for people, in Markdown: what ``docs/metrics.md`` holds."""
    rows = [
        f"| `{one.name}{'_total' if one.kind == 'counter' else ''}` | {one.kind} | {one.unit} | "
        f"{', '.join(one.labels) or '-'} | {one.told_by} | {one.meaning} |"
        for one in CATALOGUE
    ]
    head = ["| metric | kind | unit | labels | told by | meaning |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])
