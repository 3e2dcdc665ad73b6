"""Whole histories, told to all services at once and disturbed on the way: what may be said, and how it is played.

A history is a list of steps: something is told (new, again, or the same id with other content), and then something
happens to whoever decides. ``play`` tells it to a plant in memory. Played ``calmly``, the same is told, and the same
batches are cut, but nothing is disturbed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from hypothesis import strategies as st

from events.catalogue import messages as c
from events.catalogue.parts import MakeOrBuy
from events.catalogue.places import Location
from events.codec import encode
from events.inventory import messages as m
from events.inventory.accounts import EventRef
from events.model import Payload
from events.suppliers import messages as s
from events.values import Line, Some, Status
from infra.cursors import MemoryCursors
from infra.edge import Admitted
from infra.errors import Conflict, Transient
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Batch, Cursor, Ledger
from infra.queue.port import Queue
from infra.queue.wire import unpack
from infra.runtime import Limits
from tests.plant import SHARDS, Plant, event
from tests.properties import stock_histories as stock
from tests.scenario import day

PARTS, SITES, ORDERS = ("P", "Q"), ("S", "T"), ("1", "2")
Key = tuple[str, str]

# -- what may be said ------------------------------------------------------------------------------------------

DEFINITIONS: tuple[Payload, ...] = (
    *(
        c.DefineSite(id=site, name=site, zone="Europe/Berlin", locations=(Location(id="A"), Location(id="B")))
        for site in SITES
    ),
    *(c.DefinePart(id=part, name=part, unit="KGM", make_or_buy=MakeOrBuy.BUY) for part in PARTS),
    *(c.DefineConversion(part=part, unit="CT", numerator=12) for part in PARTS),
    c.DefineSupplier(id="V", name="V"),
)
"""All that anything refers to. Each is told at some time, or else at the end."""

# One stock is told of more often than the others, so that more is said about the same.
parts, sites, orders = st.sampled_from("PPPQ"), st.sampled_from("SSST"), st.sampled_from(ORDERS)
an_event = st.sampled_from([*range(12), -1, -1, -1]).map(lambda steps: EventRef(source="test", id=f"back-{steps}"))
some = st.one_of(stock.some, stock.some, st.integers(1, 3).map(lambda cartons: Some.of(cartons, "CT")))
lines = st.integers(1, 2)
dates = st.integers(-2, 20).map(lambda days: day(days).date())
usable = st.sampled_from([Status.AVAILABLE, Status.INSPECTION])
where = {"part": parts, "site": sites}


def _elsewhere(body: Any, part: str, site: str) -> Any:
    return body.model_copy(update={"part": part, "site": site})


movements = stock.movements.filter(lambda body: not isinstance(body, m.TransferSent))
moved = st.builds(_elsewhere, st.one_of(stock.plenty, movements, stock.statements, stock.claimed), parts, sites)
received = st.builds(
    m.Received, **where, location=stock.locations, quantity=some, status=usable,
    line=st.builds(Line, document=orders, line=lines),
)
inspected = st.builds(
    m.Inspected, **where, location=stock.locations, accepted=stock.quantities, rejected=stock.quantities,
    receipt=an_event,
)
returned = st.builds(
    m.ReturnedToVendor, **where, location=stock.locations, quantity=stock.some, supplier=st.just("V"),
    status=stock.usable, receipt=an_event,
)
reversals = st.builds(m.Reversed, **where, of=an_event)
sent = st.builds(
    m.TransferSent, **where, location=stock.locations, quantity=stock.some, to_site=sites, transfer=st.just("t-1")
)
order_lines = st.lists(
    st.builds(s.OrderLine, line=lines, part=parts, quantity=some, due=st.none() | dates),
    min_size=1, max_size=2, unique_by=lambda line: line.line,
).map(tuple)
promises = st.lists(st.builds(s.Promise, quantity=some, promised=dates), max_size=2).map(tuple)
purchasing = st.one_of(
    st.builds(
        s.PlacePurchaseOrder, number=orders, supplier=st.just("V"), currency=st.just("EUR"), site=st.just("S"),
        lines=order_lines, approval=st.sampled_from(s.Approval),
    ),
    st.builds(s.ChangePurchaseOrder, number=orders, add=order_lines),
    st.builds(s.CancelPurchaseOrder, number=orders),
    st.builds(s.Closed, number=orders),
    st.builds(
        s.Confirmed, number=orders,
        lines=st.tuples(st.builds(s.ConfirmedLine, line=lines, schedule=promises)),
    ),
    st.builds(
        s.Shipped, number=orders, despatch=st.sampled_from(["D1", "D2"]),
        lines=st.tuples(st.builds(s.ShippedLine, line=lines, quantity=some)),
    ),
    st.builds(s.ReceiptReported, number=orders, line=lines, received=some, part=st.none() | parts),
    st.builds(s.SupplierDown, supplier=st.just("V")),
    st.builds(s.SupplierBack, supplier=st.just("V")),
)
agreed = st.builds(s.AgreementChanged, supplier=st.just("V"), part=parts, unit=st.just("CT"), minimum=stock.amounts)


def often(**times: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of these, each as often as it says: ``one_of`` takes no notice of how often it is told of one."""
    names = [name for name, (count, _) in times.items() for _ in range(count)]
    return st.sampled_from(names).flatmap(lambda name: times[name][1])


