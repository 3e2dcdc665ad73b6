"""How an order is shown when people have a say in it: what waits for them, what they refused, what was called off."""

from collections.abc import Callable
from pathlib import Path

import pytest

from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import messages as p
from events.planning.shapes import AutonomyRule, DecisionKind
from events.values import Some
from tests import bikes as b
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
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
