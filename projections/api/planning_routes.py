"""What is planned, over HTTP: requirements and pegs both ways, supply and demand, promises to give, decisions, policy,
purchases to send and to chase, and why."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import AwareDatetime

from events.planning.shapes import DecisionKind
from projections import decisions_queries as decided
from projections import pegging_queries as pegs
from projections import requisitions_queries as buying
from projections import supply_demand_queries as balance
from projections import where_used_queries as used
from projections import why_queries as reasons
from projections.api.parameters import (
    MISSING,
    After,
    Limit,
    Part,
    PartId,
    Site,
    Supplier,
    Today,
    expect,
    reading_from,
    today_of,
)
from projections.api.system import system_of
from projections.known import supply_is_known

router = APIRouter(tags=["planning"])
AtSite = Annotated[str, Query(description="At this site", examples=["plant-1"])]
Kind = Annotated[DecisionKind | None, Query(description="Only of this kind")]


@router.get("/requirements")
def requirements(
    request: Request,
    part: Part = None,
    site: Site = None,
    short_only: Annotated[bool, Query(description="Only those that nothing serves whole")] = False,
    after: After = None,
    limit: Limit = 100,
) -> pegs.RequirementLines:
    """What is required, and what of it is done, on hand, to come and short, with every peg."""
    with reading_from(request) as connection:
        return pegs.requirements(
            connection, part=part, site=site, short_only=short_only, after=after, limit=limit
        )


@router.get("/pegging/{requirement:path}", responses=MISSING)
def pegging(
    request: Request,
    requirement: Annotated[
        str, Path(description="order/NUMBER/LINE/SCHEDULE, run/RUN/N or stock/SITE/PART", examples=["order/SO-1/1/1"])
    ],
) -> pegs.PeggingAnswer:
    """From what is wanted down: every requirement below it, and what each is to be covered by."""
    with reading_from(request) as connection:
        found = pegs.pegging(connection, requirement)
    if found is None:
        raise HTTPException(
            404, f"nobody requires {requirement!r}; it is like order/SO-1/1/1, run/R7-1/2 or stock/plant-1/BOLT"
        )
    return found


@router.get("/where-used/{supply:path}", responses=MISSING)
def where_used(
    request: Request,
    supply: Annotated[
        str,
        Path(
            description="purchase/NUMBER/LINE, run/RUN, transfer/TRANSFER, requisition/ID or stock/SITE/PART",
            examples=["purchase/PO-1001/1"],
        ),
    ],
    expected_at: Annotated[
        AwareDatetime | None, Query(description="As if it came then; left out: when it is expected now")
    ] = None,
) -> used.WhereUsed:
    """From a supply up: whom it is for, what it hits when it comes late, as far as slack doesn't take it up, and whom
    it has moved or left short already."""
    with reading_from(request) as connection:
        if not supply_is_known(connection, supply):
            raise HTTPException(
                404, f"there is no supply {supply!r}: it is like purchase/PO-1/1, run/R7-1, transfer/T7-1, "
                "requisition/Q7-1 or stock/plant-1/BOLT",
            )
        return used.where_used(connection, system_of(request).ledger, supply, expected_at)


@router.get("/parts/{part:path}/supply-demand", responses=MISSING)
def supply_demand(request: Request, part: PartId, site: AtSite) -> balance.SupplyDemand:
    """All that comes and is wanted of a part at a site, by date, with what should be done about each supply."""
    now = system_of(request).clock()
    with reading_from(request) as connection:
        expect(connection, part=part, site=site)
        return balance.supply_demand(connection, part, site, now)


@router.get("/parts/{part:path}/available-to-promise", responses=MISSING)
def available_to_promise(request: Request, part: PartId, site: AtSite) -> balance.AvailableToPromise:
    """What can still be promised of a part at a site, by date: discrete, cumulative with look-ahead.

    All that is decided counts, what is only proposed doesn't; `firm` says how much of it is more than a plan. What is
    late counts when the planner expects it; `unknown` is what nobody knows a date of, which promises nothing.
    """
    now = system_of(request).clock()
    with reading_from(request) as connection:
        expect(connection, part=part, site=site)
        return balance.promisable(connection, part, site, now)


@router.get("/decisions")
def decisions(
    request: Request,
    kind: Kind = None,
    status: Annotated[
        Literal["proposed", "decided", "approved", "refused", "overridden", "withdrawn"] | None,
        Query(description="Only these"),
    ] = None,
    order: Annotated[str | None, Query(description="Only for this customer's order and every run below it")] = None,
    part: Part = None,
    site: Site = None,
    subject: Annotated[str | None, Query(description="Only about this requirement, requisition or transfer")] = None,
    cut: Annotated[int | None, Query(ge=1, description="Only those taken at this cut")] = None,
    after: After = None,
    limit: Limit = 100,
) -> decided.DecisionLines:
    """Every decision, with the ways that were chosen."""
    with reading_from(request) as connection:
        return decided.decisions(
            connection,
            kind=kind,
            status=status,
            order=order,
            part=part,
            site=site,
            subject=subject,
            cut=cut,
            after=after,
            limit=limit,
        )


@router.get("/decisions/worklist")
def worklist(
    request: Request,
    by: Annotated[Literal["urgency", "value"], Query(description="The most urgent first, or the dearest")] = "urgency",
    kind: Kind = None,
    part: Part = None,
    after: After = None,
    limit: Limit = 100,
) -> decided.DecisionLines:
    """What waits for a person's word."""
    with reading_from(request) as connection:
        return decided.worklist(connection, by=by, kind=kind, part=part, after=after, limit=limit)


