"""The order board: what was ordered, what was promised against what was wanted, how far its runs are, what came of it,
and what is short, at whatever level below it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field

from infra.ledger.port import Ledger
from projections.amendments import Amendment, amendments
from projections.coverage import Coverage
from projections.coverage_queries import VIEWS
from projections.decisions import DECISIONS
from projections.listing import Listing, each, told
from projections.order_board import BILL, LINE, ORDER, SCHEDULE, CustomerOrder, OrderSchedule
from projections.order_board_shorts import Decided, ShortLine, decided, shorts, waiting
from projections.pegging_queries import chains, runs_below
from projections.promises import CHANGE, PROMISE, PROMISES, Promise
from projections.queries import Answer, At, Connection, Number, Page, Where, fetch, reading
from projections.run_states import RUN, Run
from projections.working_time import SiteTimes, site_times

_ORDERS, _LINES, _BILLS, _SCHEDULES = Listing(ORDER), Listing(LINE), Listing(BILL), Listing(SCHEDULE)
_BY_DAY: Final = Listing(SCHEDULE, "wanted", "number", "line", "schedule")
_PROMISES, _CHANGES, _RUNS = Listing(PROMISE), Listing(CHANGE), Listing(RUN)
READ: Final = (*VIEWS, PROMISES, DECISIONS)
"""What has to be read together."""


class RunState(Answer):
    """A run for a schedule line, and how far it is."""

    run: str
    state: str
    amount: Number
    good: Number
    scrapped: Number
    stored: Number
    start: datetime
    due: datetime


class ScheduleLine(Answer):
    """A schedule line: open = amount − (delivered − damaged). ``state`` says how far it is: ``refused``, ``cancelled``,
    ``delivered``, ``held``, ``waits_for_a_person`` (to answer what is ``waiting``, for it or for anything below it),
    ``short``, ``on_its_way``, ``late``, ``ready`` (allocated, to be sent), ``building`` or ``planned``.

    ``delivered_on`` is the day, by the clock of the site that it left, on which the last good piece was delivered;
    ``after_wanted`` and ``after_promised`` are how many days later that was than wanted and than promised last (below
    zero: earlier). ``called_off_on`` is the day on which something was called off last. ``late_by`` is how many days
    after ``wanted`` it was delivered, where nothing is open any more, else is promised; null while nothing is promised.
    """

    number: str
    line: int
    schedule: int
    state: str
    part: str
    unit: str
    site: str
    priority: int
    amount: Number
    open: Number
    delivered: Number
    damaged: Number
    cancelled: Number
    called_off_on: date | None
    wanted: date
    promised: date | None
    first_promised: date | None
    promise_changes: int
    delivered_on: date | None
    after_wanted: int | None
    after_promised: int | None
    late_by: int | None
    hold: str | None
    decision: str | None = Field(default=None, description="the last that was taken on how it is covered")
    waiting: list[str] = Field(description="decisions that a person has to approve or refuse first, the nearest first")
    runs: list[RunState]
    short: list[ShortLine]


class ScheduleLines(Page[ScheduleLine]):
    """Schedule lines, by the day they are wanted."""


class OrderHead(Answer):
    """An order as a whole. ``problems``: why it was refused itself, not a change of it. Whom it is for is sealed."""

    number: str
    state: str
    hold: str | None
    priority: int
    destination: str | None
    ordered_at: datetime | None
    problems: list[dict[str, str]]
    reason: str | None
    oddities: int
    last_at: datetime
    last_fact: str


class OrderHeads(Page[OrderHead]):
    """Orders, by number."""


class BillLine(Answer):
    """One component of the as-ordered bill; ``numerator / denominator`` of it go into one of its parent, both in base
    units. ``unit`` is the component's; null while nobody has told of the part."""

    n: int
    parent: int
    level: int
    part: str
    unit: str | None = None
    revision: str | None = None
    numerator: int
    denominator: int
    phantom: bool
    leaf: bool


class LineWithBill(Answer):
    """A line with its as-ordered bill, whose content address is ``configuration``."""

    line: int
    part: str
    unit: str
    revision: str | None
    options: list[tuple[str, str]]
    site: str
    priority: int
    configuration: str
    bill: list[BillLine]


