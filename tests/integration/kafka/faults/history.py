"""What upstream systems tell while everything dies: stock moves, purchases are received and inspected, transfers travel
as shipments, bicycles are ordered and planned; some of it is told twice, some waits for what comes later or never, some
is not fit. Same seed, same bytes."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import orjson

from benchmarks import load, maker
from events.codec import encode
from events.model import Payload

SOURCE: Final = "faults/upstream"
PARTS: Final = 200
ORDERS: Final = 300
"""Bicycles at most; each comes to dozens of decisions."""
MOST: Final = 3 * ORDERS
"""Those that more is told of included."""
TALKED_OF: Final = 10
"""Parts whose terms change again and again."""
BEGINS: Final = load.START
BUSINESS: Final = 0.36
"""What part of the events begins something that others follow on; the rest are moves of stock."""
DEPOT: Final = "depot"


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and where it is published. ``fits`` says whether it passes the door."""

    domain: str
    id: str
    raw: bytes
    fits: bool = True
    source: str = SOURCE


def of(body: Payload, id: str, time: datetime = BEGINS) -> Told:
    """A payload as an event."""
    return _event(f"{body.DOMAIN}.{type(body).__name__}", id, orjson.loads(encode(body)), time)


def _event(type_: str, id: str, data: dict[str, Any], time: datetime = BEGINS, fits: bool = True) -> Told:
    return Told(type_.partition(".")[0], id, load.event(SOURCE, id, type_, time, data), fits)


def beginning(orders: int) -> Iterator[Told]:
    """Master data and what lies there."""
    for raw in load.catalogue(PARTS):
        yield _raw(raw)
    locations = [{"id": name, "name": name} for name in load.LOCATIONS]
    yield _event("catalogue.DefineSite", "depot", {
        "id": DEPOT, "name": "Depot", "zone": "Europe/Berlin", "locations": locations,
    })
    yield _event("catalogue.DefineSupplier", "acme", {"id": "ACME", "name": "Acme"})
    for n, body in enumerate((*maker.master_data(), *maker.supply(orders))):
        yield of(body, f"begin-{n}")


def _raw(raw: bytes, fits: bool = True) -> Told:
    told = orjson.loads(raw)
    return Told(told["type"].split(".")[1], told["id"], raw, fits, told["source"])


