"""The views over HTTP: stock, movements, purchase orders, suppliers; ``at`` tells the vector an answer reflects."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import AwareDatetime

from events.values import Status
from projections import purchase_order_lines_queries as orders
from projections import stock_movements_queries as movements
from projections import stock_position_queries as stock
from projections import supplier_record_queries as suppliers
from projections.api.parameters import (
    MISSING,
    After,
    AsOf,
    Limit,
    Lot,
    Part,
    PartId,
    Site,
    SupplierId,
    Today,
    expect,
    point,
    reading_from,
    today_of,
)
from projections.stock_as_of import stock_as_of, stock_then

router = APIRouter(tags=["views"])


@router.get("/stock")
def stock_positions(
    request: Request,
    part: Part = None,
    site: Site = None,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = 100,
) -> stock.StockPositions:
    """On hand by status, allocated, available, on order and in transit, for each part at each site.

    With `as_of`, name a part: its positions are then folded from the record.
    """
    if as_of is not None and part is None:
        raise HTTPException(422, "name a part: as_of folds one part's streams, not all there are")
    with reading_from(request) as connection:
        if as_of is None or part is None:
            return stock.positions(connection, part=part, site=site, after=after, limit=limit)
        with stock_then(connection, point(request, as_of), part) as past:
            return stock.positions(past, part=part, site=site, after=after, limit=limit)


@router.get("/stock/buckets")
def stock_buckets(
    request: Request,
    part: Part = None,
    site: Site = None,
    location: Annotated[str | None, Query(description="Only this location")] = None,
    status: Annotated[Status | None, Query(description="Only stock of this status")] = None,
    lot: Lot = None,
    serial: Annotated[str | None, Query(description="Only this serial number")] = None,
    after: After = None,
    limit: Limit = 100,
) -> stock.BucketLines:
    """Stock by location, status, revision, lot, serial number and owner."""
    with reading_from(request) as connection:
        return stock.buckets(
            connection,
            part=part,
            site=site,
            location=location,
            status=status,
            lot=lot,
            serial=serial,
            after=after,
            limit=limit,
        )


@router.get("/stock/allocations")
def stock_allocations(
    request: Request,
    part: Part = None,
    site: Site = None,
    reservation: Annotated[str | None, Query(description="Only this reservation")] = None,
    after: After = None,
    limit: Limit = 100,
) -> stock.AllocationLines:
    """Which reservation claims what, and whom it is for."""
    with reading_from(request) as connection:
        return stock.allocations(connection, part=part, site=site, reservation=reservation, after=after, limit=limit)


@router.get("/stock/transfers")
def stock_transfers(
    request: Request, part: Part = None, site: Site = None, after: After = None, limit: Limit = 100
) -> stock.TransitLines:
    """Transfers on their way between our sites."""
    with reading_from(request) as connection:
        return stock.transits(connection, part=part, site=site, after=after, limit=limit)


@router.get("/parts/{part:path}/stock", responses=MISSING)
def part_stock(request: Request, part: PartId, as_of: AsOf = None) -> stock.PartStock:
    """All there is to say of one part's stock, now or as of a point of history."""
    with reading_from(request) as connection:
        if as_of is None:
            found = stock.part_stock(connection, part)
        else:
            found = stock_as_of(connection, point(request, as_of), part)
    if found is None:
        raise HTTPException(
            404, f"no stock, order or transfer of a part {part!r}; /streams/catalogue/part/{part} has its master data"
        )
    return found