class PromiseWord(Answer):
    """What the customer was told, when, and the facts that caused it."""

    line: int
    schedule: int
    what: str
    was: date | None
    promised: date | None
    backing: list[str]
    reason: str | None
    because: list[str]
    cut: str
    told_at: datetime


class OrderAnswer(At):
    """All there is to say of one order. ``promises``: what its customer was told; ``amendments``: what they changed."""

    order: OrderHead
    lines: list[LineWithBill]
    schedules: list[ScheduleLine]
    promises: list[PromiseWord]
    amendments: list[Amendment] = Field(default=[], description="and what of that was refused, from the record")


@dataclass(frozen=True, slots=True)
class _Joined:
    """What schedule lines are joined with, by number, line and schedule."""

    heads: Mapping[str, CustomerOrder]
    promises: Mapping[tuple[str, int, int], Promise]
    runs: Mapping[tuple[str, int, int], Sequence[Run]]
    covered: Mapping[str, Coverage]
    below: Mapping[str, Sequence[str]]
    said: Decided
    times: SiteTimes


def orders(
    connection: Connection, *, state: str | None = None, held_only: bool = False, after: str | None = None,
    limit: int = 100,
) -> OrderHeads:
    """Orders as a whole."""
    where = Where().equal("state", state)
    if held_only:
        where.add("hold IS NOT NULL AND state = 'accepted'")
    with reading(connection, *READ) as at:
        rows, more = _ORDERS.page(connection, where, after, limit)
    return OrderHeads(at=at, items=[head(row) for row in rows], next=more)


def schedule_lines(
    connection: Connection, *, number: str | None = None, part: str | None = None, site: str | None = None,
    open_only: bool = False, late_only: bool = False, short_only: bool = False,
    delivered_late_only: bool = False, wanted_until: date | None = None, after: str | None = None, limit: int = 100,
) -> ScheduleLines:
    """The board itself, by the day that each is wanted. ``late_only``: promised later than wanted, or not at all."""
    where = Where().equal("number", number).equal("part", part).equal("site", site)
    if open_only or late_only or short_only:
        where.add("open > 0")
    if late_only:
        where.add("""NOT EXISTS (SELECT FROM lotone.promise AS given
                      WHERE given.number = order_schedule.number AND given.line = order_schedule.line
                        AND given.schedule = order_schedule.schedule AND given.promised <= order_schedule.wanted)""")
    if short_only:
        where.add("""EXISTS (SELECT FROM lotone.requirement AS need WHERE need.short > 0 AND need.requirement =
                      'order/' || order_schedule.number || '/' || order_schedule.line || '/' || schedule)""")
    if delivered_late_only:
        where.add("""(delivered_at AT TIME ZONE coalesce(
                      (SELECT zone FROM lotone.site WHERE site.site = order_schedule.site), 'UTC'))::date > wanted""")
    if wanted_until is not None:
        where.add("wanted <= %(until)s", until=wanted_until)
    with reading(connection, *READ) as at:
        rows, more = _BY_DAY.page(connection, where, after, limit)
        items = board(connection, rows)
    return ScheduleLines(at=at, items=items, next=more)


def order(connection: Connection, number: str) -> OrderAnswer | None:
    """One order with its lines, bills, schedule lines and every word its customer was given."""
    with reading(connection, *READ) as at:
        row = _ORDERS.one(connection, number=number)
        if row is None:
            return None
        of = Where().equal("number", number)
        lines = _LINES.all(connection, of)
        bills = {bill.line: bill.components for bill in _BILLS.all(connection, of)}
        units = _units(connection, {one["part"] for bill in bills.values() for one in bill})
        schedules = board(connection, _SCHEDULES.all(connection, of))
        words = _CHANGES.all(connection, of)
    return OrderAnswer(
        at=at, order=head(row), schedules=schedules, promises=each(PromiseWord, words),
        lines=[line_with_bill(line, bills.get(line.line, ()), units) for line in lines],
    )


def amended(found: OrderAnswer, ledger: Ledger) -> OrderAnswer:
    """The same with what its customer changed, from the record, as far as the answer had read."""
    told = amendments(ledger, found.order.number, found.at.get("as_of") or found.at["order_board"])
    return found.model_copy(update={"amendments": told})


def head(row: CustomerOrder) -> OrderHead:
    """An order's row as answers tell it."""
    return told(OrderHead, row)


