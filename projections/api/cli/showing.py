"""What lotone show prints of a part, a purchase order and a supplier."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from events.values import plain
from infra.postgres import guarded
from infra.store import Store
from projections.api.cli.output import out, pairs, table
from projections.api.cli.words import when
from projections.api.system import System
from projections.purchase_order_lines_queries import PurchaseOrderAnswer, purchase_order
from projections.stock_position_queries import BucketLine, PartStock, StockPosition, part_stock
from projections.supplier_record_queries import DaysAnswer, SupplierAnswer
from projections.supplier_record_queries import supplier as supplier_of


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer for programs, and how to print it for people."""

    data: Any
    print: Callable[[], None]


Show = Callable[[Store | System, str], Shown | None]


def part(base: Store | System, id_: str) -> Shown | None:
    """A part's stock everywhere."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = part_stock(connection, id_)
    return None if found is None else Shown(found, lambda: _part(found))


def order(base: Store | System, id_: str) -> Shown | None:
    """A purchase order with its lines."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = purchase_order(connection, id_, base.clock().date())
    return None if found is None else Shown(found, lambda: _order(found))


def supplier(base: Store | System, id_: str) -> Shown | None:
    """A supplier's record."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = supplier_of(connection, id_)
    return None if found is None else Shown(found, lambda: _supplier(found))


_POSITION = (
    "site unit on_hand allocated available inspection hold rejected configured consigned on_order in_transit short"
)
_BUCKET = "site location status lot/serial built_as owner on_hand allocated last_in last_fact"


def _names(columns: str) -> list[str]:
    return [name.replace("_", " ") for name in columns.split()]


def _part(found: PartStock) -> None:
    table(f"Part {found.part}", _names(_POSITION), [_position(at) for at in found.sites])
    table("Where", _names(_BUCKET), [_bucket(at) for at in found.buckets])
    if found.allocations:
        rows = [
            (at.reservation, at.purpose, at.site, at.location, _n(at.amount), when(at.needed_by))
            for at in found.allocations
        ]
        table("Allocated to", ("reservation", "for", "site", "location", "amount", "needed by"), rows)
    if found.in_transit:
        moving = [(at.transfer, at.from_site, at.site, _n(at.under_way), when(at.sent_at)) for at in found.in_transit]
        table("In transit", ("transfer", "from", "to", "under way", "sent"), moving)


def _position(at: StockPosition) -> list[str]:
    held = (at.on_hand, at.allocated, at.available, at.by_status.inspection, at.by_status.hold, at.by_status.rejected)
    return [at.site, at.unit, *map(_n, (*held, at.configured, at.consigned, at.on_order, at.in_transit, at.short))]


def _bucket(at: BucketLine) -> list[str]:
    place = [at.site, at.location, at.status, at.lot or at.serial or "", at.configuration or "", at.owner or ""]
    return [*place, _n(at.on_hand), _n(at.allocated), when(at.last_in_at), at.last_fact]


def _order(found: PurchaseOrderAnswer) -> None:
    closed = when(found.closed_at) if found.closed_at else "open"
    pairs(
        f"Purchase order {found.number}",
        {
            "supplier": found.supplier,
            "site": found.site,
            "ordered": when(found.ordered_at),
            "approval": found.approval,
            "closed": closed,
        },
    )
    rows = [
        (
            at.line,
            at.part,
            at.unit,
            _n(at.ordered),
            _n(at.open),
            _n(at.received),
            _n(at.accepted),
            _n(at.rejected),
            _n(at.in_inspection),
            _n(at.over),
            _n(at.cancelled + at.short_closed),
            at.promised or at.due,
            f"{at.days_late} days" if at.late else "",
        )
        for at in found.lines
    ]
    names = (
        "line",
        "part",
        "unit",
        "ordered",
        "open",
        "received",
        "accepted",
        "rejected",
        "inspection",
        "over",
        "given up",
        "promised",
        "late",
    )
    table("Lines", names, rows)


def _supplier(found: SupplierAnswer) -> None:
    record = found.record
    days = record.days
    if record.down_since:
        back = f"expected back {when(record.down_until)}" if record.down_until else "nobody said until when"
        out.print(f"DOWN since {when(record.down_since)}, {back}", markup=False)
    table(
        f"Supplier {record.supplier}: whole calendar days in the site's time zone",
        ("measure", "receipts", "mean", "p50", "p90", "least", "most"),
        [
            ("ordered to received", *_days(days.ordered_to_received)),
            ("confirmed to received", *_days(days.confirmed_to_received)),
            ("late (+) or early (-)", *_days(days.lateness)),
        ],
    )
    rows = [
        (
            at.part,
            at.unit,
            at.lines,
            at.receipts,
            _n(at.ordered),
            _n(at.received),
            _percent(at.fill_rate),
            _percent(at.reject_rate),
            at.days.ordered_to_received.p50,
            at.days.lateness.p90,
        )
        for at in found.parts
    ]
    names = ("part", "unit", "lines", "receipts", "ordered", "received", "fill rate", "rejects", "lead p50", "late p90")
    table("By part (fill rate: received by the promised day ÷ ordered and not cancelled)", names, rows)


def _days(found: DaysAnswer) -> tuple[object, ...]:
    return (
        found.count,
        None if found.mean is None else _n(found.mean),
        found.p50,
        found.p90,
        found.earliest,
        found.latest,
    )


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{plain(round(rate * 100, 1))} %"


def _n(amount: Decimal) -> str:
    return plain(amount)
