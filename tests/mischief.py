"""What can befall a bicycle maker: each a few messages, told about something that is there just now.

Every mischief takes the chain and a number that picks what it is about; with nothing to be about it does nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.catalogue import messages as c
from events.inventory import messages as i
from events.logistics import messages as l
from events.model import Payload
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import messages as p
from events.planning.shapes import AutonomyRule, DecisionKind
from events.suppliers import messages as s
from events.values import Quantity
from projections.planning.world.planned import Fate
from projections.planning.world.state import State
from tests.bikes import (
    UNIT,
    WANTED,
    factory,
    issued,
    ordered,
    part,
    purchased,
    received,
    reported,
    sells,
    shipped,
    some,
)
from tests.chain import Chain
from tests.rules_of_plans import twin, watched

Mischief = Callable[[Chain, int], None]
BOUGHT = ("WHEEL", "TUBE", "SADDLE", "BOLT", "BELL", "GEL")


STOCKED: tuple[Payload, ...] = (
    part("WHEEL", reorder_point=Decimal(4), order_up_to=Decimal(12)),
    part("BOLT", reorder_point=Decimal(10)), part("TUBE", safety_stock=Decimal(2)),
    sells("ACME", "BOLT", minimum=Decimal(20), multiple=Decimal(10)), sells("ACME", "BELL", multiple=Decimal(4)),
    sells("ACME", "WHEEL", maximum=Decimal(8)),
)
"""Stock that is kept up, and lots."""


def state(chain: Chain) -> State:
    found: State = chain.planner.state  # type: ignore[attr-defined]
    found.joins.settle()
    return found


def pick(found: Any, number: int) -> Any:
    """One of what there is, in order; None of nothing."""
    ordered_ = sorted(found)
    return ordered_[number % len(ordered_)] if ordered_ else None


def maker() -> Chain:
    """A maker with something of everything, and not enough."""
    chain = watched(factory(WHEEL=9, TUBE=10, SADDLE=3, BOLT=40, BELL=6, KIT=1, BIKE=1))
    chain.tell(
        *STOCKED,
        received("SADDLE", 4, "store"), received("BIKE", 1, "store"), received("GEL", 3),
        c.DefineSubstitute(part="SADDLE", substitute="GEL", needs_approval=False),
        purchased("4500", "WHEEL", 6, WANTED - timedelta(days=8)),
    )
    return chain


# Customers


def order(chain: Chain, number: int) -> None:
    wanted = WANTED + timedelta(days=number % 17 - 8)
    id = f"SO{chain.told}"
    destination = "zone/NORTH" if number % 3 else None
    part = "FRAME" if number % 11 == 10 else "BIKE"
    chain.tell(ordered(id, number % 4 + 1, wanted, part, destination=destination, priority=number % 2))


def amend(chain: Chain, number: int) -> None:
    id = pick(state(chain).parts.orders.orders, number)
    if id is not None:
        schedule = ScheduleLine(
            schedule=1, quantity=some(number % 5 + 1), wanted=WANTED + timedelta(days=number % 13 - 6)
        )
        chain.tell(o.AmendOrder(number=id, change=(LineAmendment(line=1, schedules=(schedule,)),)))


def urge(chain: Chain, number: int) -> None:
    """An order becomes more urgent, or less."""
    id = pick(state(chain).parts.orders.orders, number)
    if id is not None:
        chain.tell(o.AmendOrder(number=id, priority=number % 5))


def cancel(chain: Chain, number: int) -> None:
    id = pick(state(chain).parts.orders.orders, number)
    if id is not None:
        chain.tell(o.CancelOrder(number=id))


def hold(chain: Chain, number: int) -> None:
    id = pick(state(chain).parts.orders.orders, number)
    if id is not None:
        held = state(chain).parts.orders.orders[id].held
        chain.tell(o.ReleaseOrder(number=id) if held else o.HoldOrder(number=id, reason="unpaid"))


# Suppliers


def answer(chain: Chain, number: int) -> None:
    """The purchasing system orders a requisition, perhaps less of it, or won't."""
    found = state(chain)
    plan, answers = found.parts.plan, found.parts.purchases.answers
    open_ = [id for id, one in plan.requisitions.items()
             if one.fate is Fate.OPEN and not one.proposed and id not in answers]
    id = pick(open_, number)
    if id is None:
        return
    one = plan.requisitions[id]
    if number % 7 == 6:
        chain.tell(p.Declined(requisition=id, reason="no budget"))
        return
    amount = max(1, int(one.amount) - (1 if number % 5 == 4 else 0))
    due = one.due + timedelta(days=number % 3)
    chain.tell(purchased(f"PO-{id}", one.part, amount, due, one.supplier, id, one.site))


