"""Orders, runs and shipments over HTTP: the boards, one of each, genealogy, clear to build, and the network."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import AwareDatetime

from projections import clear_to_build_queries as clear
from projections import genealogy_queries as family
from projections import network_queries as transport
from projections import order_board_queries as board
from projections import run_board_queries as works
from projections import shipments_queries as carried
from projections.api.parameters import (
    MISSING,
    After,
    AsOf,
    Day,
    Limit,
    Lot,
    Part,
    Site,
    expect,
    point,
    reading_from,
    today_of,
)
from projections.api.system import system_of
from projections.chain_as_of import order_as_of, placed_at, run_as_of
from projections.known import piece_is_known

router = APIRouter(tags=["views"])
Order = Annotated[str | None, Query(description="Only for this customer's order")]


@router.get("/orders")
def customer_orders(
    request: Request,
    state: Annotated[
        Literal["placed", "accepted", "refused", "cancelled", "completed"] | None, Query(description="Only these")
    ] = None,
    held_only: Annotated[bool, Query(description="Only orders on hold")] = False,
    after: After = None,
    limit: Limit = 100,
) -> board.OrderHeads:
    """Customers' orders as a whole: accepted, refused and why, held, cancelled, completed."""
    with reading_from(request) as connection:
        return board.orders(connection, state=state, held_only=held_only, after=after, limit=limit)


@router.get("/orders/lines")
def order_board(
    request: Request,
    number: Annotated[str | None, Query(description="Only of this order")] = None,
    part: Part = None,
    site: Site = None,
    open_only: Annotated[bool, Query(description="Only what isn't delivered yet")] = False,
    late_only: Annotated[bool, Query(description="Only what is promised later than wanted, or not at all")] = False,
    short_only: Annotated[bool, Query(description="Only what the planner found nothing for")] = False,
    delivered_late_only: Annotated[bool, Query(description="Only what was delivered later than wanted")] = False,
    wanted_until: Annotated[date | None, Query(description="Only what is wanted on this day or earlier")] = None,
    after: After = None,
    limit: Limit = 100,
) -> board.ScheduleLines:
    """The order board: each schedule line with the day wanted and promised, its runs, and what is short below it."""
    with reading_from(request) as connection:
        return board.schedule_lines(
            connection,
            number=number,
            part=part,
            site=site,
            open_only=open_only,
            late_only=late_only,
            short_only=short_only,
            delivered_late_only=delivered_late_only,
            wanted_until=wanted_until,
            after=after,
            limit=limit,
        )


@router.get("/orders/{number:path}", responses=MISSING)
def customer_order(
    request: Request,
    number: Annotated[str, Path(description="The order's number; a slash in it may stay", examples=["SO-1"])],
    as_of: AsOf = None,
) -> board.OrderAnswer:
    """One order: lines with their as-ordered bills, schedule lines, every word its customer was given, and what the
    customer changed."""
    with reading_from(request) as connection:
        if as_of is None:
            found = board.order(connection, number)
        else:
            found = order_as_of(connection, point(request, as_of), number)
    if found is None and as_of is not None and (placed := placed_at(system_of(request).ledger, number)) is not None:
        raise HTTPException(404, f"order {number!r} was not placed yet at {as_of}; it was placed at {placed}")
    if found is None:
        raise HTTPException(404, f"no order {number!r} was placed; /parked and /rejected show what came to nothing")
    return board.amended(found, system_of(request).ledger)


@router.get("/runs")
def run_board(
    request: Request,
    part: Annotated[str | None, Query(description="Only runs that build this part")] = None,
    site: Site = None,
    state: Annotated[
        Literal["scheduled", "frozen", "started", "paused", "completed", "cancelled", "refused"] | None,
        Query(description="Only these"),
    ] = None,
    order: Order = None,
    open_only: Annotated[bool, Query(description="Only runs that aren't over")] = False,
    start_until: Annotated[AwareDatetime | None, Query(description="Only runs that start then or earlier")] = None,
    after: After = None,
    limit: Limit = 100,
) -> works.RunLines:
    """The run board: how far each run is, and how many of its requirements are complete or short."""
    with reading_from(request) as connection:
        return works.runs(
            connection,
            part=part,
            site=site,
            state=state,
            order=order,
            open_only=open_only,
            start_until=start_until,
            after=after,
            limit=limit,
        )


@router.get("/runs/{run:path}", responses=MISSING)
def one_run(
    request: Request,
    run: Annotated[str, Path(description="The run's id; a slash in it may stay", examples=["R7-1"])],
    as_of: AsOf = None,
) -> works.RunAnswer:
    """One run: requirements with what serves them and when, as ordered against as built, lots and serial numbers."""
    with reading_from(request) as connection:
        found = works.run(connection, run) if as_of is None else run_as_of(connection, point(request, as_of), run)
    if found is None:
        raise HTTPException(404, f"no run {run!r} was scheduled; /decisions shows what the planner asked for")
    return found