@dataclass
class History:
    """So many events, in the order they are told; and ``more`` of the same, for who needs them."""

    count: int
    seed: int
    more: int = 0
    _chance: Random = field(init=False)
    _later: list[tuple[int, int, Told]] = field(default_factory=list, init=False)
    """What follows on something told, by when it is told."""
    _told: int = field(default=0, init=False)
    _queued: int = field(default=0, init=False)

    @property
    def first(self) -> int:
        """Master data and what lies there: how many events come before all others."""
        return sum(1 for _ in beginning(self.orders))

    @property
    def orders(self) -> int:
        """How many bicycles are ordered."""
        return max(2, min(ORDERS, self.count // 100))

    def __iter__(self) -> Iterator[Told]:
        self._chance = Random(self.seed)
        moves = load.movements(self.count + self.more, PARTS, seed=self.seed % 100 + 1, source=SOURCE)
        ordered = maker.orders(MOST)
        each = self.count // self.orders
        for n, told in enumerate(beginning(self.orders)):
            if n == self.count:
                return
            self._told += 1
            yield told
        last: Told | None = None
        while self._told < self.count + self.more:
            self._told += 1
            if self._told % each == 0 and (body := next(ordered, None)) is not None:
                last = of(body, f"order-{body.number}")
            elif self._later and self._later[0][0] <= self._told:
                last = heapq.heappop(self._later)[2]
            else:
                last = self._new(self._chance.random(), last) or _raw(next(moves))
            yield last

    def _new(self, draw: float, last: Told | None) -> Told | None:
        """Something that begins; none is a move of stock."""
        n = self._told
        if draw < 0.01 and last is not None:
            return last  # said once more
        if draw < 0.013:
            return _event("inventory.Received", f"unfit-{n}", {"part": "", "colour": "red"}, fits=False)
        if draw < 0.02:
            return self._unknown(n)
        if draw < 0.025:
            return _event("catalogue.DefinePart", f"new-{n}", _part(f"NEW-{n}"))
        if draw < 0.03:
            return of(maker.terms("ACME", load.part(n % TALKED_OF), 5 + n % 9, 7), f"terms-{n}")
        if draw < BUSINESS / 4:
            return self._purchase(n)
        if draw < BUSINESS / 3:
            return self._transfer(n)
        return None

    def _soon(self, told: Told, most: int = 400) -> None:
        self._queued += 1
        heapq.heappush(self._later, (self._told + self._chance.randint(1, most), self._queued, told))

    def _unknown(self, n: int) -> Told:
        """Of a part that is told of later; of every third nobody ever tells."""
        name = f"LATER-{n}"
        if n % 3:
            self._soon(_event("catalogue.DefinePart", f"later-{n}", _part(name)))
        return _event("inventory.Received", f"early-{n}", _stock(name, 5))

    def _purchase(self, n: int) -> Told:
        """Ordered, received into inspection, decided on."""
        part, lot = load.part(n % PARTS), f"L{n}"
        line = {"line": 1, "part": part, "quantity": {"amount": "5", "unit": "CT"}}
        received = {**_stock(part, 30), "status": "inspection", "lot": lot, "line": {"document": f"PO-{n}", "line": 1}}
        if n % 4 == 0:
            sent = {**line, "purchase": {"document": f"PO-{n}", "line": 1}}
            self._soon(_event("logistics.Announced", f"asn-{n}", {
                "shipment": f"ASN-{n}", "supplier": "ACME", "site": load.SITE, "lines": [sent],
            }), 100)
        self._soon(_event("inventory.Received", f"gr-{n}", received))
        good, bad = ({"amount": amount, "unit": "C62"} for amount in ("29", "1"))
        place = {"part": part, "site": load.SITE, "location": "DOCK", "lot": lot}
        self._soon(_event("inventory.Inspected", f"qc-{n}", {**place, "accepted": good, "rejected": bad}), 900)
        return _event("suppliers.PlacePurchaseOrder", f"po-{n}", {
            "number": f"PO-{n}", "supplier": "ACME", "site": load.SITE, "currency": "EUR", "lines": [line],
        })

    def _transfer(self, n: int) -> Told:
        """Planned, sent and taken in."""
        part, amount = load.part(n % PARTS), {"amount": "3", "unit": "C62"}
        sent = {**_stock(part, 3), "to_site": DEPOT, "transfer": f"T-{n}"}
        self._soon(_event("inventory.TransferSent", f"sent-{n}", sent))
        taken_in = {"part": part, "site": DEPOT, "location": "DOCK", "transfer": f"T-{n}", "quantity": amount}
        self._soon(_event("inventory.TransferArrived", f"in-{n}", taken_in), 900)
        return _event("logistics.PlanShipment", f"plan-{n}", {
            "shipment": f"T-{n}", "purpose": "transfer", "from_node": f"site/{load.SITE}", "to_node": f"site/{DEPOT}",
            "lines": [{"line": 1, "part": part, "quantity": amount}],
            "depart_at": datetime(2026, 6, 1, tzinfo=UTC).isoformat(),
            "arrive_at": datetime(2026, 6, 3, tzinfo=UTC).isoformat(),
        })


def _part(name: str) -> dict[str, Any]:
    return {"id": name, "name": name, "unit": "C62", "make_or_buy": "buy"}


def _stock(part: str, amount: int) -> dict[str, Any]:
    quantity = {"amount": str(amount), "unit": "C62"}
    return {"part": part, "site": load.SITE, "location": "DOCK", "quantity": quantity}
