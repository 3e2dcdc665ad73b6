"""Why something came late: what the record says, and nothing else.

Each date that a customer is told says because of which facts it was told (``because``), and those name what they
followed from, back to what upstream published. So of all promises of a schedule line those are taken that made it later
and weren't taken back, the one that cost most days first. Behind it, the nearest trouble counts that lies below the
order: in a supply that was claimed for it, or for a run of its own, down to what suppliers were to send. What stands in
the same list and troubles others is none of its own.

The naive version looks at what came last and takes what was short once for the reason: it says so although the record
says otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from events.decision import Recorded
from events.inventory import facts as i
from events.logistics import facts as lo
from events.logistics.shapes import Purpose
from events.orders import facts as o
from events.planning import facts as p
from events.planning.shapes import SupplyKind
from events.suppliers import facts as s
from infra.edge import OURS
from infra.planning import PLANNER

_FAR: Final = 12
"""Steps back at most: from a promise over decisions, commands and facts to an event."""
_SOONER: Final = "wanted sooner than could be promised"
_LATER: Final = "planned for a later day"
_AFTER: Final = "came after the promised day"
_CARRIED: Final = "on its way longer than planned"
READ: Final = frozenset((
    "SupplyPegged", "PromiseGiven", "PromiseChanged", "PromiseWithdrawn", "DeliveryPlanned", "DeliveryReplanned",
    "TransferPlanned", "TransferReplanned", "TimePassed", "PurchaseOrderPlaced", "PurchaseOrderDelayed",
    "PurchaseOrderCancelled", "PurchaseOrderShortClosed", "SupplierWentDown", "LaneClosed", "LaneSlowed",
    "ShipmentDelayed", "ShipmentHeld", "ShipmentLost", "StockLost", "StockScrapped", "StockCounted", "StockInspected",
    "RunOutputReported", "RunCompleted", "RunPaused", "OrderAmended", "OrderHeld", "DecisionRefused",
    "DecisionOverridden",
))


def day_by(moment: datetime) -> date:
    """The day by which something is there: midnight is the end of the day before."""
    return (moment - timedelta(microseconds=1)).date()


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What went wrong, in words, and what is known of it: it concerns all orders above one of ``keys``."""

    keys: frozenset[str]
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A promise moved from one day to another."""

    before: date
    day: date
    because: tuple[str, ...]
    first: bool


@dataclass
class Lateness:
    """What was promised and why, what was claimed for what, and what went wrong."""

    _behind: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each fact, by its id, those that it followed from."""
    _troubles: dict[str, list[_Trouble]] = field(default_factory=dict)
    _steps: dict[str, list[_Step]] = field(default_factory=lambda: defaultdict(list))
    _withdrawn: dict[str, tuple[date, tuple[str, ...]]] = field(default_factory=dict)
    _supplies: dict[str, dict[str, p.SupplyPegged]] = field(default_factory=lambda: defaultdict(dict))
    _needs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The requirements of a run."""
    _lanes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Of a delivery or transfer, those it was to go over."""
    _deliveries: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _suppliers: dict[str, str] = field(default_factory=dict)
    _parts: dict[str, str] = field(default_factory=dict)
    """Of a supply, the part."""

    def follow(self, at: Recorded) -> None:
        """Any fact: what it followed from."""
        if at.source == PLANNER:
            self._behind[at.id] = tuple(orjson.loads(at.data).get("because", ()))
        elif at.source.startswith(OURS):
            self._behind[at.id] = (f"{at.source.removeprefix(OURS)}/{at.cause.partition('.')[0]}",)

    def learn(self, fact: Any, at: Recorded) -> None:
        """A fact of those in ``READ``."""
        match fact:
            case p.SupplyPegged():
                self._claim(fact)
            case p.PromiseGiven() | p.PromiseChanged() | p.PromiseWithdrawn():
                self._promise(fact)
            case p.DeliveryPlanned() | p.DeliveryReplanned():
                self._lanes[fact.delivery].update(fact.lanes)
                ref = fact.order
                self._deliveries[f"order/{ref.number}/{ref.line}/{ref.schedule}"].add(fact.delivery)
            case p.TransferPlanned() | p.TransferReplanned():
                self._lanes[fact.transfer].update(fact.lanes)
            case s.PurchaseOrderPlaced():
                self._suppliers[fact.number] = fact.supplier
            case p.TimePassed():
                self._troubles[at.id] = [self._overdue(due) for due in sorted(fact.due, key=_rank)]
            case _:
                if (found := _told(fact)) is not None:
                    self._troubles[at.id] = [found]

    def _claim(self, fact: p.SupplyPegged) -> None:
        self._supplies[fact.requirement][fact.peg] = fact
        self._parts[fact.supply.text] = fact.part
        if fact.requirement.startswith("run/"):
            self._needs[fact.requirement.split("/")[1]].add(fact.requirement)

    def _promise(self, fact: p.PromiseGiven | p.PromiseChanged | p.PromiseWithdrawn) -> None:
        ref = fact.order
        key = f"order/{ref.number}/{ref.line}/{ref.schedule}"
        if isinstance(fact, p.PromiseWithdrawn):
            self._withdrawn[key] = (fact.was, fact.because)
            return
        before, because = self._withdrawn.pop(key, (fact.wanted, ()))
        first = not self._steps[key]
        was = fact.was if isinstance(fact, p.PromiseChanged) else before
        self._steps[key].append(_Step(was, fact.promised, (*because, *fact.because), first))

    def why(self, requirement: str, wanted: date, came: date) -> str:
        """What made a schedule line late that was wanted on one day and came, or is open still, on another."""
        below = self._below(requirement)
        standing = sorted(self._standing(requirement, wanted, came), key=lambda one: one.before - one.day)
        for step in standing:
            if (found := self._behind_it(step, below)) is not None:
                return f"{found.what} ({found.detail})" if found.detail else found.what
        if standing:
            return _SOONER if standing[0].first else _LATER
        return _AFTER

    def _standing(self, requirement: str, wanted: date, came: date) -> list[_Step]:
        """The promises that made it later, as far as no other one took that back, nor its coming sooner."""
        kept: list[_Step] = []
        end = _Step(date.max, came, (), first=False)
        for step in (*self._steps[requirement], end):
            while kept and kept[-1].day > step.day:
                last = kept.pop()
                if last.before < step.day:
                    kept.append(_Step(last.before, step.day, last.because, last.first))
            if max(step.before, wanted) < step.day:
                kept.append(_Step(max(step.before, wanted), step.day, step.because, step.first))
        return kept

    def _behind_it(self, step: _Step, below: frozenset[str]) -> _Trouble | None:
        """The nearest trouble below the order, going back from what a promise was moved for."""
        seen: set[str] = set()
        near = list(step.because)
        for _ in range(_FAR):
            troubles = [one for id in near for one in self._troubles.get(id, ()) if one.keys & below]
            if troubles:
                passing = [one for one in troubles if one.detail.endswith(_DUE)]
                return next((one for one in troubles if one not in passing), passing[0] if passing else None)
            seen.update(near)
            near = [id for one in near for id in self._behind.get(one, ()) if id not in seen]
        return None

    def _below(self, requirement: str) -> frozenset[str]:
        """All that a schedule line rests on, or rested on once: supplies, parts, suppliers, lanes; and the line."""
        found: set[str] = {f"order/{requirement.split('/')[1]}"}
        waits, seen = [requirement], set[str]()
        for one in self._deliveries.get(requirement, ()):
            found |= {f"delivery/{one}", f"shipment/{one}", *(f"lane/{lane}" for lane in self._lanes[one])}
        while waits:
            asked = waits.pop()
            if asked in seen:
                continue
            seen.add(asked)
            for peg in self._supplies.get(asked, {}).values():
                found.add(f"decision/{peg.decision}")
                waits += self._of(peg, found)
        return frozenset(found)

    def _of(self, peg: p.SupplyPegged, found: set[str]) -> Iterable[str]:
        """Note a supply and what it comes by; and say what it needs itself."""
        found.add(peg.supply.text)
        match peg.supply.kind:
            case SupplyKind.STOCK:
                found.add(f"peg/{peg.peg}")
            case SupplyKind.PURCHASE:
                found.add(f"supplier/{self._suppliers.get(peg.supply.id, '?')}")
            case SupplyKind.RUN:
                return sorted(self._needs.get(peg.supply.id, ()))
            case SupplyKind.TRANSFER:
                found |= {f"shipment/{peg.supply.id}", *(f"lane/{lane}" for lane in self._lanes[peg.supply.id])}
                return (f"transfer/{peg.supply.id}",)
            case _:
                pass
        return ()

    def _overdue(self, due: str) -> _Trouble:
        """Nobody said anything, and it wasn't there."""
        kind, _, id = due.partition("/")
        part = self._parts.get(due, "")
        what = {
            "run": f"{part or 'a part'} built later than planned",
            "purchase": f"waited for {part}, bought of {self._suppliers.get(id.split('/')[0], '?')}",
            "transfer": f"waited for {part}, sent from another site",
            "delivery": _CARRIED,
        }.get(kind, f"waited for {kind}")
        return _Trouble(frozenset((due,)), what, f"{kind} {id}{_DUE}")