def receive(chain: Chain, number: int) -> None:
    found = state(chain)
    lines = [key for key in found.parts.purchases.lines if found.joins.supplies.get(f"purchase/{key[0]}/{key[1]}")]
    key = pick(lines, number)
    if key is not None:
        line = found.parts.purchases.lines[key]
        amount = max(1, int(line.wanted - line.received) - number % 3)
        chain.tell(received(line.part, amount, line.site, key))


def order_trouble(chain: Chain, number: int) -> None:
    found = state(chain)
    key = pick(found.parts.purchases.lines, number)
    if key is None:
        return
    line = found.parts.purchases.lines[key]
    expected = (line.expected or WANTED) + timedelta(days=number % 19 - 4)
    told: list[Payload] = [
        s.Delayed(number=key[0], expected=expected),
        s.CancelPurchaseOrder(number=key[0]),
        s.Delayed(number=key[0], expected=expected),
        s.ChangePurchaseOrder(number=key[0], change=(s.LineChange(line=key[1], quantity=some(number % 6 + 1)),)),
    ]
    chain.tell(told[number % len(told)])


def down(chain: Chain, number: int) -> None:
    supplier = ("ACME", "BEST")[number % 2]
    if supplier in state(chain).parts.purchases.outages:
        chain.tell(s.SupplierBack(supplier=supplier))
    else:
        until = chain.now + timedelta(days=number % 9) if number % 3 else None
        chain.tell(s.SupplierDown(supplier=supplier, until=until))


# Stock


