"""The order board: every order, its lines with their as-ordered bills, and what each schedule line stands at.

Of a schedule line, in the part's base unit: wanted = ``amount``, less what was called off already; open = amount −
(delivered − damaged), never below zero. Whom it is for is sealed, and not kept here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Recorded
from events.orders import facts as f
from events.orders.shapes import AcceptedLine, Trouble
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)
ENDED: Final = ("refused", "cancelled", "completed")


@dataclass(slots=True)
class CustomerOrder:
    """``state`` is ``placed``, ``accepted``, ``refused``, ``cancelled`` or ``completed``; ``hold`` why nothing of it is
    to be delivered. ``problems``: why it was refused itself, not a change of it. ``oddities`` counts what was told and
    didn't fit.

    ``amended_by`` and ``amended_lines``: the event that amended it last, and the lines that were told whole then.
    """

    number: str
    state: str
    hold: str | None
    priority: int
    destination: str | None
    ordered_at: datetime | None
    problems: tuple[dict[str, str], ...]
    reason: str | None
    oddities: int
    amended_by: str
    amended_lines: tuple[int, ...]
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class CustomerOrderLine:
    """A line as it stands. ``configuration`` is the content address of its as-ordered bill."""

    number: str
    line: int
    part: str
    unit: str
    revision: str | None
    options: tuple[tuple[str, str], ...]
    site: str
    priority: int
    configuration: str
    schedules: tuple[int, ...]
    last_fact: str


@dataclass(slots=True)
class OrderedBill:
    """The as-ordered bill of a line: each component right above what it is built of."""

    number: str
    line: int
    configuration: str
    components: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class OrderSchedule:
    """A schedule line. ``frozen`` is what runs fix of it, by run. ``delivered_at`` is when the last good piece was
    delivered, whenever that was told; ``called_off_at`` when something of it was called off last."""

    number: str
    line: int
    schedule: int
    part: str
    unit: str
    site: str
    priority: int
    amount: Decimal
    wanted: date
    cancelled: Decimal
    called_off_at: datetime | None
    delivered: Decimal
    damaged: Decimal
    delivered_at: datetime | None
    open: Decimal
    frozen: dict[str, Decimal]
    last_at: datetime
    last_fact: str


ORDER: Final = Table("customer_order", CustomerOrder, key=1, indexes=(("state", "number"),))
LINE: Final = Table("customer_order_line", CustomerOrderLine, key=2, indexes=(("part", "site"), ("configuration",)))
BILL: Final = Table("ordered_bill", OrderedBill, key=2)
SCHEDULE: Final = Table(
    "order_schedule", OrderSchedule, key=3, indexes=(("part", "site", "wanted"), ("wanted", "number"))
)


def fold(rows: Rows, fact: f.OrdersFact, at: Recorded) -> None:
    """Follow the order, its lines and their schedules."""
    order = _order(rows, fact, at)
    match fact:
        case f.OrderPlaced() | f.OrderAccepted() | f.OrderAmended():
            _told(rows, order, fact, at)
        case f.OrderRefused():
            order.state, order.problems = "refused", _problems(fact.problems)
        case f.AmendmentRefused() | f.CancellationRefused():
            pass  # it stands as it was; ``amendments`` tells these from the record
        case f.OrderHeld():
            order.hold = fact.reason
        case f.OrderReleased():
            order.hold = None
        case f.OrderLineCancelled():
            _call_off(rows, order, fact, at)
        case f.OrderCancelled():
            order.state, order.reason = "cancelled", fact.reason
        case f.OrderLineFrozen():
            _freeze(rows, fact, at)
        case f.OrderLineDelivered():
            _deliver(rows, fact, at)
        case f.OrderCompleted():
            order.state = "completed"
        case f.OrderDiscrepancyFound():
            order.oddities += 1
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _order(rows: Rows, fact: Any, at: Recorded) -> CustomerOrder:
    order = rows.get(ORDER, fact.number)
    if order is None:
        order = CustomerOrder(
            fact.number, "unknown", None, 0, None, None, (), None, 0, "", (), at.occurred_at, at.id
        )
        rows.add(ORDER, order)
    order.last_at, order.last_fact = at.occurred_at, at.id
    return order


def _problems(problems: tuple[Trouble, ...]) -> tuple[dict[str, str], ...]:
    return tuple({"field": one.field, "problem": one.problem, "remedy": one.remedy} for one in problems)


def _told(
    rows: Rows, order: CustomerOrder, fact: f.OrderPlaced | f.OrderAccepted | f.OrderAmended, at: Recorded
) -> None:
    order.priority, order.destination = fact.priority, fact.destination
    if isinstance(fact, f.OrderPlaced):
        order.state, order.hold, order.ordered_at = "placed", fact.hold, fact.ordered_at
        order.problems = ()
        return
    order.state = "accepted"
    if isinstance(fact, f.OrderAccepted):
        order.ordered_at = fact.ordered_at
    else:
        order.amended_by, order.amended_lines = _event(at), tuple(line.line for line in fact.lines)
    for line in fact.lines:
        _line(rows, fact.number, line, at)


def _event(at: Recorded) -> str:
    return f"{at.source} {at.cause}"


def _line(rows: Rows, number: str, told: AcceptedLine, at: Recorded) -> None:
    before = rows.get(LINE, number, told.line)
    listed = tuple(one.schedule for one in told.schedules)
    known = () if before is None else before.schedules
    rows.add(LINE, CustomerOrderLine(
        number, told.line, told.part, told.unit, told.revision,
        tuple((choice.option, choice.choice) for choice in told.options), told.site, told.priority, told.configuration,
        tuple(sorted({*known, *listed})), at.id,
    ))
    if before is None or before.configuration != told.configuration:
        components = tuple(one.model_dump(mode="json", exclude_none=True) for one in told.components)
        rows.add(BILL, OrderedBill(number, told.line, told.configuration, components))
    for one in told.schedules:
        _schedule(rows, number, told, one.schedule, one.amount, one.wanted, at)
    for withdrawn in known:
        if withdrawn not in listed and (row := rows.get(SCHEDULE, number, told.line, withdrawn)) is not None:
            row.amount, row.called_off_at = ZERO, at.occurred_at
            _settle(row, at)


def _schedule(
    rows: Rows, number: str, told: AcceptedLine, schedule: int, amount: Decimal, wanted: date, at: Recorded
) -> None:
    row = rows.get(SCHEDULE, number, told.line, schedule)
    if row is None:
        row = OrderSchedule(
            number, told.line, schedule, told.part, told.unit, told.site, told.priority, amount, wanted, ZERO, None,
            ZERO, ZERO, None, ZERO, {}, at.occurred_at, at.id,
        )
        rows.add(SCHEDULE, row)
    row.part, row.unit, row.site, row.priority = told.part, told.unit, told.site, told.priority
    row.amount, row.wanted = amount, wanted
    _settle(row, at)


def _settle(row: OrderSchedule, at: Recorded) -> None:
    row.open = max(ZERO, row.amount - (row.delivered - row.damaged))
    row.last_at, row.last_fact = at.occurred_at, at.id


def _call_off(rows: Rows, order: CustomerOrder, fact: f.OrderLineCancelled, at: Recorded) -> None:
    """An amendment told its lines without what it calls off: that isn't taken away again."""
    told = order.amended_by == _event(at) and fact.line in order.amended_lines
    for called in fact.schedules:
        row = rows.get(SCHEDULE, fact.number, fact.line, called.schedule)
        if row is not None:
            row.cancelled += called.amount
            row.called_off_at = at.occurred_at
            if not told:
                row.amount = max(ZERO, row.amount - called.amount)
            _settle(row, at)