a_claim = often(fill=(1, stock.fill), reserved=(2, stock.reserved))
"""Stock, and claims on it."""
pressed = often(claim=(1, a_claim), pressed=(3, stock.pressed))
"""Much is claimed of one stock, and then much is taken."""
at_one_shard = often(
    moved=(3, moved), pressed=(4, pressed), received=(2, received), inspected=(1, inspected), returned=(1, returned),
    reversed=(2, reversals), purchasing=(3, purchasing),
)
"""What asks nothing of the catalogue or of another site's stock: those shards are then decided from their intake."""
anything = often(at_one_shard=(8, at_one_shard), sent=(2, sent), agreed=(1, agreed))


@dataclass(frozen=True)
class New:
    """Something that wasn't told before."""

    body: Payload
    at: datetime


@dataclass(frozen=True)
class Again:
    """What was told so many steps ago: word for word, or with another body for the same id."""

    back: int
    other: Payload | None = None


@dataclass(frozen=True)
class Step:
    """Something is told; then ``after`` happens."""

    told: New | Again
    after: str


AFTER = ("", "", "", "", "", "step", "step", "settle", "restart", "lose", "doubt", "resend", "later", "back")
"""Nothing; a batch is cut; all is worked off; a new process takes over; an append fails, or was committed although it
seemed to fail; commands are sent twice; time passes; the clock is set back."""


def histories(bodies: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Step]]:
    """Histories of these bodies, with definitions, repeats and contradictions among them."""
    news = st.builds(New, bodies, stock.times)
    defined = st.builds(New, st.sampled_from(DEFINITIONS), st.just(day(0)))
    again = st.builds(Again, st.integers(0, 12), often(same=(2, st.none()), other=(1, bodies)))
    told = often(news=(9, news), defined=(2, defined), again=(2, again))
    steps = st.lists(st.builds(Step, told, st.sampled_from(AFTER)), min_size=20, max_size=45)
    claimed = st.lists(st.builds(Step, st.builds(New, a_claim, stock.times), st.just("")), min_size=3, max_size=9)
    return st.builds(lambda first, then: first + then, claimed, steps)


# -- how it is played ------------------------------------------------------------------------------------------


class Doubtful(MemoryLedger):
    """Fails the next append on demand: before it is written (``lose``), or after (``doubt``)."""

    next = ""

    def append(self, batches: Sequence[Batch]) -> None:
        how, self.next = self.next, ""
        if how == "lose":
            raise Conflict("nothing was written")
        super().append(batches)
        if how == "doubt":
            raise Transient("it was written, and nobody heard so")


class Forgetful(MemoryCursors):
    """Forgets to remember one place on demand."""

    forget = False

    def save(self, reader: str, domain: str, shard: int, cursor: Cursor) -> None:
        if self.forget:
            self.forget = False
            raise Transient("commands were put, and the cursor wasn't moved")
        super().save(reader, domain, shard, cursor)


