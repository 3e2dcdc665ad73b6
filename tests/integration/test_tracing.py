"""An upstream event's trace goes with it to the last fact that it causes: across services, and through the planner."""

from collections import defaultdict

import orjson

from events.codec import decode, encode
from events.register import DOMAINS, entry
from infra.ledger.port import Ledger
from tests.bikes import MASTER_DATA
from tests.integration.commands import Place, Served
from tests.plant import event

TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"


def traceparent(trace: str) -> str:
    return f"00-{trace}-b7ad6b7169203331-01"


def placed(number: str, trace: str, part: str = "BIKE") -> bytes:
    schedule = {"schedule": 1, "quantity": {"amount": "1", "unit": "C62"}, "wanted": "2026-03-20"}
    line = {"line": 1, "part": part, "schedules": [schedule], "site": "plant"}
    told = {"number": number, "destination": "zone/NORTH", "lines": [line]}
    return event("orders.PlaceOrder", f"place {number}", told, traceparent=traceparent(trace))


def master_data(api: Served) -> None:
    for number, payload in enumerate(MASTER_DATA):
        name = entry(type(payload)).wire.removeprefix("lotone.").removesuffix(".v1")
        api.publish(event(name, f"master {number}", orjson.loads(encode(payload))))
    api.settled()


def by_trace(ledger: Ledger) -> dict[str, dict[str, list[str]]]:
    """The types of the facts of each trace, by domain."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for domain in DOMAINS:
        for shard in range(ledger.genesis().shards[domain]):
            for at in ledger.scan(domain, shard):
                trace = at.traceparent.split("-")[1] if at.traceparent else "none"
                found[trace][domain].append(type(decode(at)).__name__)
    return found


def test_every_fact_that_an_event_causes_is_in_its_trace(place: Place) -> None:
    with place.up() as api:
        master_data(api)
        with place.store() as base:
            before = by_trace(base.ledger)["none"]
        api.publish(placed("SO-1", TRACE))
        api.settled()
        with place.store() as base:
            found = by_trace(base.ledger)
        assert found["none"].pop("planning") == ["CutTaken"], "the first cut read all master data too"
        assert found["none"] == before, "everything else that came since is in the trace"
        told = found[TRACE]
        assert "OrderAccepted" in told["orders"]
        assert "RunScheduled" in told["orders"], "a command of the planner's, decided by another service"
        assert {"RequirementRouted", "RunPlanned", "SupplyPegged"} <= set(told["planning"])


def test_two_orders_at_once_keep_their_traces_apart(place: Place) -> None:
    with place.up() as api:
        master_data(api)
        api.publish(placed("SO-1", TRACE), placed("SO-2", OTHER))
        api.settled()
        with place.store() as base:
            for trace, number in ((TRACE, "SO-1"), (OTHER, "SO-2")):
                facts = [at for at in base.ledger.scan("planning", 0) if f"order/{number}/" in at.stream]
                assert facts
                assert {at.traceparent for at in facts} == {traceparent(trace)}