def _freeze(rows: Rows, fact: f.OrderLineFrozen, at: Recorded) -> None:
    row = rows.get(SCHEDULE, fact.number, fact.line, fact.schedule)
    if row is None:
        return
    others = {run: amount for run, amount in row.frozen.items() if run != fact.run}
    row.frozen = {**others, fact.run: fact.amount} if fact.amount else others
    row.last_at, row.last_fact = at.occurred_at, at.id


def _deliver(rows: Rows, fact: f.OrderLineDelivered, at: Recorded) -> None:
    row = rows.get(SCHEDULE, fact.number, fact.line, fact.schedule)
    if row is not None:
        row.delivered += fact.amount
        row.damaged += fact.damaged
        if fact.amount > fact.damaged and (row.delivered_at is None or row.delivered_at < at.occurred_at):
            row.delivered_at = at.occurred_at
        _settle(row, at)


ORDER_BOARD: Final = View(
    name="order_board",
    version=3,
    tables=(ORDER, LINE, BILL, SCHEDULE),
    folds=(
        f.OrderPlaced, f.OrderAccepted, f.OrderRefused, f.OrderHeld, f.OrderReleased, f.OrderAmended,
        f.AmendmentRefused, f.OrderLineCancelled, f.OrderCancelled, f.CancellationRefused, f.OrderLineFrozen,
        f.OrderLineDelivered, f.OrderCompleted, f.OrderDiscrepancyFound,
    ),
    fold=fold,
)