_DUE: Final = " wasn't there when it was due"


def _rank(due: str) -> tuple[int, str]:
    """What lies deeper comes first."""
    kind = due.partition("/")[0]
    order = ("purchase", "transfer", "run", "delivery")
    return (order.index(kind) if kind in order else len(order), due)


def _told(fact: Any) -> _Trouble | None:
    """What somebody told that went wrong; None when nothing did."""
    return next(iter((*_of_supply(fact), *_of_way(fact), *_of_stock(fact), *_of_order(fact))), None)


def _of_supply(fact: Any) -> Iterator[_Trouble]:
    match fact:
        case s.PurchaseOrderDelayed():
            line = f"purchase/{fact.number}/{fact.line}"
            yield _trouble(f"waited for {fact.part}, delayed by {fact.supplier}", fact.number, fact.reason, line)
        case s.PurchaseOrderCancelled() | s.PurchaseOrderShortClosed():
            line = f"purchase/{fact.number}/{fact.line}"
            yield _trouble(f"{fact.supplier} doesn't deliver {fact.part}", fact.number, fact.reason, line)
        case s.SupplierWentDown():
            yield _trouble(f"{fact.supplier} delivers nothing", None, fact.reason, f"supplier/{fact.supplier}")
        case _:
            pass


def _of_way(fact: Any) -> Iterator[_Trouble]:
    match fact:
        case lo.LaneClosed():
            yield _trouble(f"lane {fact.lane} was closed", None, fact.reason, f"lane/{fact.lane}")
        case lo.LaneSlowed():
            yield _trouble(f"lane {fact.lane} takes longer", None, fact.reason, f"lane/{fact.lane}")
        case lo.ShipmentDelayed() | lo.ShipmentHeld():
            what = _CARRIED if fact.purpose is Purpose.DELIVERY else "a shipment to the plant was delayed"
            yield _trouble(what, fact.shipment, fact.reason, *_shipped(fact.shipment))
        case lo.ShipmentLost():
            yield _trouble("lost on its way", fact.shipment, fact.reason, *_shipped(fact.shipment))
        case _:
            pass