def stock_trouble(chain: Chain, number: int) -> None:
    part, amount = BOUGHT[number % len(BOUGHT)], number % 5 + 1
    where = {"part": part, "site": "plant", "location": "RACK"}
    told: list[Payload] = [
        i.Lost(**where, quantity=some(amount)),
        i.Found(**where, quantity=some(amount)),
        i.Counted(**where, quantity=Quantity.of(amount, UNIT), cut_off=chain.now),
        i.Scrapped(**where, quantity=some(amount), reason="bent"),
        i.ReserveStock(part=part, site="plant", reservation=f"X{chain.told}", quantity=some(amount), purpose="other"),
        i.Held(**where, quantity=some(amount)),
    ]
    chain.tell(told[(number // 6) % len(told)])


# Runs


def work(chain: Chain, number: int) -> None:
    """A step of a run: issue what it needs, start, report, scrap, complete."""
    found = state(chain)
    runs = [id for id, run in found.joins.runs.items() if run.firm and not run.over]
    id = pick(runs, number)
    if id is None:
        return
    run = found.joins.runs[id]
    step = (number // 5) % 6
    if step in (0, 1):
        for requirement in found.joins.needs_of_run.get(id, ()):
            one = found.joins.required.get(requirement)
            item = found.parts.stock.items.get((run.site, one.part)) if one is not None else None
            if one is not None and item is not None and item.total >= one.need:
                chain.tell(issued(one.part, int(one.need), id))
    elif step == 2:
        chain.tell(o.Started(run=id))
    elif step == 3:
        chain.tell(reported(id, int(run.output) or 1, put=bool(number % 2)))
    elif step == 4:
        chain.tell(reported(id, 0, 1))
    else:
        chain.tell(o.Completed(run=id))


def run_trouble(chain: Chain, number: int) -> None:
    found = state(chain)
    id = pick([id for id, run in found.joins.runs.items() if run.firm and not run.over], number)
    if id is None:
        return
    run = found.joins.runs[id]
    told: list[Payload] = [
        o.FreezeRun(run=id),
        o.SplitRun(run=id, into=f"X{chain.told}", quantity=some(1)),
        i.Produced(part=run.part, site=run.site, location="RACK", quantity=some(1), run=id),
        o.RescheduleRun(run=id, start=run.start + timedelta(days=2), due=run.due + timedelta(days=2)),
        o.CancelRun(run=id),
    ]
    chain.tell(told[(number // 3) % len(told)])


def foreign_run(chain: Chain, number: int) -> None:
    start = chain.now + timedelta(days=number % 9)
    chain.tell(o.ScheduleRun(
        run=f"F{chain.told}", part=("FRAME", "BIKE")[number % 2], quantity=some(1), site="plant", start=start,
        due=start + timedelta(days=1),
    ))


# Transport


def move(chain: Chain, number: int) -> None:
    """Goods leave or arrive, for a customer or another site."""
    found = state(chain)
    plan = found.parts.plan
    deliveries = [id for id, one in plan.deliveries.items() if not one.withdrawn]
    transfers = [id for id, one in plan.transfers.items() if not one.withdrawn and not one.proposed]
    id = pick([*deliveries, *transfers], number)
    if id is None:
        return
    moving = found.parts.stock.moving.get(id)
    if id in plan.transfers:
        one = plan.transfers[id]
        if moving is None or not moving.sent:
            chain.tell(i.TransferSent(
                part=one.part, site=one.from_site, location="RACK", quantity=some(int(one.amount)),
                to_site=one.to_site, transfer=id,
            ))
        elif moving.sent > moving.arrived + moving.lost:
            lost = number % 4 == 3
            amount = int(moving.sent - moving.arrived - moving.lost)
            chain.tell(i.TransferArrived(
                part=one.part, site=one.to_site, location="RACK", transfer=id,
                quantity=Quantity.of(amount - int(lost), UNIT), short=some(1) if lost else None,
            ))
        return
    delivery = plan.deliveries[id]
    if not found.parts.stock.shipped.get((id, delivery.part)):
        chain.tell(shipped(delivery.part, int(delivery.amount), id, delivery.order.number), l.Departed(shipment=id))
    elif number % 5 == 4:
        chain.tell(l.Lost(shipment=id))
    else:
        chain.tell(l.Delivered(shipment=id))


def lanes(chain: Chain, number: int) -> None:
    id = ("between", "north")[number % 2]
    told: list[Payload] = [
        l.Closed(lane=id, until=chain.now + timedelta(days=number % 9)), l.Closed(lane=id), l.Reopened(lane=id),
        l.Slowed(lane=id, extra_hours=48),
    ]
    chain.tell(told[(number // 2) % len(told)])


# People


def policy(chain: Chain, number: int) -> None:
    kinds = list(DecisionKind)
    asked = kinds[number % len(kinds)]
    alone = tuple(AutonomyRule(kind=kind) for kind in kinds if kind is not asked or number % 3 == 0)
    chain.tell(p.SetPolicy(
        currency="EUR", alone=alone, freeze_days=number % 3, promise_slack_days=number % 2,
        switch_threshold=Decimal(number % 4 * 10), substitutes_allowed=bool(number % 5),
    ))


def person(chain: Chain, number: int) -> None:
    """Somebody approves, refuses, overrides or releases a decision."""
    plan = state(chain).parts.plan
    proposed = [id for id, one in plan.decisions.items() if one.proposed]
    id = pick(proposed if proposed and number % 2 else [*plan.decisions, "D99-1"], number // 2)
    told: list[Payload] = [
        p.ApproveDecision(decision=id), p.RefuseDecision(decision=id, reason="no"),
        p.OverrideDecision(decision=id, option=number % 4 + 1, reason="that one"),
        p.ReleaseOverride(decision=pick(plan.words, number) or id),
    ]
    chain.tell(told[(number // 3) % len(told)])


def say_again(chain: Chain, number: int) -> None:
    """Something that was said before is said again, by somebody who doesn't know that it was."""
    if chain.said:
        chain.tell(chain.said[-1 - number % min(len(chain.said), 12)])


def restart(chain: Chain, number: int) -> None:
    """The planner dies, and another takes its place that has read the shards in some order."""
    chain.planner = twin(chain, number)  # type: ignore[assignment]


def wait(chain: Chain, number: int) -> None:
    chain.live(number % 4 + 1)


ALL: tuple[Mischief, ...] = (
    order, order, order, amend, urge, cancel, hold, answer, answer, answer, receive, receive, order_trouble, down,
    stock_trouble, stock_trouble, work, work, work, run_trouble, foreign_run, move, move, lanes, policy, person, person,
    wait, wait, say_again, restart,
)
