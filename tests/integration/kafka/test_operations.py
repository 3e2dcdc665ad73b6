"""Processes of the distributed form as operators meet them: metrics, health, logs, traces, and being told to end."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infra.metrics import CATALOGUE, DECIDING, KAFKA, PARTS_FAILED, PLANNING, RELAY, RELAY_LAG_FACTS
from infra.postgres import connect
from tests.integration.kafka.workers import Place, place
from tests.integration.scraping import held, scraped
from tests.plant import SITE, event, part

TRACE = "0af7651916cd43dd8448eb211c80319c"
PERSONAL = ("Lovelace", "Hopper", "Kovalevskaya", "Noether")
"""Whom the events of these tests tell of, each in another way."""


def port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def order(number: str, customer: str, **line: Any) -> bytes:
    """An order by somebody, in a trace."""
    schedule = {"schedule": 1, "quantity": {"amount": "1", "unit": "C62"}, "wanted": "2026-03-20"}
    told = {"line": 1, "part": "P-1", "site": "plant", "schedules": [schedule], **line}
    data = {"number": number, "customer": {"person": f"person/{number}", "value": customer}, "lines": [told]}
    return event("orders.PlaceOrder", f"place {number}", data, traceparent=f"00-{TRACE}-b7ad6b7169203331-01")


RECEIVED = event(
    "inventory.Received",
    "receipt",
    {
        "part": "P-1", "site": "plant", "location": "DOCK", "quantity": {"amount": "5", "unit": "C62"},
        "line": {"document": "PO-9", "line": 1},
    },
    traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
)  # fmt: skip


@pytest.fixture
def there(empty_database: str, broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    with place(empty_database, broker, prefix, tmp_path) as made:
        yield made


def test_workers_planner_and_relay_tell_what_they_do_and_how_they_are(there: Place) -> None:
    ports = [port() for _ in range(4)]
    json = {"LOTONE_LOG_FORMAT": "json", "LOTONE_LOG_LEVEL": "debug"}
    told = [{"LOTONE_METRICS_PORT": number, **json} for number in ports]
    there.worker("catalogue", **told[0])
    there.publish_when_ready("catalogue", [SITE, part("P-1")])
    there.worker("inventory", **told[1])
    there.worker("supplier", **json)
    there.worker("order", **json)
    there.relay(**told[2])
    there._start("planner", ["projections.planning"], told[3])
    there.publish("inventory", [RECEIVED, RECEIVED, b'{"who": "Grace Hopper"}'])
    there.publish("orders", [order("SO-1", "Ada Lovelace"), order("SO-2", "Kovalevskaya", part=7)])
    there.publish("orders", [b"Emmy Noether, not JSON", event("orders.Nothing", "n", {"who": "Noether"})])
    there.until(lambda: there.outcomes("lotone/inventory/0") or there.outcomes("lotone/inventory/1"))
    there.until(lambda: in_trace(there) >= {"StockReceived", "OrderPlaced"})
    there.until(lambda: refusals(there) == 4)
    there.until(lambda: planned(there))
    there.until(lambda: unpublished(there) == 0)
    addresses = [f"http://127.0.0.1:{number}" for number in ports]
    by_process = [scraped(address) for address in addresses]
    of = {who: [one for one in CATALOGUE if one.told_by == who] for who in (DECIDING, PLANNING, RELAY, KAFKA)}
    held(by_process[1], [*of[DECIDING], *of[KAFKA], PARTS_FAILED])
    held(by_process[2], [*of[RELAY], *of[KAFKA], PARTS_FAILED])
    held(by_process[3], [*of[PLANNING], PARTS_FAILED])
    there.until(lambda: scraped(addresses[2])["lotone_relay_lag_facts"][0].value == 0)
    assert [RELAY_LAG_FACTS.name in told for told in by_process] == [False, False, True, False], "nobody else knows"
    for address in addresses:
        assert httpx.get(f"{address}/healthz").json() == {"status": "alive", "troubles": []}
        assert httpx.get(f"{address}/nowhere").status_code == 404
    ended(there)
    logged(there)


def in_trace(there: Place) -> set[str]:
    """The types of the facts of the trace."""
    with connect(there.dsn) as connection:
        rows = connection.execute("SELECT type FROM lotone.fact WHERE traceparent LIKE %s", [f"00-{TRACE}-%"])
        return {type_ for (type_,) in rows.fetchall()}


def refusals(there: Place) -> int:
    with connect(there.dsn) as connection:
        found = connection.execute("SELECT count(*) FROM lotone.rejected").fetchone()
        return int(found[0]) if found else 0


def planned(there: Place) -> bool:
    return there.facts("CutTaken") > 0


def unpublished(there: Place) -> int:
    """Facts that the relay hasn't published yet."""
    with connect(there.dsn) as connection:
        found = connection.execute(
            """
            SELECT sum(shard.head - coalesce(cursor.position, 0)) FROM lotone.shard
            LEFT JOIN lotone.reader_cursor AS cursor ON cursor.domain = shard.domain AND cursor.shard = shard.shard
                                                    AND cursor.reader = %s
            """,
            [f"relay/{there.prefix}"],
        ).fetchone()
        return int(found[0]) if found else -1


def ended(there: Place) -> None:
    """Every process ends well when it is told to, and leaves nothing half done."""
    for process in there.running:
        process.send_signal(signal.SIGTERM)
    for process in there.running:
        assert process.wait(30) == 0, there.log(process)[-3000:]


def logged(there: Place) -> None:
    """Each line is an object that says what, when and where; no name of a person is in it, but ids and traces are."""
    everything = "".join(there.log(process) for process in there.running)
    for line in everything.splitlines():
        told = orjson.loads(line)
        assert {"event", "level", "logger", "timestamp"} <= set(told), line
    assert not [name for name in PERSONAL if name in everything]
    assert not re.search(r"Traceback|amount|C62", everything)
    assert TRACE in everything
    assert '"event": "refused"' in everything
