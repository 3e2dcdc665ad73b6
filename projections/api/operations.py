"""Is it alive, is it ready, how far behind is it: /healthz, /readyz, /metrics."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from infra import metrics
from infra.cursors import PostgresCursors
from infra.errors import Transient
from infra.ledger.port import Cursor
from infra.planner import READER
from infra.postgres import PROMPT, guarded
from infra.process import told as planning
from infra.queue.port import COMMANDS, INTAKE
from projections.api.readiness import Readiness, reached, readiness
from projections.api.system import Front, System, system_of
from projections.lag import lags
from projections.views import BY_NAME

router = APIRouter(tags=["operations"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers. Whether it does its work is what /readyz says."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Something doesn't run: `failures`"}})
def readyz(request: Request, response: Response) -> Readiness:
    """Whether everything that should run does, and the true lag of each view."""
    found = readiness(system_of(request))
    if not found.ready:
        response.status_code = 503
    return found


class SystemCollector(Collector):
    """Reads the gauges when they are asked for."""

    def __init__(self, system: Front) -> None:
        self._system = system

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: to know the names, nobody need ask the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge of the catalogue; without the database, only what needs none."""
        yield metrics.gauge(metrics.PARTS_FAILED, (((), len(self._system.failures())),))
        if isinstance(self._system, System):
            yield from planning(self._system.planner)
        try:
            reached(self._system.dsn)
            yield from list(self._stored())
        except Transient:
            return

    def _stored(self) -> Iterator[GaugeMetricFamily]:
        system = self._system
        offsets = system.ledger.offsets()
        yield metrics.gauge(
            metrics.LEDGER_HEAD,
            (((domain, str(shard)), cursor.position) for (domain, shard), cursor in system.ledger.heads().items()),
        )
        yield metrics.gauge(
            metrics.QUEUE_BACKLOG,
            (
                ((kind, domain, str(shard)), end - offsets.get((domain, shard), {}).get(kind, 0))
                for kind in (INTAKE, COMMANDS)
                for (domain, shard), end in system.queue.ends(kind).items()
            ),
        )
        found = lags(system.dsn, system.ledger, tuple(BY_NAME), system.clock())
        yield metrics.gauge(metrics.VIEW_LAG_FACTS, (((lag.view,), lag.facts) for lag in found))
        yield metrics.gauge(metrics.VIEW_LAG_SECONDS, (((lag.view,), lag.seconds) for lag in found))
        yield metrics.gauge(metrics.VIEW_FAILED, (((lag.view,), float(lag.failed is not None)) for lag in found))
        parked, rejected = _counts(system)
        yield metrics.gauge(metrics.PARKED, (((domain,), parked.get(domain, 0)) for domain in system.genesis.shards))
        yield metrics.gauge(metrics.REJECTED, (((), rejected),))
        yield metrics.gauge(metrics.PLANNER_LAG_FACTS, (((), _unplanned(system)),))
        epochs, readers = _stood(system)
        yield metrics.gauge(metrics.SHARD_EPOCH, epochs)
        yield metrics.gauge(metrics.READER_LAG_FACTS, readers)


def _unplanned(system: Front) -> int:
    looked = PostgresCursors(system.connections).load(READER)
    return sum(head.position - looked.get(place, Cursor()).position for place, head in system.ledger.heads().items())


def _counts(system: Front) -> tuple[dict[str, int], int]:
    """Parked events by domain, and the highest number of a refusal."""
    with guarded("counting"), system.connections.connection(PROMPT) as connection:
        parked = connection.execute("SELECT domain, count(*) FROM lotone.parked GROUP BY domain").fetchall()
        highest = connection.execute("SELECT coalesce(max(number), 0) FROM lotone.rejected").fetchone()
    return dict(parked), int(highest[0]) if highest else 0


_EPOCHS = "SELECT domain, shard, epoch FROM lotone.shard ORDER BY domain, shard"
_READERS = """
    SELECT who.reader, sum(shard.head - coalesce(cursor.position, 0))
    FROM lotone.shard
    JOIN (SELECT DISTINCT 'reactions/' || domain AS reader, domain FROM lotone.shard
          UNION
          SELECT relay.reader, every.domain
          FROM lotone.shard AS every, lotone.reader_cursor AS relay
          WHERE relay.reader LIKE 'relay/%') AS who USING (domain)
    LEFT JOIN lotone.reader_cursor AS cursor
           ON cursor.reader = who.reader AND cursor.domain = shard.domain AND cursor.shard = shard.shard
    GROUP BY who.reader
    ORDER BY who.reader
"""
_Told = list[tuple[tuple[str, ...], float]]


def _stood(system: Front) -> tuple[_Told, _Told]:
    """How many owners each shard has had, and how far those are behind that pass facts on."""
    with guarded("counting"), system.connections.connection(PROMPT) as connection:
        epochs = connection.execute(_EPOCHS).fetchall()
        readers = connection.execute(_READERS).fetchall()
    told: _Told = [((domain, str(shard)), epoch) for domain, shard, epoch in epochs]
    return told, [((reader,), float(behind)) for reader, behind in readers]


def registry(system: Front) -> tuple[CollectorRegistry, metrics.DoorMetrics]:
    """A registry of this system's own, so that two systems in one process don't mix."""
    found = CollectorRegistry()
    found.register(SystemCollector(system))
    return found, metrics.DoorMetrics(found)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def prometheus(request: Request) -> Any:
    """Prometheus metrics; ``infra/metrics.py`` is their catalogue."""
    told = generate_latest(request.app.state.registry) + generate_latest(metrics.PROCESS)
    return Response(told, media_type=CONTENT_TYPE_LATEST)
