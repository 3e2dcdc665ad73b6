"""The script performed: each step finds on its day whom it hits, by a fixed rule, and lets it happen."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from events.inventory.messages import Lost
from events.logistics.messages import Closed, Reopened, Slowed
from events.planning.messages import SetPolicy
from events.planning.shapes import SupplyKey
from events.suppliers.messages import SupplierBack, SupplierDown
from events.values import Line, Some
from infra.sample.life import script as s
from infra.sample.life.agenda import CARRIER, PERSON, PORTAL
from infra.sample.life.building import Building
from infra.sample.life.carrying import Carrying
from infra.sample.life.judging import Judging
from infra.sample.life.selling import Selling
from infra.sample.life.supplying import Supplying
from infra.sample.life.world import DAY, World


class Trouble:
    """What is still to come of the script, and what has come."""

    def __init__(
        self, world: World, script: Sequence[s.Steps], building: Building, carrying: Carrying, judging: Judging,
        selling: Selling, supplying: Supplying,
    ) -> None:
        self.world, self.building, self.carrying = world, building, carrying
        self.judging, self.selling, self.supplying = judging, selling, supplying
        self.waiting = sorted(script, key=lambda step: step.day)
        self.struck: list[s.Struck] = []

    def evening(self, day: int) -> None:
        """What is due by this day happens in the next morning, or waits for another day."""
        for step in [step for step in self.waiting if step.day <= day]:
            at = self.world.now + timedelta(minutes=self.world.chance.between(20, 90, "trouble", step.NAME, step.day))
            if whom := self._strike(step, at):
                self.waiting.remove(step)
                self.struck.append(s.Struck(step, day, whom))

    def _strike(self, step: s.Steps, at: datetime) -> str | None:
        match step:
            case s.CloseSupplier():
                return self._close_supplier(step, at)
            case s.CloseLane() | s.SlowLane():
                return self._lane(step, at)
            case s.LoseStock():
                return self._lose(step, at)
            case s.Scrap():
                return self._scrap(step)
            case s.Late():
                return self._late(step, at)
            case s.Amend():
                return self.selling.amend(step.frozen, step.by, step.days, at)
            case s.Cancel():
                return self.selling.cancel(step.frozen, at)
            case s.Refuse():
                self.judging.refuse += step.count
                return "the next proposals"
            case s.Override():
                return self.judging.override(at)
            case s.Release():
                return self.judging.release(at)
            case s.Rule():
                body = SetPolicy.model_validate({**step.policy.model_dump(), "reason": step.reason})
                self.world.agenda.tell(PERSON, f"policy/{step.day}", body, at, "person-9")
                return "everything"
            case _:
                assert_never(step)

    def _close_supplier(self, step: s.CloseSupplier, at: datetime) -> str:
        back = at + step.days * DAY
        down = SupplierDown(supplier=step.supplier, until=back if step.says else None, reason="flood")
        self.world.agenda.tell(PORTAL, f"{step.supplier}/down/{step.day}", down, at, step.supplier)
        self.world.down.add(step.supplier)
        self.world.agenda.at(back, f"back {step.supplier}", lambda now: self._back(step.supplier, now))
        return step.supplier

    def _back(self, supplier: str, now: datetime) -> None:
        self.world.down.discard(supplier)
        body = SupplierBack(supplier=supplier, reason="the water is gone")
        self.world.agenda.tell(PORTAL, f"{supplier}/back/{now:%j-%H%M}", body, now, supplier)

    def _lane(self, step: s.CloseLane | s.SlowLane, at: datetime) -> str | None:
        lane = step.lane or self._busiest()
        if lane is None:
            return None
        until = at + step.days * DAY
        if isinstance(step, s.SlowLane):
            slow = Slowed(lane=lane, extra_hours=step.hours, until=until, reason="snow")
            self.world.agenda.tell(CARRIER, f"{lane}/slowed/{step.day}", slow, at)
        else:
            shut = Closed(lane=lane, until=until, reason="bridge damaged")
            self.world.agenda.tell(CARRIER, f"{lane}/closed/{step.day}", shut, at)
        self.world.agenda.at(until, f"reopen {lane}", lambda now: self._reopen(lane, now))
        return lane

    def _reopen(self, lane: str, now: datetime) -> None:
        self.world.agenda.tell(CARRIER, f"{lane}/reopened/{now:%j-%H%M}", Reopened(lane=lane, reason="as usual"), now)

    def _busiest(self) -> str | None:
        """The open lane with the most shipments on it, or planned to go over it."""
        used = [lane for parcel in self.supplying.under_way.values() for lane in parcel.lanes]
        used += [
            lane for load in self.carrying.loads.values() if load.state in ("planned", "gone") for lane in load.lanes
        ]
        lanes = self.world.network.lanes
        open_ = sorted({lane for lane in used if lane in lanes and not lanes[lane].closed})
        return max(open_, key=used.count) if open_ else None

    def _lose(self, step: s.LoseStock, at: datetime) -> str | None:
        """All that lies at the first location of the part."""
        part = step.part or self._most_claimed(step.site)
        stock = self.world.shelves.on_hand(part, step.site) if part else {}
        if part is None or not stock:
            return None
        key, amount = max(stock.items(), key=lambda one: (one[1], one[0].order))
        self.world.agenda.tell(f"{step.site}/wms", f"{part}/lost/{step.day}", Lost(
            part=part, site=step.site, location=key.location, revision=key.revision, lot=key.lot, serial=key.serial,
            quantity=Some(amount=amount, unit=self.world.unit(part)), reason="water damage",
        ), at, "person-6")
        return f"{part} at {key.location}"

    def _most_claimed(self, site: str) -> str | None:
        shelves, known = self.world.shelves, self.world.known
        claimed: dict[str, Decimal] = {}
        for reservation, (part, where) in shelves.of.items():
            found = known.part(part)
            if where == site and found is not None and not found.make and (held := shelves.held(reservation)):
                claimed[part] = claimed.get(part, Decimal(0)) + held
        return max(sorted(claimed), key=lambda part: claimed[part]) if claimed else None

    def _scrap(self, step: s.Scrap) -> str | None:
        """A run that is frozen or under way."""
        for id, run in sorted(self.building.runs.items()):
            if run.state in ("frozen", "started") and (run.order is not None) is step.for_order:
                self.building.spoil(id)
                return id
        return None

    def _slack(self, there: datetime, lines: Iterable[Line]) -> timedelta | None:
        """How much later these order lines may come before the first requirement that claims them is late."""
        waits = [
            peg.needed_by - there for line in lines
            for peg in self.world.pegs.on(SupplyKey.purchase(line.document, line.line))
        ]
        return min(waits) if waits else None

    def _late(self, step: s.Late, at: datetime) -> str | None:
        """What is under way is held up; else what is confirmed is sent later."""
        for shipment, parcel in sorted(self.supplying.under_way.items()):
            slack = self._slack(parcel.until, [line.purchase for line in parcel.lines if line.purchase is not None])
            if slack is not None and parcel.until > at and (slack > 3 * DAY) is step.slack:
                self.supplying.delay(parcel, _days(step, slack), at, "stuck at the border")
                return shipment
        for order in self.supplying.waiting():
            there = order.there or at
            slack = self._slack(there, [Line(document=order.number, line=line) for line in order.lines])
            if slack is not None and there > at + DAY and (slack > 3 * DAY) is step.slack:
                self.supplying.put_off(order, _days(step, slack), at, "a machine broke")
                return order.number
        return None


def _days(step: s.Late, slack: timedelta) -> int:
    """Fewer days than those who wait can bear, or more."""
    return min(max(1, slack.days - 1) if step.slack else max(2, slack.days + 4), 30)
