"""Orders and runs as they stood at a point of history, folded from the record.

What depends on many others at once (what covers a requirement, and when that comes) isn't folded again: of it, only
what the planner had stated by then is told.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from projections.as_of import History
from projections.coverage import ZERO
from projections.listing import each, told
from projections.memory import MemoryRows
from projections.order_board import BILL, LINE, ORDER, ORDER_BOARD, SCHEDULE, OrderSchedule
from projections.order_board_queries import (
    OrderAnswer,
    PromiseWord,
    RunState,
    ScheduleLine,
    ShortLine,
    head,
    line_with_bill,
    requirement_of,
    state_of,
)
from projections.pegging import PEGGING, REQUIREMENT
from projections.promises import CHANGE, PROMISE, PROMISES
from projections.queries import Connection, fetch
from projections.run_board import DEVIATION, REPORT, RUN_BOARD
from projections.run_board_queries import RunAnswer, RunRows, run_answer
from projections.run_material import MATERIAL, STORED
from projections.run_states import REQUIREMENT as NEED
from projections.run_states import RUN

_DOMAINS: Final = ("orders", "planning")


def order_as_of(connection: Connection, history: History, number: str) -> OrderAnswer | None:
    """The order as it stood; None when nobody knew it then."""
    rows = history.rows(ORDER_BOARD, [("orders", f"order/{number}")])
    row = rows.get(ORDER, number)
    if row is None:
        return None
    schedules = rows.rows(SCHEDULE)
    names = [f"{one.number}/{one.line}/{one.schedule}" for one in schedules]
    promises = history.rows(PROMISES, [("planning", f"promise/{name}") for name in names])
    routed = history.rows(PEGGING, [("planning", f"requirement/order/{name}") for name in names])
    ids = fetch(
        connection, "SELECT run FROM lotone.run WHERE order_number = %(number)s ORDER BY run", {"number": number}
    )
    runs = history.rows(RUN_BOARD, [("orders", f"run/{id_}") for (id_,) in ids])
    bills = {bill.line: bill.components for bill in rows.rows(BILL)}
    return OrderAnswer(
        at=history.at(*_DOMAINS), order=head(row), promises=each(PromiseWord, promises.rows(CHANGE)),
        lines=[line_with_bill(line, bills.get(line.line, ())) for line in rows.rows(LINE)],
        schedules=[_schedule(one, row, promises, routed, runs) for one in schedules],
    )


def _schedule(
    row: OrderSchedule, order: Any, promises: MemoryRows, routed: MemoryRows, runs: MemoryRows
) -> ScheduleLine:
    promise = promises.get(PROMISE, row.number, row.line, row.schedule)
    own = [one for one in runs.rows(RUN) if (one.order_line, one.order_schedule) == (row.line, row.schedule)]
    need = routed.get(REQUIREMENT, requirement_of(row))
    short = [] if need is None or not need.short else [ShortLine(
        requirement=need.requirement, part=need.part, site=need.site, unit=need.unit, short=need.short,
        needed_by=need.needed_by, decision=need.decision, why=[],
    )]
    promised: date | None = None if promise is None else promise.promised
    return told(
        ScheduleLine, row, promised=promised, first_promised=None if promise is None else promise.first,
        promise_changes=0 if promise is None else promise.changes, hold=order.hold,
        late_by=None if promised is None else max(0, (promised - row.wanted).days), runs=each(RunState, own),
        short=short, state=state_of(row, order, None, short, own, promised),
    )


def run_as_of(history: History, id_: str) -> RunAnswer | None:
    """The run as it stood; None when nobody had scheduled it then."""
    rows = history.rows(RUN_BOARD, [("orders", f"run/{id_}")])
    row = rows.get(RUN, id_)
    if row is None:
        return None
    needs: Sequence[Any] = rows.rows(NEED)
    found = RunRows(
        row, needs, rows.rows(MATERIAL), rows.rows(STORED), rows.rows(REPORT), rows.rows(DEVIATION)
    )
    answer = run_answer(history.at("orders"), found, {}, None)
    complete = sum(one.issued - one.returned - one.scrapped >= one.amount for one in found.needs if one.amount > ZERO)
    line = answer.run.model_copy(update={"required": len(found.needs), "complete": complete})
    return answer.model_copy(update={"run": line})