@router.get("/genealogy", responses=MISSING)
def genealogy(
    request: Request,
    part: Annotated[str | None, Query(description="The part that the lot or serial number is of")] = None,
    lot: Lot = None,
    serial: Annotated[str | None, Query(description="This serial number")] = None,
    run: Annotated[str | None, Query(description="Begin with this run")] = None,
) -> family.Genealogy:
    """What a run, a lot or a serial number was built of, and what it went into, up to the shipments."""
    if run is None and (part is None or (lot is None and serial is None)):
        raise HTTPException(422, "say where to begin: a run, or a part with a lot or a serial number")
    with reading_from(request) as connection:
        expect(connection, run=run, part=part)
        if part is not None and (lot or serial) and not piece_is_known(connection, part, lot, serial):
            raise HTTPException(
                404, f"nobody told of {part} {lot or serial!r}; GET /parts/{part}/movements tells its lots and serials"
            )
        return family.genealogy(connection, part=part, lot=lot, serial=serial, run=run)


@router.get("/sites/{site:path}/clear-to-build", responses=MISSING)
def clear_to_build(
    request: Request,
    site: Annotated[str, Path(description="The site's id; a slash in it may stay", examples=["plant-1"])],
    first: Annotated[Day | None, Query(description="The first day; today (UTC) if left out")] = None,
    days: Annotated[int, Query(ge=1, le=clear.MOST_DAYS, description="How many days")] = 7,
) -> clear.ClearToBuild:
    """For each shift: which runs can start with all material allocated, which lack what, and until when."""
    with reading_from(request) as connection:
        expect(connection, site=site)
        return clear.clear_to_build(connection, site, today_of(request, None), first=first, days=days)


@router.get("/shipments")
def shipments(
    request: Request,
    state: Annotated[str | None, Query(description="Only these, like planned, under_way or delivered")] = None,
    purpose: Annotated[Literal["inbound", "transfer", "delivery"] | None, Query(description="Only these")] = None,
    to_node: Annotated[str | None, Query(description="Only to this place, like site/plant")] = None,
    from_node: Annotated[str | None, Query(description="Only from this place, like supplier/ACME")] = None,
    part: Part = None,
    order: Order = None,
    purchase_order: Annotated[str | None, Query(description="Only with goods of this purchase order")] = None,
    in_transit_only: Annotated[bool, Query(description="Only with something in transit")] = False,
    late_only: Annotated[bool, Query(description="Only those that are later than planned")] = False,
    expected_until: Annotated[AwareDatetime | None, Query(description="Only those expected until then")] = None,
    after: After = None,
    limit: Limit = 100,
) -> carried.ShipmentHeads:
    """Shipments: in transit, expected, late; of each line what was sent, is in transit, arrived and is lost."""
    now = system_of(request).clock()
    with reading_from(request) as connection:
        return carried.shipments(
            connection,
            now,
            state=state,
            purpose=purpose,
            to_node=to_node,
            from_node=from_node,
            part=part,
            order=order,
            purchase_order=purchase_order,
            in_transit_only=in_transit_only,
            late_only=late_only,
            expected_until=expected_until,
            after=after,
            limit=limit,
        )


@router.get("/shipments/{shipment:path}", responses=MISSING)
def one_shipment(
    request: Request,
    shipment: Annotated[str, Path(description="The shipment's id; a slash in it may stay", examples=["S7-1"])],
) -> carried.ShipmentAnswer:
    """One shipment with its lines."""
    with reading_from(request) as connection:
        found = carried.shipment(connection, shipment, system_of(request).clock())
    if found is None:
        raise HTTPException(404, f"nobody planned or told of a shipment {shipment!r}; /parked shows what waits for one")
    return found


@router.get("/lanes")
def lanes(
    request: Request,
    from_node: Annotated[str | None, Query(description="Only from this place, like supplier/ACME")] = None,
    to_node: Annotated[str | None, Query(description="Only to this place, like site/plant")] = None,
    standing: Annotated[Literal["open", "slowed", "closed"] | None, Query(description="Only these")] = None,
    mode: Annotated[str | None, Query(description="Only by this mode, like road or sea")] = None,
    after: After = None,
    limit: Limit = 100,
) -> transport.LaneLines:
    """The network's lanes: terms, and whether each is open, slowed or closed, until when."""
    with reading_from(request) as connection:
        return transport.lanes(
            connection, from_node=from_node, to_node=to_node, standing=standing, mode=mode, after=after, limit=limit
        )


@router.get("/network")
def network(request: Request) -> transport.NetworkState:
    """What isn't as usual just now: lanes closed or slowed, suppliers that can't deliver."""
    with reading_from(request) as connection:
        return transport.network(connection)
