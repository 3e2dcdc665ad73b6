"""Orders and runs as they stood at a point of history: which streams an answer about them depends on."""

from collections.abc import Iterable, Sequence
from typing import Final

from infra.ledger.port import Ledger
from infra.sharding import shard_of
from projections.as_of import History
from projections.decisions import DECISION
from projections.memory import MemoryRows
from projections.order_board import BILL, SCHEDULE
from projections.order_board_queries import READ, OrderAnswer, order
from projections.past import More, Stream, then
from projections.pegging import PEG, Peg
from projections.plans import PLAN
from projections.queries import Connection, fetch
from projections.requisitions import REQUISITION
from projections.run_board_queries import RunAnswer, run
from projections.run_states import RUN
from projections.supplies import parts_of

DOMAINS: Final = ("catalogue", "orders", "inventory", "suppliers", "logistics", "planning")
_TIMES: Final = "SELECT 'site/' || site FROM lotone.site UNION SELECT 'calendar/' || calendar FROM lotone.work_calendar"
_AROUND: Final = """
    SELECT 'logistics', 'lane/' || lane FROM lotone.lane
    UNION SELECT 'suppliers', 'supplier/' || supplier FROM lotone.supplier_standing ORDER BY 1, 2
"""
_RUNS: Final = "SELECT run FROM lotone.run WHERE order_number = %(number)s"
_GIVEN: Final = "SELECT DISTINCT line, schedule FROM lotone.promise_change WHERE number = %(number)s"
_ROUTED: Final = """
    SELECT requirement FROM lotone.requirement, unnest(%(runs)s::text[]) AS run
     WHERE requirement >= 'run/' || run || '/' AND requirement < 'run/' || run || '0'
"""
_HELD: Final = "SELECT DISTINCT part, site FROM lotone.reservation_account WHERE reservation = ANY(%(pegs)s)"
_CARRIED: Final = "SELECT DISTINCT shipment FROM lotone.shipment_line WHERE purchase = ANY(%(numbers)s)"


def order_as_of(connection: Connection, history: History, number: str) -> OrderAnswer | None:
    """The order as it stood; None when nobody knew it then."""
    runs = [row[0] for row in fetch(connection, _RUNS, {"number": number})]
    given = fetch(connection, _GIVEN, {"number": number})
    begin = [*_times(connection), ("orders", f"order/{number}"), *_of_runs(runs)]
    begin += [("planning", f"promise/{number}/{line}/{schedule}") for line, schedule in given]
    with then(connection, history, READ, DOMAINS, _chain(connection, begin, number)) as past:
        return order(past, number)


def placed_at(ledger: Ledger, number: str) -> str | None:
    """When an order was recorded first, and where; None when nobody ever told of it."""
    stream = f"order/{number}"
    first = next(iter(ledger.stream("orders", shard_of(stream, ledger.genesis().shards["orders"]), stream)), None)
    return None if first is None else f"{first.recorded_at.isoformat()}, as {first.id}"


def run_as_of(connection: Connection, history: History, id_: str) -> RunAnswer | None:
    """The run as it stood; None when nobody had scheduled it then."""
    begin = [*_times(connection), *_of_runs([id_])]
    with then(connection, history, READ, DOMAINS, _chain(connection, begin)) as past:
        return run(past, id_)


def _times(connection: Connection) -> list[Stream]:
    """Days and shifts, and what keeps supplies from coming: every site, lane and supplier that was ever down."""
    around = [(domain, stream) for domain, stream in fetch(connection, _AROUND, {})]
    return [("catalogue", row[0]) for row in fetch(connection, _TIMES, {})] + around


def _of_runs(runs: Iterable[str]) -> list[Stream]:
    return [(domain, f"run/{run}") for run in runs for domain in ("orders", "planning")]


def _chain(connection: Connection, begin: Sequence[Stream], number: str | None = None) -> More:
    """An order's schedule lines, and all that is below what the rows hold: pegs, their supplies, and runs' needs."""

    def more(rows: MemoryRows) -> Iterable[Stream]:
        yield from begin
        for line in rows.rows(SCHEDULE):
            if line.number == number:
                place = f"{line.number}/{line.line}/{line.schedule}"
                yield "planning", f"promise/{place}"
                yield "planning", f"requirement/order/{place}"
        for bill in rows.rows(BILL):
            yield from (("catalogue", f"part/{one['part']}") for one in bill.components)
        pegs = rows.rows(PEG)
        for peg in pegs:
            yield from _supply(peg)
        runs = {row.run for row in rows.rows(RUN)} | {peg.supply[4:] for peg in pegs if peg.kind == "run"}
        for row in rows.rows(RUN):
            yield from (("planning", f"requirement/run/{row.run}/{n}") for n in row.needs)
        asked = {plan.decision for plan in rows.rows(PLAN)} | {row.decision for row in rows.rows(REQUISITION)}
        asked |= {row.decision for row in rows.rows(DECISION)}
        yield from (("planning", f"decision/{decision}") for decision in sorted(asked - {None}, key=str))
        yield from _named_live(connection, pegs, sorted(runs))

    return more


def _supply(peg: Peg) -> list[Stream]:
    """The streams that tell of a peg's supply, and of its reservation."""
    found: list[Stream] = [("inventory", f"stock/{peg.part}@{peg.site}")]
    kind, id_, _ = parts_of(peg.supply)
    match kind:
        case "purchase":
            found.append(("suppliers", f"purchase-order/{id_}"))
        case "run":
            found += _of_runs([id_])
        case "transfer":
            found += [("planning", f"transfer/{id_}"), ("planning", f"requirement/transfer/{id_}"),
                      ("logistics", f"shipment/{id_}")]
        case "requisition":
            found.append(("planning", f"requisition/{id_}"))
    return found


def _named_live(connection: Connection, pegs: Sequence[Peg], runs: Sequence[str]) -> Iterable[Stream]:
    """What only the live views name: needs routed before their run was scheduled, places of reservations, shipments."""
    numbers = sorted({parts_of(peg.supply)[1] for peg in pegs if peg.kind == "purchase"})
    for (requirement,) in fetch(connection, _ROUTED, {"runs": list(runs)}):
        yield "planning", f"requirement/{requirement}"
    for part, site in fetch(connection, _HELD, {"pegs": [peg.peg for peg in pegs]}):
        yield "inventory", f"stock/{part}@{site}"
    for (shipment,) in fetch(connection, _CARRIED, {"numbers": numbers}):
        yield "logistics", f"shipment/{shipment}"
