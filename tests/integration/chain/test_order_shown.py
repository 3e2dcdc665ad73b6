"""How an order is shown when people have a say in it: what waits for them, what they refused, what was called off."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from events.catalogue.messages import DefineBill
from events.catalogue.parts import BillLine
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import messages as p
from events.planning.shapes import AutonomyRule, DecisionKind
from events.values import Some
from tests import bikes as b
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.chain.serving import get
from tests.integration.chain.test_words import placed, said

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def asking_to_build() -> Chain:
    """A person is asked before anything is built."""
    rules = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.BUILD)
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=5, FRAME=3)
    chain.tell(p.SetPolicy(currency="EUR", alone=rules), b.ordered("SO-1", 2))
    chain.plan()
    return chain


def test_a_line_waits_for_a_person_until_they_have_said_yes(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = asking_to_build()
    told = into_postgres(chain)
    (line,) = told.get("/orders/lines")["items"]
    assert (line["state"], line["decision"]) == ("waits_for_a_person", "D1-1")
    before = ",".join(sorted({f"{shard}:{at}" for view in told.get("/orders/SO-1")["at"].values()
                              for shard, at in view.items()}))
    chain.tell(p.ApproveDecision(decision="D1-1")).plan()
    told.catch_up()
    (line,) = told.get("/orders/lines")["items"]
    assert (line["state"], line["decision"]) == ("planned", "D1-1")
    assert told.get("/orders/SO-1", as_of=before)["schedules"][0]["state"] == "waits_for_a_person"


def test_a_person_is_told_which_decision_an_order_waits_for(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    place = placed(into_postgres(asking_to_build()), tmp_path)
    said(place.lotone("show", "order", "SO-1"), "line 1/1 waits for a person: D1-1 (lotone approve D1-1, or")


def test_a_line_waits_for_a_person_where_only_what_is_bought_below_it_is_proposed(
    into_postgres: IntoPostgres, tmp_path: Path
) -> None:
    chain = lives.asking()
    told = into_postgres(chain)
    (asked,) = told.get("/decisions/worklist")["items"]
    (line,) = told.get("/orders/lines")["items"]
    assert (line["state"], line["waiting"]) == ("waits_for_a_person", [asked["decision"]])
    assert line["decision"] != asked["decision"], "the order itself is built without asking"
    told_so = placed(told, tmp_path).lotone("show", "order", line["number"])
    said(told_so, f"line 1/1 waits for a person: {asked['decision']} (lotone approve")
    chain.tell(p.ApproveDecision(decision=asked["decision"])).plan()
    told.catch_up()
    (line,) = told.get("/orders/lines")["items"]
    assert (line["state"], line["waiting"]) == ("planned", [])


def test_who_refused_it_and_why_is_told_where_nothing_serves_an_order(
    into_postgres: IntoPostgres, tmp_path: Path
) -> None:
    chain = asking_to_build()
    chain.tell(p.RefuseDecision(decision="D1-1", reason="no welder")).plan()
    told = into_postgres(chain)
    (line,) = told.get("/orders/SO-1")["schedules"]
    assert (line["state"], line["short"][0]["why"]) == (
        "short", ["D1-1 refused by tester: no welder", "build BIKE: refused by a person"],
    )
    said(placed(told, tmp_path).lotone("show", "order", "SO-1"), "D1-1 refused by tester: no welder")


def test_who_refused_a_purchase_is_told_of_what_was_to_be_served_by_it(into_postgres: IntoPostgres) -> None:
    chain = lives.asking()
    told = into_postgres(chain)
    (waiting,) = told.get("/decisions/worklist")["items"]
    chain.tell(p.RefuseDecision(decision=waiting["decision"], reason="bad lots")).plan()
    told.catch_up()
    (line,) = told.get("/orders/lines")["items"]
    assert line["state"] == "short"
    assert [one["why"][0] for one in line["short"]] == [f"{waiting['decision']} refused by tester: bad lots"]


def test_a_refused_change_stands_among_the_changes_and_not_as_the_order_s_refusal(
    into_postgres: IntoPostgres, tmp_path: Path
) -> None:
    chain = lives.planned()
    nothing = ScheduleLine(schedule=1, quantity=Some.of(1, "KGM"), wanted=lives.date(2026, 3, 27))
    chain.tell(o.AmendOrder(number="SO-1", change=(LineAmendment(line=1, schedules=(nothing,)),))).plan()
    told = into_postgres(chain)
    found = told.get("/orders/SO-1")
    assert (found["order"]["state"], found["order"]["problems"]) == ("accepted", [])
    assert [one["kind"] for one in found["amendments"]] == ["amendment refused"]
    said(placed(told, tmp_path).lotone("show", "order", "SO-1"), "amendment refused: ")


def bill_of(out: str) -> dict[str, list[str]]:
    """The words of each line below the bill's title, by part."""
    words = [line.split() for line in out.partition("As ordered")[2].splitlines()[2:]]
    return {told[0]: told[1:] for told in words if told}


def test_a_bill_says_how_much_goes_in_as_a_decimal_with_its_unit(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=3, FRAME=1)
    tubes = BillLine(line=10, component="TUBE", quantity=b.some(3), scrap_allowance=Decimal("0.1"))
    chain.tell(DefineBill(part="FRAME", lines=(tubes,)), b.ordered("SO-1", 2)).plan()
    told = into_postgres(chain)
    (line,) = told.get("/orders/SO-1")["lines"]
    bill = {one["part"]: one for one in line["bill"]}
    assert (bill["TUBE"]["numerator"], bill["TUBE"]["denominator"], bill["TUBE"]["unit"]) == (10, 3, "C62")
    shown = bill_of(said(placed(told, tmp_path).lotone("show", "order", "SO-1")))
    assert (shown["TUBE"][:3], shown["BOLT"][:2]) == (["≈", "3.334", "C62"], ["4", "C62"])


def test_a_cancelled_order_shows_what_was_cancelled(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = lives.planned()
    chain.live(1)
    chain.tell(o.CancelOrder(number="SO-1", reason="changed their mind")).plan()
    out = said(placed(into_postgres(chain), tmp_path).lotone("show", "order", "SO-1"), "2 C62 on 2026-03-03")
    row = next(line.split() for line in out.splitlines() if line.startswith("1/1 "))
    assert row[:5] == ["1/1", "BIKE", "0", "2", "C62"]


def test_an_order_that_was_not_placed_yet_then_says_when_it_was(into_postgres: IntoPostgres) -> None:
    chain = lives.planned()
    told = into_postgres(chain)
    early = get(told.app, "/orders/SO-1", as_of="2026-01-01T00:00:00Z")
    assert early.status_code == 404
    placing = next(at for at in chain.records["orders"] if at.stream == "order/SO-1")
    assert early.json()["detail"] == (
        "order 'SO-1' was not placed yet at 2026-01-01T00:00:00Z; it was placed at "
        f"{placing.recorded_at.isoformat()}, as {placing.id}"
    )
    never = get(told.app, "/orders/SO-9", as_of="2026-01-01T00:00:00Z")
    assert (never.status_code, "no order 'SO-9' was placed" in never.json()["detail"]) == (404, True)
