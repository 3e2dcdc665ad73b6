"""The door as tests meet it: a good event of each of some types, and changes to make it a bad one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from infra.edge import Admitted, Edge, Refused
from infra.queue.wire import Wire, unpack

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECEIVED = {"part": "SADDLE-1", "site": "plant", "location": "A-1", "quantity": {"amount": "5", "unit": "C62"}}
COUNTED = {**RECEIVED, "cut_off": "2026-01-01T00:00:00Z"}
SNAPSHOT = {
    "part": "SADDLE-1",
    "site": "plant",
    "cut_off": "2026-01-01T00:00:00Z",
    "lines": [{"location": "A-1", "quantity": {"amount": "5", "unit": "C62"}}],
}
ORDER = {
    "number": "4001",
    "supplier": "proseware",
    "currency": "EUR",
    "site": "plant",
    "lines": [{"line": 1, "part": "SADDLE-1", "quantity": {"amount": "5", "unit": "C62"}, "price": "3.5"}],
}
SUPPLIER = {"id": "proseware", "name": "Proseware"}
NUMBER = {"scheme": "gtin", "value": "4006381333931", "kind": "part", "id": "SADDLE-1"}
SITE = {"id": "plant", "name": "Plant", "zone": "Europe/Berlin"}
AGREEMENT = {"supplier": "proseware", "part": "SADDLE-1", "unit": "CT", "lead_time_days": 17}
CHANGE = {"number": "4001", "change": [{"line": 1, "due": "2026-05-01"}]}
REVERSED = {"part": "SADDLE-1", "site": "plant", "of": {"source": "wms", "id": "e-0"}}
RATE = {"base": "EUR", "quote": "USD", "rate": "1.1", "valid_from": "2026-01-01T00:00:00Z"}
CALENDAR = {"id": "works", "shifts": [{"start": "06:00", "end": "14:00"}]}
SAMPLES = {
    "Received": ("inventory", RECEIVED),
    "Counted": ("inventory", COUNTED),
    "StockSnapshot": ("inventory", SNAPSHOT),
    "PlacePurchaseOrder": ("suppliers", ORDER),
    "DefineSupplier": ("catalogue", SUPPLIER),
    "DefineCrossReference": ("catalogue", NUMBER),
    "DefineSite": ("catalogue", SITE),
    "DefineAgreement": ("catalogue", AGREEMENT),
    "ChangePurchaseOrder": ("suppliers", CHANGE),
    "CancelPurchaseOrder": ("suppliers", {"number": "4001"}),
    "Reversed": ("inventory", REVERSED),
    "DefineRate": ("catalogue", RATE),
    "DefineCalendar": ("catalogue", CALENDAR),
}


def event(name: str, data: Any = ..., **attributes: Any) -> bytes:
    """A good event of that type, but for what is said otherwise."""
    domain, sample = SAMPLES[name]
    told = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "wms",
        "type": f"lotone.{domain}.{name}.v1",
        "time": "2026-01-01T00:00:00Z",
        "data": sample if data is ... else data,
        **attributes,
    }
    return orjson.dumps({key: value for key, value in told.items() if value is not ...})


def admitted(edge: Edge, raw: bytes) -> Wire:
    answer = edge.admit(raw, NOW)
    assert isinstance(answer, Admitted), answer
    return unpack(answer.queued.body)


def refused(edge: Edge, raw: bytes) -> Refused:
    answer = edge.admit(raw, NOW)
    assert isinstance(answer, Refused)
    return answer


def with_(**changes: Any) -> Callable[[Any], Any]:
    """Some fields otherwise; ``...`` leaves one out."""
    return lambda sample: {name: value for name, value in {**sample, **changes}.items() if value is not ...}


def amount(told: Any, unit: str = "C62") -> Callable[[Any], Any]:
    return with_(quantity={"amount": told, "unit": unit})