@router.get("/decisions/{decision:path}", responses=MISSING)
def one_decision(
    request: Request,
    decision: Annotated[str, Path(description="The decision's number", examples=["D7-1"])],
) -> decided.DecisionAnswer:
    """One decision: what was chosen, every other way with its figures and why it lost, and what people said."""
    with reading_from(request) as connection:
        found = decided.decision(connection, decision)
    if found is None:
        raise HTTPException(404, f"no decision {decision!r}; GET /decisions lists them all")
    return found


@router.get("/policy")
def policy(request: Request, after: After = None, limit: Limit = 100) -> decided.Policies:
    """What the planner may do alone and what it weighs: the policy that holds first, then those before it."""
    with reading_from(request) as connection:
        return decided.policies(connection, after=after, limit=limit)


@router.get("/cuts")
def cuts(request: Request, after: After = None, limit: Limit = 100) -> decided.Cuts:
    """The points in history at which the planner decided, the latest first."""
    with reading_from(request) as connection:
        return decided.cuts(connection, after=after, limit=limit)


@router.get("/requisitions")
def requisitions(
    request: Request,
    state: Annotated[
        Literal["proposed", "decided", "answered", "declined", "withdrawn"] | None, Query(description="Only these")
    ] = None,
    part: Part = None,
    site: Site = None,
    supplier: Supplier = None,
    today: Today = None,
    after: After = None,
    limit: Limit = 100,
) -> buying.RequisitionLines:
    """What was decided to be bought, on which figures, and what the purchasing system made of it."""
    with reading_from(request) as connection:
        return buying.requisitions(
            connection,
            today_of(request, today),
            state=state,
            part=part,
            site=site,
            supplier=supplier,
            after=after,
            limit=limit,
        )


@router.get("/purchase-orders/to-send")
def to_send(
    request: Request,
    supplier: Supplier = None,
    part: Part = None,
    site: Site = None,
    today: Today = None,
    after: After = None,
    limit: Limit = 100,
) -> buying.RequisitionLines:
    """Requisitions that nobody has ordered yet, by the day on which they have to be."""
    with reading_from(request) as connection:
        return buying.to_send(
            connection, today_of(request, today), supplier=supplier, part=part, site=site, after=after, limit=limit
        )


@router.get("/purchase-orders/to-chase")
def to_chase(
    request: Request,
    supplier: Supplier = None,
    part: Part = None,
    site: Site = None,
    hitting_only: Annotated[bool, Query(description="Leave out, page by page, those that hit no order")] = False,
    today: Today = None,
    after: After = None,
    limit: Limit = 100,
) -> buying.ChaseLines:
    """Purchase order lines that are late, delayed or unconfirmed, each with whom it hits."""
    with reading_from(request) as connection:
        return buying.to_chase(
            connection,
            system_of(request).ledger,
            today_of(request, today),
            supplier=supplier,
            part=part,
            site=site,
            hitting_only=hitting_only,
            after=after,
            limit=limit,
        )


@router.get("/why/{id:path}", responses=MISSING)
def why(
    request: Request,
    id: Annotated[str, Path(description="An order's, decision's or run's number", examples=["SO-1", "D7-1"])],
    limit: Annotated[
        int, Query(ge=1, le=1000, description="Decisions at most; `left_out` says how many more there are")
    ] = reasons.MOST,
) -> reasons.Why:
    """Why an order is promised as it is, a run is as it is, or a decision was taken, back to the events behind it."""
    with reading_from(request) as connection:
        found = reasons.why(connection, system_of(request).ledger, id, limit)
    if found is None:
        raise HTTPException(
            404, f"{id!r} is no order, decision or run that is known here; GET /orders, /runs and /decisions list them"
        )
    return found
