"""4,012 real purchase orders are told over, in memory; in the end each line stands where the maker's own rows say."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from events.catalogue.reference import Reference
from events.suppliers import facts as f
from events.suppliers.messages import Approval
from events.suppliers.shapes import Contradiction
from services.supplier.order import Line, Order, State
from tests.adventureworks.contradictions import contradictions
from tests.adventureworks.convert import code, history
from tests.adventureworks.memory import body, replayed
from tests.adventureworks.rows import FOLDER, Files
from tests.scenario import Scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(bicycle_maker: Files, catalogue: Reference) -> Scenario[State]:
    return replayed(history(bicycle_maker), catalogue)


def read(name: str) -> list[dict[str, str]]:
    """The rows as they lie there: what is expected shares no code with the conversion."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def orders(told: Scenario[State]) -> dict[str, Order]:
    found = {stream.removeprefix("purchase-order/"): state.order for stream, state in told.states.items()}
    return {number: order for number, order in found.items() if order is not None}


def lines(told: Scenario[State]) -> Iterator[tuple[dict[str, str], Order, Line]]:
    """Each row of the file, with the order and line it became."""
    placed = orders(told)
    for row in read("PurchaseOrderDetail"):
        order = placed[row["PurchaseOrderId"]]
        yield row, order, order.lines[int(row["PurchaseOrderDetailId"])]


def test_every_order_and_line_is_there(told: Scenario[State]) -> None:
    assert len(orders(told)) == 4012
    assert sum(len(order.lines) for order in orders(told).values()) == 8845
    assert sum(isinstance(fact, f.PurchaseOrderPlaced) for fact in told.facts) == 4012


def test_every_line_stands_where_the_rows_say(
    bicycle_maker: Files, catalogue: Reference, told: Scenario[State]
) -> None:
    columns = ("OrderQty", "ReceivedQty", "RejectedQty", "StockedQty")
    for row, order, line in lines(told):
        assert line.told is not None
        factor = catalogue.factor(line.part, line.told[1], order.ordered_at)
        wanted = [Fraction(row[column]) * (factor or 0) for column in columns]
        assert [Fraction(amount) for amount in (line.ordered, line.received, line.rejected, line.accepted)] == wanted
        assert line.part == code(bicycle_maker.products[row["ProductId"]])
        assert line.price == Decimal(row["UnitPrice"])


def test_nothing_is_in_inspection_or_over_and_the_sums_agree(told: Scenario[State]) -> None:
    for _, _, line in lines(told):
        assert (line.in_inspection, line.over, line.cancelled) == (0, 0, 0)
        assert line.ordered == line.open + line.received + line.short_closed
        assert line.received == line.accepted + line.rejected


def test_what_complete_orders_lack_is_short_closed_and_what_others_lack_is_open(told: Scenario[State]) -> None:
    complete = {row["PurchaseOrderId"] for row in read("PurchaseOrderHeader") if row["Status"] == "4"}
    for row, order, line in lines(told):
        lacking = line.ordered - line.received
        closed = row["PurchaseOrderId"] in complete
        assert order.closed == closed
        assert (line.short_closed, line.open) == ((lacking, 0) if closed else (0, lacking))


def test_every_order_ends_as_approved_pending_or_refused_as_its_header_says(told: Scenario[State]) -> None:
    approvals = {"1": Approval.PENDING, "2": Approval.APPROVED, "3": Approval.REJECTED, "4": Approval.APPROVED}
    placed = orders(told)
    for row in read("PurchaseOrderHeader"):
        assert placed[row["PurchaseOrderId"]].approval is approvals[row["Status"]]


def test_what_is_told_again_in_other_events_changes_nothing(bicycle_maker: Files, told: Scenario[State]) -> None:
    before = len(told.facts)
    for event in history(bicycle_maker)[:1000]:
        told.decide(body(event), at=datetime.fromisoformat(event["time"]), id="again/" + event["id"])
    assert len(told.facts) == before


def test_what_contradicts_itself_is_found_and_reported(bicycle_maker: Files, told: Scenario[State]) -> None:
    found = Counter(fact.kind for fact in told.facts if isinstance(fact, f.PurchaseOrderDiscrepancyFound))
    counted = {one.kind: one.found for one in contradictions(bicycle_maker)}
    assert found[Contradiction.INACTIVE_SUPPLIER] == counted["orders at inactive vendors"] == 203
    assert found[Contradiction.DUE_BEFORE_ORDERED] == counted["lines due before they were ordered"] == 7
    assert found[Contradiction.BEFORE_SHIPPED] == counted["lines received before the order was shipped"] == 8788
    pending = counted["lines stocked though the order is pending"]
    assert found[Contradiction.NOT_APPROVED] == pending + counted["lines received though the order was refused"] == 619


def test_the_past_moves_no_stock(bicycle_maker: Files) -> None:
    assert {event["type"].split(".")[1] for event in history(bicycle_maker)} == {"suppliers"}
