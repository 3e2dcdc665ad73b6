"""The joins over the parts, kept up to date by what facts touch: runs, requirements, pegs and supplies.

The idea. Whether a requirement is covered needs orders, runs, pegs, reservations and supplies of five domains. Working
it all out at every cut costs as much as there are open requirements. So each answer is kept, and each fact's keys say
which answers may have changed: only those are worked out again, from the parts, by the same functions as at the start.

The naive way adds and subtracts as facts come; it is wrong as soon as one is read before another that it refers to.
Here an answer never depends on the answer before it, so the order in which facts are read makes no difference.

The invariant, which a property holds it to: after ``settle`` every index equals what ``Joins`` makes of the same parts
from nothing.

It goes bottom up: runs, then pegs, then requirements, then supplies; and round again while a run turns out to be
blocked, or not, by what it needs: that changes when its output comes, which may block another run. Bills have no
cycles, so this ends.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.planning.shapes import requirement_of
from projections.planning.world import alarms, claims, runs, supplies, wants
from projections.planning.world.alarms import Alarms
from projections.planning.world.delays import Delays
from projections.planning.world.indexes import Ordered, add, drop, taken
from projections.planning.world.loads import Loads
from projections.planning.world.notes import Key, Kind
from projections.planning.world.outward import Outward
from projections.planning.world.parts import Parts
from projections.planning.world.planned import Peg
from projections.planning.world.views import ALWAYS, PegView, Required, RunView, SupplyView

ZERO: Final = Decimal(0)
Index = dict[str, Ordered]


class Joins:
    """Everything that is joined, at the moment up to which it was settled."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runs: dict[str, RunView] = {}
        self.pegs: dict[str, PegView] = {}
        self.required: dict[str, Required] = {}
        self.supplies: dict[str, SupplyView] = {}
        self.pegs_of: Index = {}
        self.pegs_on: Index = {}
        self.of_place: dict[tuple[str, str], Ordered] = {}
        self.coming: dict[tuple[str, str], Decimal] = {}
        self.demands: dict[tuple[str, str], Ordered] = {}
        self.totals: dict[tuple[str, str], Decimal] = {}
        self.needs_of_run: dict[str, tuple[str, ...]] = {}
        self.of_order: dict[str, Ordered] = {}
        self.outward = Outward(parts)
        self.ready: Ordered = {}
        self.requisitions_of: Index = {}
        self.over_lane: Index = {}
        self._ways: dict[str, tuple[str, ...]] = {}
        self.alarms = Alarms(parts)
        self.delays = Delays(parts.plan, self.pegs, self.supplies)
        self.loads = Loads(parts)
        self.network = 0
        self.stock_ids: dict[str, tuple[str, str]] = {}
        self.free_of: Index = {}
        self.ours: dict[tuple[str, str], Decimal] = {}
        self.pending: dict[str, Decimal] = {}
        self._keys: dict[Key, None] = {}
        self._needs: dict[str, dict[str, Required]] = {}
        self._runs: Ordered = {}
        self._pegs: Ordered = {}
        self._required: Ordered = {}
        self._supplies: Ordered = {}

    # What changed

    def touch(self, key: Key) -> None:
        """Something about this changed: what it bears on is worked out again when it is settled."""
        self._keys[key] = None

    def _spread(self, key: Key) -> None:
        """What a key bears on."""
        id = key.id
        match key.kind:
            case Kind.SUPPLY:
                self._supplies[id] = None
            case Kind.PEG:
                self._pegs[id] = None
            case Kind.RUN:
                self._runs[id] = None
            case Kind.ORDER:
                self._order(id)
            case Kind.REQUIREMENT:
                self._required[id] = None
            case Kind.REQUISITION:
                self._requisition(id)
            case Kind.TRANSFER:
                self._moving(id)
            case Kind.DELIVERY | Kind.SHIPMENT:
                self._shipment(id)
            case Kind.SUPPLIER:
                lines = self.parts.purchases.by_supplier.get(id, {})
                self._supplies.update({self.parts.purchases.lines[line].id: None for line in lines})
                self._supplies.update({f"requisition/{one}": None for one in self.requisitions_of.get(id, ())})
            case Kind.LANE:
                self._lane(id)
            case Kind.SITE | Kind.POLICY:
                self._dates()
            case _:
                pass

    def _order(self, number: str) -> None:
        order = self.parts.orders.orders.get(number)
        for line, schedule in order.known if order is not None else ():
            self._required[id := f"order/{number}/{line}/{schedule}"] = None
            self._runs.update(dict.fromkeys(runs.built_for(self.parts.orders, self.parts.plan, id)))

    def _requisition(self, id: str) -> None:
        self._supplies[f"requisition/{id}"] = None
        found = self.parts.plan.requisitions.get(id)
        if found is not None:
            self.requisitions_of.setdefault(found.supplier, {})[id] = None

    def _moving(self, id: str) -> None:
        self._required[f"transfer/{id}"] = None
        self._supplies[f"transfer/{id}"] = None
        found = self.parts.plan.transfers.get(id)
        self._goes_over(f"transfer/{id}", found.lanes if found is not None else ())
        self.loads.count(f"transfer/{id}")

    def _goes_over(self, id: str, lanes: Sequence[str]) -> None:
        """These lanes and none it went over before: whoever comes later never hears of those."""
        for lane in self._ways.pop(id, ()):
            drop(self.over_lane, lane, id)
        for lane in lanes:
            self.over_lane.setdefault(lane, {})[id] = None
        self._ways[id] = tuple(dict.fromkeys(lanes))

    def _shipment(self, id: str) -> None:
        """A transfer's or delivery's own, or one from a supplier; then its facts touch the order lines themselves."""
        if id in self.parts.plan.transfers:
            self._moving(id)
        delivery = self.parts.plan.deliveries.get(id)
        if delivery is not None:
            self._required[requirement_of(delivery.order)] = None
            self._goes_over(f"delivery/{id}", delivery.lanes)
            self.loads.count(f"delivery/{id}")

    def _lane(self, id: str) -> None:
        self.network += 1
        self._supplies.update({one: None for one in self.over_lane.get(id, {}) if one.startswith("transfer/")})
        lane = self.parts.transport.lanes.get(id)
        if lane is not None and lane.from_node.startswith("supplier/"):
            self._spread(Key(Kind.SUPPLIER, lane.from_node.removeprefix("supplier/")))
        self._required.update(dict.fromkeys(self.outward.moved()))

    def _dates(self) -> None:
        """A time zone, a calendar or a policy's days may be others: all that is dated by them."""
        self.loads.count_anew()
        self.alarms.dates()
        self.outward.forget()
        self._runs.update(dict.fromkeys(self.runs))
        self._required.update(dict.fromkeys(self.required))
        self._supplies.update(dict.fromkeys(self.supplies))

    # Working it out again

    def settle(self) -> None:
        """Work out again what changed."""
        if not self._keys:
            return
        for key in list(self._keys):
            self._spread(key)
        self._keys.clear()
        while self._runs or self._pegs or self._required or self._supplies:
            self._needs.clear()
            for run in taken(self._runs):
                self._settle_run(run)
            for peg in taken(self._pegs):
                self._settle_peg(peg)
            for requirement in taken(self._required):
                self._settle_required(requirement)
            for supply in taken(self._supplies):
                self._settle_supply(supply)

    def _settle_run(self, id: str) -> None:
        parts = self.parts
        view = runs.run_view(parts.orders, parts.plan, parts.stock, id)
        needs: tuple[str, ...] = ()
        if view is None:
            self.runs.pop(id, None)
        else:
            self.runs[id] = view
            needs = tuple(view.requirement(one.n) for one in view.requirements)
        self._required.update(dict.fromkeys((*self.needs_of_run.pop(id, ()), *needs)))
        if needs:
            self.needs_of_run[id] = needs
        self._supplies[f"run/{id}"] = None
        self.alarms.run(id, view)

    def _settle_peg(self, id: str) -> None:
        peg = self.parts.plan.pegs.get(id)
        if peg is None:
            return
        view = claims.peg_view(peg, self.parts.stock.claim(id))
        before = self.pegs.get(id)
        held = (view.held if view.live else ZERO) - (before.held if before is not None else ZERO)
        if held:
            add(self.ours, (peg.site, peg.part), held)
        if view.live:
            self.pegs[id] = view
            self.pegs_of.setdefault(peg.requirement, {})[id] = None
        else:
            self.pegs.pop(id, None)
            drop(self.pegs_of, peg.requirement, id)
        if view.pending:
            self.pegs_on.setdefault(peg.supply_id, {})[id] = None
        else:
            drop(self.pegs_on, peg.supply_id, id)
        after, was = view.pending, before.pending if before is not None else ZERO
        if after != was:
            add(self.pending, peg.supply_id, after - was)
        self._served(peg)
        self.delays.look(peg.requirement, self.pegs_of.get(peg.requirement, ()))
        self._supplies[peg.supply_id] = None
        self.stock_ids.setdefault(f"stock/{peg.site}/{peg.part}", (peg.site, peg.part))

    def _served(self, peg: Peg) -> None:
        """What a requirement is depends on a claim only where that is on another part, or was shipped to a customer;
        what it blocks depends on every claim."""
        found = self.required.get(peg.requirement)
        if found is None or found.run is None or found.part != peg.part:
            self._required[peg.requirement] = None
        else:
            self._supplies[f"run/{found.run}"] = None

    def _settle_required(self, id: str) -> None:
        before = self.required.get(id)
        view = self._find_required(id)
        if before != view:
            self._index_required(before, view)
        if id.startswith("run/"):
            self._supplies[id.rpartition("/")[0]] = None
        elif id.startswith("transfer/"):
            self._supplies[id] = None
        else:
            self._settle_order(id, ready=view is not None and self._lies_ready(id))

    def _settle_order(self, id: str, *, ready: bool) -> None:
        if ready:
            self.ready[id] = None
        else:
            self.ready.pop(id, None)
        self.alarms.deliveries(id, wanted=id in self.required)

    def _lies_ready(self, id: str) -> bool:
        """Whether all that is claimed for a customer lies there, so that only the way is open to question."""
        claims = self.pegs_of.get(id, ())
        return bool(claims) and not any(self.pegs[peg].pending for peg in claims)

    def _find_required(self, id: str) -> Required | None:
        kind, _, rest = id.partition("/")
        parts = self.parts
        if kind == "run":
            return self._needs_of(rest.rpartition("/")[0]).get(id)
        if kind == "order":
            return self.outward.required(wants.reference_of(id))
        if kind == "transfer":
            return alarms.source_of(parts, rest)
        return None

    def _needs_of(self, run: str) -> dict[str, Required]:
        """What a run still needs, worked out once while it is settled."""
        found = self._needs.get(run)
        if found is None:
            view, parts = self.runs.get(run), self.parts
            needs = runs.requirements(view, parts.orders, parts.plan, parts.stock) if view is not None else ()
            found = self._needs[run] = {one.id: one for one in needs}
        return found

    def _index_required(self, before: Required | None, view: Required | None) -> None:
        if before is not None:
            place = (before.site, before.part)
            drop(self.demands, place, before.id)
            add(self.totals, place, -before.need)
            del self.required[before.id]
        if view is not None:
            place = (view.site, view.part)
            self.demands.setdefault(place, {})[view.id] = None
            add(self.totals, place, view.need)
            self.required[view.id] = view

    def _settle_supply(self, id: str) -> None:
        before = self.supplies.get(id)
        view = self._find_supply(id, self.pending.get(id, ZERO))
        self.alarms.supply(id, view)
        if view == before:
            return
        if before is not None:
            self._place(before, -before.open)
            drop(self.of_place, (before.site, before.part), id)
            del self.supplies[id]
        if view is not None:
            self._place(view, view.open)
            self.of_place.setdefault((view.site, view.part), {})[id] = None
            self.supplies[id] = view
        self._index_free(id, before, view)
        was, at = before.at if before is not None else None, view.at if view is not None else None
        for peg in self.pegs_on.get(id, ()) if was != at else ():
            requirement = self.parts.plan.pegs[peg].requirement
            self.delays.look(requirement, self.pegs_of.get(requirement, ()))
            if requirement.startswith("transfer/"):
                self._supplies[requirement] = None
            elif requirement.startswith("run/") and (was is None or at is None):
                self._supplies[requirement.rpartition("/")[0]] = None

    def _place(self, view: SupplyView, amount: Decimal) -> None:
        """What is still to come of a part to a site."""
        if not view.on_hand:
            add(self.coming, (view.site, view.part), amount)

    def _index_free(self, id: str, before: SupplyView | None, view: SupplyView | None) -> None:
        if before is not None and before.free:
            drop(self.free_of, before.part, id)
        if view is not None and view.free:
            self.free_of.setdefault(view.part, {})[id] = None

    def _find_supply(self, id: str, pegged: Decimal) -> SupplyView | None:
        kind, _, rest = id.partition("/")
        match kind:
            case "stock":
                return supplies.stock_view(self.parts, id, self.stock_ids.get(id), pegged)
            case "purchase":
                number, _, line = rest.rpartition("/")
                return supplies.purchase_view(self.parts, number, int(line), pegged)
            case "requisition":
                return supplies.requisition_view(self.parts, rest, pegged)
            case "run":
                return supplies.run_supply(self.parts, self.runs.get(rest), rest, pegged, blocked=self.blocked(rest))
            case _:
                return supplies.transfer_view(self.parts, rest, pegged, self.covered(id), self._at_source(id))

    def _at_source(self, transfer: str) -> datetime | None:
        """When what a transfer is to take along is at the site that it leaves; None: nobody knows."""
        ready = ALWAYS
        for peg in self.pegs_of.get(transfer, ()):
            supply = self.supplies.get(self.parts.plan.pegs[peg].supply_id)
            if self.pegs[peg].pending and supply is not None:
                if supply.at is None:
                    return None
                ready = max(ready, supply.at)
        return ready

    # What is asked most

    def covered(self, requirement: str) -> Decimal:
        """What its pegs hold of a requirement, in its own unit."""
        return sum((self.pegs[peg].needed for peg in self.pegs_of.get(requirement, ())), ZERO)

    def uncovered(self, requirement: str) -> Decimal:
        """What nothing covers yet."""
        found = self.required.get(requirement)
        return ZERO if found is None else max(ZERO, found.need - self.covered(requirement))

    def blocked(self, run: str) -> bool:
        """Whether something that a run needs isn't covered, or nobody knows when it comes."""
        return any(self.stuck(id) for id in self.needs_of_run.get(run, ()) if id in self.required)

    def stuck(self, requirement: str) -> bool:
        """Whether a requirement isn't covered, or by something of which nobody knows when it comes."""
        if self.uncovered(requirement):
            return True
        for peg in self.pegs_of.get(requirement, ()):
            if self.pegs[peg].pending:
                supply = self.supplies.get(self.parts.plan.pegs[peg].supply_id)
                if supply is None or supply.at is None:
                    return True
        return False