def line_with_bill(line: Any, components: Iterable[Mapping[str, Any]], units: Mapping[str, str]) -> LineWithBill:
    """A line's row as answers tell it; ``units`` are the base units of parts."""
    return told(LineWithBill, line, bill=[
        BillLine.model_validate({**one, "unit": units.get(one["part"])}) for one in components
    ])


def _units(connection: Connection, parts: Iterable[str]) -> dict[str, str]:
    rows = fetch(
        connection, "SELECT part, unit FROM lotone.part_name WHERE part = ANY(%(parts)s)", {"parts": sorted(parts)}
    )
    return dict(rows)


def board(connection: Connection, rows: Sequence[OrderSchedule]) -> list[ScheduleLine]:
    """Schedule lines with their promises, runs and what is short below them, within a reading."""
    numbers = sorted({row.number for row in rows})
    covered = chains(connection, [requirement_of(row) for row in rows if row.open])
    among = Where().add("number = ANY(%(numbers)s)", numbers=numbers)
    runs: dict[tuple[str, int, int], list[Run]] = {}
    for run in _RUNS.all(connection, Where().add("order_number = ANY(%(numbers)s)", numbers=numbers)):
        if run.order_number is not None and run.order_line is not None and run.order_schedule is not None:
            runs.setdefault((run.order_number, run.order_line, run.order_schedule), []).append(run)
    joined = _Joined(
        {found.number: found for found in _ORDERS.all(connection, among)},
        {(given.number, given.line, given.schedule): given for given in _PROMISES.all(connection, among)},
        runs, covered, runs_below(covered), decided(connection, covered.values()), site_times(connection),
    )
    return [_schedule_line(row, joined) for row in rows]


def requirement_of(row: OrderSchedule | ScheduleLine) -> str:
    """The requirement of a schedule line."""
    return f"order/{row.number}/{row.line}/{row.schedule}"


def _schedule_line(row: OrderSchedule, joined: _Joined) -> ScheduleLine:
    key = (row.number, row.line, row.schedule)
    promise, runs = joined.promises.get(key), joined.runs.get(key, ())
    order_row = joined.heads.get(row.number)
    own = joined.covered.get(requirement_of(row))
    below = (requirement_of(row), joined.covered, joined.below, joined.said)
    short, first = shorts(*below), waiting(*below)
    decision = None if own is None else own.decision
    promised = None if promise is None else promise.promised
    clock = joined.times.of(row.site)
    came = None if row.delivered_at is None else clock.day_of(row.delivered_at)
    off = None if row.called_off_at is None else clock.day_of(row.called_off_at)
    ends = promised if row.open or came is None else came
    return told(
        ScheduleLine, row, promised=promised, first_promised=None if promise is None else promise.first,
        promise_changes=0 if promise is None else promise.changes, delivered_on=came, called_off_on=off,
        after_wanted=_days(row.wanted, came), after_promised=_days(promised, came),
        late_by=None if ends is None else max(0, (ends - row.wanted).days),
        hold=None if order_row is None else order_row.hold, runs=each(RunState, runs), short=short,
        waiting=first, decision=decision,
        state=state_of(row, order_row, own, short, runs, promised, waits=bool(first)),
    )


def _days(since: date | None, until: date | None) -> int | None:
    return None if since is None or until is None else (until - since).days


def state_of(
    row: OrderSchedule, order_row: CustomerOrder | None, own: Coverage | None, short: Sequence[ShortLine],
    runs: Sequence[Run], promised: date | None, *, waits: bool = False,
) -> str:
    """How far a schedule line is, in a word. ``waits``: something that it takes is only proposed."""
    if order_row is not None and order_row.state in ("refused", "cancelled"):
        return order_row.state
    if not row.open:
        return "delivered" if row.delivered else "cancelled"
    if order_row is not None and order_row.hold is not None:
        return "held"
    if waits:
        return "waits_for_a_person"
    if short:
        return "short"
    if own is not None and own.required and not own.open:
        return "on_its_way"
    if promised is not None and promised > row.wanted:
        return "late"
    if own is not None and own.ready and own.required:
        return "ready"
    building = any(run.state in ("started", "paused") for run in runs)
    return "building" if building else "planned"
