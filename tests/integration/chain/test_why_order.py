"""Why an order is as it is: its tree adds up, and what its customer changed is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from events.orders import messages as o
from events.orders.facts import RunScheduled
from events.orders.shapes import LineAmendment, ScheduleLine
from tests import bikes as b
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.chain.test_words import placed, said

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def scrapped() -> Chain:
    """Two bicycles are built, and one of them is scrapped: another is built for it."""
    chain = lives.planned()
    chain.live(17)
    run = next(fact.run for fact in chain.facts["orders"] if isinstance(fact, RunScheduled) and _for(fact, "SO-1"))
    chain.tell(o.Started(run=run), b.reported(run, 1, 1)).plan()
    return chain


def _for(fact: RunScheduled, number: str) -> bool:
    return fact.order is not None and fact.order.number == number


def amended() -> Chain:
    """One order is for less and for later, and then called off as a whole."""
    chain = lives.planned()
    less = ScheduleLine(schedule=1, quantity=b.some(1), wanted=lives.date(2026, 3, 27))
    chain.tell(o.AmendOrder(number="SO-1", change=(LineAmendment(line=1, schedules=(less,)),), priority=3)).plan()
    return chain


def open_of(rows: list[dict[str, Any]], order: str) -> float:
    return sum(float(row["open"] or 0) for row in rows if row["requirement"] == order)


@pytest.mark.parametrize("life", [
    lives.planned, lives.troubled, lives.asking, lives.built, lives.sent, scrapped, amended,
], ids=lambda life: life.__name__)
def test_the_rows_at_the_top_add_up_to_what_is_open_of_the_order(
    life: Callable[[], Chain], into_postgres: IntoPostgres
) -> None:
    told = into_postgres(life())
    lines = told.get("/orders/lines")["items"]
    assert lines
    for line in lines:
        why = told.get(f"/why/{line['number']}")
        order = f"order/{line['number']}/{line['line']}/{line['schedule']}"
        assert open_of(why["tree"], order) == float(line["open"]), order
        tops = {row["decision"] for row in why["tree"] if row["level"] == 0 and row["decision"]}
        assert tops <= {one["decision"]["decision"]["decision"] for one in why["reasons"]}


def test_a_run_of_which_one_was_scrapped_stands_beside_the_one_that_replaces_it(into_postgres: IntoPostgres) -> None:
    tree = into_postgres(scrapped()).get("/why/SO-1")["tree"]
    tops = [(row["amount"], row["scrapped"]) for row in tree if row["level"] == 0]
    assert tops == [("1", "1 of 2"), ("1", None)]


def test_what_a_shared_run_needs_counts_for_each_order_by_what_it_takes(into_postgres: IntoPostgres) -> None:
    chain = b.factory(WHEEL=20, TUBE=30, BOLT=50, BELL=6, SADDLE=9)
    chain.tell(o.ScheduleRun(
        run="M-1", part="FRAME", site="plant", quantity=b.some(5), start=chain.now, due=b.at(lives.date(2026, 3, 9)),
    )).plan()
    chain.tell(b.ordered("SO-1", 2), b.ordered("SO-2", 3)).plan()
    told = into_postgres(chain)
    tubes = {}
    for number in ("SO-1", "SO-2"):
        tubes[number] = [
            (row["amount"], row["whole"], row["share"])
            for row in told.get(f"/why/{number}")["tree"] if row["part"] == "TUBE"
        ]
    assert tubes == {"SO-1": [("6", "15", "2/5")], "SO-2": [("9", "15", "3/5")]}


def test_what_the_customer_changed_stands_among_the_changes(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = amended()
    told = into_postgres(chain)
    what = (
        "amended: line 1 schedule 1: 1 C62 instead of 2; "
        "line 1 schedule 1: wanted 2026-03-27 instead of 2026-03-20; priority 3 instead of 0"
    )
    why = told.get("/why/SO-1")
    change = next(one for one in why["changes"] if one["what"] == what)
    assert [step["type"] for step in change["causes"]] == ["OrderAmended"]
    assert [one["at"] for one in why["changes"]] == sorted(one["at"] for one in why["changes"])
    before = told.get("/orders/SO-1")["at"]
    assert [one["kind"] for one in told.get("/orders/SO-1")["amendments"]] == ["amended"]
    chain.tell(o.CancelOrder(number="SO-1", reason="changed their mind")).plan()
    told.catch_up()
    now = told.get("/orders/SO-1")["amendments"]
    assert [one["kind"] for one in now] == ["amended", "cancelled"]
    assert now[1]["what"] == ["line 1 schedule 1: 1 C62 called off", "changed their mind"]
    vector = ",".join(sorted({f"{shard}:{at}" for view in before.values() for shard, at in view.items()}))
    assert [one["kind"] for one in told.get("/orders/SO-1", as_of=vector)["amendments"]] == ["amended"]
    place = placed(told, tmp_path)
    said(place.lotone("show", "order", "SO-1"), "Changes", "promised for 2026-03-20", "wanted 2026-03-27 instead of")
    said(
        place.lotone("why", "SO-1"), "line 1 schedule 1: promised for 2026-03-20",
        "amended: line 1 schedule 1: 1 C62 instead of 2", "order amended",
    )