@dataclass
class Played:
    """A plant after a history, and every delivery to it, in order: its key and its digest."""

    ledger: Doubtful
    plant: Plant
    limits: Limits
    calmly: bool = False
    deliveries: list[tuple[Key, bytes]] = field(default_factory=list)
    bodies: dict[str, Payload] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)

    def tell(self, told: New | Again) -> None:
        """Publish it."""
        if isinstance(told, New):
            self._publish(*self._new(told))
        elif self.raw:
            before = self.raw[-1 - told.back % len(self.raw)]
            if told.other is None:
                self._publish(before)
            else:
                whole = orjson.loads(before)
                other = orjson.loads(_raw(whole["id"], told.other, day(0)))
                self._publish(orjson.dumps({**other, "time": whole["time"]}))

    def _new(self, told: New) -> tuple[bytes]:
        defined = told.body in DEFINITIONS
        id_ = f"d-{DEFINITIONS.index(told.body)}" if defined else f"m-{len(self.bodies) + 1}"
        body = told.body if defined else self._aimed(told.body)
        self.bodies[id_] = body
        return (_raw(id_, body, told.at),)

    def _aimed(self, body: Payload) -> Payload:
        """What names an event so many steps back names one of the same stream; or else the one that is told next."""
        name = "of" if isinstance(body, m.Reversed) else "receipt"
        event_ref = getattr(body, name, None)
        if not isinstance(event_ref, EventRef):
            return body
        same = [id_ for id_, other in self.bodies.items() if other.stream == body.stream]
        steps = int(event_ref.id.removeprefix("back-"))
        id_ = same[-1 - steps % len(same)] if same and steps >= 0 else f"m-{len(self.bodies) + 2}"
        return body.model_copy(update={name: EventRef(source="test", id=id_)})

    def _publish(self, raw: bytes) -> None:
        [found] = self.plant.publish(raw)
        assert isinstance(found, Admitted), found
        self.raw.append(raw)
        wire = unpack(found.queued.body)
        self.deliveries.append(((wire.source, wire.id), wire.digest))

    def then(self, after: str) -> None:
        """What happens to whoever decides."""
        match after:
            case "settle":
                self.plant.settle()
            case "restart" if not self.calmly:
                now = self.plant.now
                self.plant = _plant(self.ledger, self.plant.queue, self.limits, self.plant)
                self.plant.now = now
            case "step" | "lose" | "doubt":
                self._step("" if self.calmly else after)
            case "resend":
                self._follow()
            case "later":
                self.plant.later(hours=7)
            case "back":
                self.plant.later(hours=-3)

    def _step(self, how: str) -> None:
        self.ledger.next = how if how != "step" else ""
        try:
            self.plant.engine.step()
        except (Conflict, Transient):
            self.plant.engine.claim()
            if how == "lose":
                self.plant.engine.step()
        self.ledger.next = ""

    def _follow(self) -> None:
        self.plant.cursors.forget = not self.calmly
        try:
            self.plant.reactions.step()
        except Transient:
            for reactor in self.plant.reactions._reactors:
                reactor.forget()
        self.plant.cursors.forget = False

    def end(self) -> None:
        """Tell what wasn't told yet, and wait until nothing waits any more."""
        for body in DEFINITIONS:
            self.tell(New(body, day(0)))
        self.plant.settle()
        for _ in range(6):
            if not self.plant.ledger.parked():
                break
            self.plant.later(days=8)
            self.plant.settle()


def _raw(id_: str, body: Payload, at: datetime) -> bytes:
    return event(f"{body.DOMAIN}.{type(body).__name__}", id_, orjson.loads(encode(body)), at)


def _plant(ledger: Ledger, queue: Queue | None, limits: Limits, before: Plant | None = None) -> Plant:
    keys, cursors = (before.keys, before.cursors) if before else (None, Forgetful())
    return Plant(ledger, queue, limits=limits, keys=keys, cursors=cursors)


def play(history: Sequence[Step], limits: Limits, *, calmly: bool = False, defined: bool = False) -> Played:
    """Tell it all, with what happens on the way. ``defined``: the catalogue is complete before anything else."""
    ledger = Doubtful(SHARDS, UUID(int=1))
    played = Played(ledger, _plant(ledger, None, limits), limits, calmly)
    if defined:
        for body in DEFINITIONS:
            played.tell(New(body, day(0)))
        played.plant.settle()
    for step in history:
        played.tell(step.told)
        played.then(step.after)
    played.end()
    return played
