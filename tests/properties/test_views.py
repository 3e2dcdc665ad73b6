"""Views at a vector don't depend on the order in which shards were read, nor on how the facts were cut into batches."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.accounts import Allocated
from events.model import Fact
from events.suppliers import facts as s
from infra.ledger.port import Cursor
from projections.memory import MemoryRows
from projections.owned import fold
from projections.reading import Piece
from projections.schema import columns_of
from projections.stock_movements import MOVEMENT, STOCK_MOVEMENTS
from projections.stock_position import BUCKET, STOCK_POSITION
from projections.view import Table, View
from projections.views import VIEWS as ALL
from projections.working import WorkingSet
from tests.folding import about, arrived, bucket, issued, on_line, order, placed, received, reversed_receipt

VIEWS = tuple(view for view in ALL if {fact.DOMAIN for fact in view.folds} & {"inventory", "suppliers"})
"""Those that these facts say something to; ``test_chain_views.py`` has lives for all of them."""
amounts = st.integers(1, 50)
locations = st.sampled_from(["A1", "B2"]).map(bucket)


@st.composite
def stock(draw: st.DrawFn, part: str) -> Fact:
    """Anything that is recorded about stock of a part, sensible or not."""
    amount, place, other = draw(amounts), draw(locations), draw(locations)
    match draw(st.integers(0, 6)):
        case 0 | 1:
            return received(amount, part, bucket=place)
        case 2:
            return issued(amount, part, bucket=place)
        case 3:
            return f.StockMoved(**about(part), bucket=place, to=other, amount=amount)
        case 4:
            claim = (Allocated(bucket=place, amount=amount),)
            name = draw(st.sampled_from(["r-1", "r-2"]))
            return f.StockReserved(
                **about(part), reservation=name, amount=amount, purpose="run", priority=amount, allocations=claim
            )
        case 5:
            return f.TransferExpected(**about(part), from_site="hub", transfer="t", amount=amount)
        case _:
            return f.TransferReceived(**about(part), bucket=place, transfer="t", amount=amount, short=0)


@st.composite
def purchase(draw: st.DrawFn, number: str) -> list[Fact]:
    """An order, some of whose receipts are reversed."""
    name = {"number": number, "supplier": draw(st.sampled_from(["ACME", "BETA"]))}
    told: list[Fact] = [order(**name)]
    if draw(st.booleans()):
        told.append(s.PurchaseOrderCancelled(**on_line(50, **name), amount=Decimal(50)))
    for receipt in range(draw(st.integers(0, 3))):
        days = draw(st.integers(1, 20))
        came = arrived(10, 0, days=days, receipt=f"r-{receipt}", **name)
        told.append(came)
        if draw(st.booleans()):
            undone = reversed_receipt(10, 10, days=days, receipt=f"r-{receipt}")
            told.append(undone.model_copy(update=name))
    return told


@st.composite
def shards(draw: st.DrawFn) -> list[list[Recorded]]:
    """Some shards' facts, in their order: each part's stock is in one shard, and so is each order."""
    found: list[list[Fact]] = []
    for shard in range(3):
        parts = [f"PART-{shard}-{number}" for number in range(2)]
        found.append(draw(st.lists(st.one_of(*map(stock, parts)), max_size=15)))
    for shard in range(2):
        found.append([fact for number in range(2) for fact in draw(purchase(f"PO-{shard}-{number}"))])
    numbers = [0, 1, 2, 0, 1]
    return [
        [placed(fact, number, position, position, position) for position, fact in enumerate(facts, start=1)]
        for number, facts in zip(numbers, found, strict=True)
    ]


def interleaved(choose: st.DrawFn, told: Sequence[Sequence[Recorded]]) -> list[Recorded]:
    """The facts of all shards in some order that keeps each shard's own."""
    turns = choose(st.permutations([number for number, facts in enumerate(told) for _ in facts]))
    left = [iter(facts) for facts in told]
    return [next(left[turn]) for turn in turns]


def decoded(recorded: Recorded) -> Any:
    from events.codec import decode

    return decode(recorded)


def tables(view: View, rows: MemoryRows) -> list[Any]:
    return [rows.rows(table) for table in view.tables]


def folded(view: View, facts: Sequence[Recorded]) -> list[Any]:
    rows = MemoryRows(view.tables)
    for recorded in facts:
        fact = decoded(recorded)
        if type(fact) in view.folds:
            view.fold(rows, fact, recorded)
    return tables(view, rows)


@given(shards(), st.data())
def test_the_order_in_which_shards_are_read_makes_no_difference(
    told: list[list[Recorded]], data: st.DataObject
) -> None:
    one_after_another = [recorded for facts in told for recorded in facts]
    some_other_way = interleaved(data.draw, told)
    for view in VIEWS:
        assert folded(view, one_after_another) == folded(view, some_other_way), view.name


@given(shards())
def test_no_row_belongs_to_two_shards(told: list[list[Recorded]]) -> None:
    for view in VIEWS:
        apart = [folded(view, facts) for facts in told]
        for number, table in enumerate(view.tables):
            keys = [tuple(getattr(row, name) for name in _key(table)) for part in apart for row in part[number]]
            assert len(keys) == len(set(keys)), table.name


def _key(table: Table[Any]) -> list[str]:
    return [column.name for column in columns_of(table) if column.key]


@given(shards(), st.integers(1, 7), st.integers(1, 3))
def test_batches_and_a_small_working_set_make_no_difference(told: list[list[Recorded]], size: int, limit: int) -> None:
    for view in VIEWS:
        database = MemoryRows(view.tables)
        rows = WorkingSet(view, lambda table, key, there=database: there.get(table, *key), limit)  # type: ignore[misc]
        domains = {fact.DOMAIN for fact in view.folds}
        for facts in told:
            for start in range(0, len(facts), size):
                batch = facts[start : start + size]
                if batch[0].domain in domains:
                    piece = Piece((batch[0].domain, batch[0].shard), Cursor(), batch, [decoded(each) for each in batch])
                    assert fold(view, rows, [piece]) is None
                    _commit(database, rows)
        assert tables(view, database) == folded(view, [recorded for facts in told for recorded in facts]), view.name


def _commit(database: MemoryRows, rows: WorkingSet) -> None:
    for table, changed, gone in rows.changes():
        for key in gone:
            database.remove(table, *key)
        for row in changed:
            database.add(table, row)
    rows.settle()


@given(shards())
def test_what_is_on_hand_is_the_sum_of_what_moved(told: list[list[Recorded]]) -> None:
    position, movements = MemoryRows(STOCK_POSITION.tables), MemoryRows(STOCK_MOVEMENTS.tables)
    for recorded in (each for facts in told for each in facts):
        for view, rows in ((STOCK_POSITION, position), (STOCK_MOVEMENTS, movements)):
            if type(fact := decoded(recorded)) in view.folds:
                view.fold(rows, fact, recorded)
    moved: dict[tuple[str, str], Decimal] = {}
    for row in movements.rows(MOVEMENT):
        moved[row.part, row.location] = moved.get((row.part, row.location), Decimal(0)) + row.amount
    held = {(row.part, row.location): row.on_hand for row in position.rows(BUCKET) if row.on_hand}
    assert held == {place: amount for place, amount in moved.items() if amount}