@router.get("/parts/{part:path}/movements", responses=MISSING)
def part_movements(
    request: Request,
    part: PartId,
    site: Site = None,
    lot: Lot = None,
    run: Annotated[str | None, Query(description="Only movements to or from this run")] = None,
    order: Annotated[str | None, Query(description="Only movements for this purchase order")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only what happened then or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Only what happened then or earlier")] = None,
    newest: Annotated[bool, Query(description="Begin with the latest")] = False,
    after: After = None,
    limit: Limit = 100,
) -> movements.MovementLines:
    """Every posting of a part, in the order of when it happened, with the event that caused it."""
    with reading_from(request) as connection:
        expect(connection, part=part)
        return movements.movements(
            connection,
            part,
            site=site,
            lot=lot,
            run=run,
            order=order,
            since=since,
            until=until,
            newest=newest,
            after=after,
            limit=limit,
        )


@router.get("/parts/{part:path}/balance", responses=MISSING)
def part_balance(
    request: Request,
    part: PartId,
    site: Site = None,
    occurred_until: Annotated[
        AwareDatetime | None, Query(description="As corrected since: only what happened until then")
    ] = None,
    recorded_until: Annotated[
        AwareDatetime | None, Query(description="As known then: only what was recorded until then")
    ] = None,
) -> movements.Balance:
    """A part's book at a past time, as it was known then, as it is known now, or both."""
    with reading_from(request) as connection:
        expect(connection, part=part)
        return movements.balance(
            connection, part, site=site, occurred_until=occurred_until, recorded_until=recorded_until
        )


@router.get("/purchase-orders/lines")
def purchase_order_lines(
    request: Request,
    number: Annotated[str | None, Query(description="Only this purchase order")] = None,
    supplier: Annotated[str | None, Query(description="Only orders to this supplier")] = None,
    part: Part = None,
    site: Site = None,
    open_only: Annotated[bool, Query(description="Only lines of which something is open")] = False,
    late_only: Annotated[bool, Query(description="Only lines that are late")] = False,
    promised_until: Annotated[date | None, Query(description="Only lines promised for this day or earlier")] = None,
    today: Today = None,
    after: After = None,
    limit: Limit = 100,
) -> orders.OrderLines:
    """Lines of purchase orders: what is open, what is late, what came and how good it was."""
    with reading_from(request) as connection:
        return orders.order_lines(
            connection,
            today_of(request, today),
            number=number,
            supplier=supplier,
            part=part,
            site=site,
            open_only=open_only,
            late_only=late_only,
            promised_until=promised_until,
            after=after,
            limit=limit,
        )


@router.get("/purchase-orders/{number:path}", responses=MISSING)
def purchase_order(
    request: Request,
    number: Annotated[str, Path(description="The order's number; a slash in it may stay", examples=["PO-1001"])],
    today: Today = None,
) -> orders.PurchaseOrderAnswer:
    """One purchase order with its lines."""
    with reading_from(request) as connection:
        found = orders.purchase_order(connection, number, today_of(request, today))
    if found is None:
        raise HTTPException(404, f"no purchase order {number!r} was placed; /parked shows what waits for one")
    return found


@router.get("/suppliers")
def supplier_records(request: Request, after: After = None, limit: Limit = 100) -> suppliers.SupplierLines:
    """Every supplier's record: lead times, lateness, fill rates, rejects."""
    with reading_from(request) as connection:
        return suppliers.suppliers(connection, after=after, limit=limit)


@router.get("/suppliers/{supplier:path}/receipts", responses=MISSING)
def supplier_receipts(
    request: Request,
    supplier: SupplierId,
    part: Part = None,
    since: Annotated[date | None, Query(description="Only receipts of this day or later")] = None,
    after: After = None,
    limit: Limit = 100,
) -> suppliers.ReceiptLines:
    """The receipts behind a supplier's record, each with the days it counts with."""
    with reading_from(request) as connection:
        expect(connection, supplier=supplier)
        return suppliers.receipts(connection, supplier, part=part, since=since, after=after, limit=limit)


@router.get("/suppliers/{supplier:path}", responses=MISSING)
def supplier_record(request: Request, supplier: SupplierId) -> suppliers.SupplierAnswer:
    """One supplier's record, and with each part."""
    with reading_from(request) as connection:
        found = suppliers.supplier(connection, supplier)
    if found is None:
        raise HTTPException(
            404,
            f"nothing was ordered of {supplier!r}; /streams/catalogue/supplier/{supplier} has its master data",
        )
    return found