def _shipped(shipment: str) -> tuple[str, ...]:
    return (f"shipment/{shipment}", f"transfer/{shipment}", f"delivery/{shipment}")


def _of_stock(fact: Any) -> Iterator[_Trouble]:
    match fact:
        case i.StockLost():
            yield _trouble(f"{fact.part} was lost in stock", None, fact.reason, f"stock/{fact.site}/{fact.part}")
        case i.StockScrapped():
            yield _trouble(f"{fact.part} was scrapped", None, fact.reason, f"stock/{fact.site}/{fact.part}")
        case i.StockCounted() if fact.variance < 0:
            yield _trouble(f"less {fact.part} was counted than booked", None, None, f"stock/{fact.site}/{fact.part}")
        case i.StockInspected() if fact.rejected > 0:
            yield _trouble(f"{fact.part} failed inspection", None, None, f"stock/{fact.site}/{fact.part}")
        case _:
            pass


def _of_order(fact: Any) -> Iterator[_Trouble]:
    match fact:
        case o.RunOutputReported() if fact.scrapped > 0:
            what = f"{fact.part} was scrapped when it was built"
            yield _trouble(what, fact.run, fact.scrap_reason, f"run/{fact.run}")
        case o.RunCompleted() if fact.short > 0:
            yield _trouble(f"less {fact.part} was built than planned", fact.run, None, f"run/{fact.run}")
        case o.RunPaused():
            what = f"{fact.part} built later than planned"
            yield _trouble(what, f"{fact.run} paused", fact.reason, f"run/{fact.run}")
        case o.OrderAmended():
            yield _trouble("the customer amended it", None, None, f"order/{fact.number}")
        case o.OrderHeld():
            yield _trouble("it was on hold", None, fact.reason, f"order/{fact.number}")
        case p.DecisionRefused() | p.DecisionOverridden():
            yield _trouble("a person decided otherwise", fact.decision, fact.reason, f"decision/{fact.decision}")
        case _:
            pass


def _trouble(what: str, about: str | None, reason: str | None, *keys: str) -> _Trouble:
    return _Trouble(frozenset(keys), what, ": ".join(told for told in (about, reason) if told))
