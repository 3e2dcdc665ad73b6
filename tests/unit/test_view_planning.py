"""Planning's views: pegs keep what was used, proposals end with their decision, people's words stand until released."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.decision import Recorded
from events.inventory import facts as i
from events.inventory.accounts import Allocated, Refusal
from events.orders.shapes import OrderRef
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import (
    Alternative,
    Chosen,
    DecisionKind,
    DecisionStatus,
    Figures,
    OptionKind,
    Place,
    SupplyKey,
    Trouble,
    UnpegReason,
    WhyNot,
)
from events.values import Some
from projections.decisions import CUT, DECISION, DECISIONS, POLICY, WORD, Decision
from projections.memory import MemoryRows
from projections.pegging import PEG, PEGGING, REQUIREMENT
from projections.plans import PLAN, PLANS, PROPOSED
from projections.promises import CHANGE, PROMISE, PROMISES
from projections.requisitions import REQUISITION, REQUISITIONS
from projections.reservations import ACCOUNT, EARMARK, RESERVATIONS
from tests.folding import START, about, bucket, folded, issued, placed

NEEDED = START + timedelta(days=9)
BOLT: dict[str, Any] = {"part": "BOLT", "site": "plant", "unit": "C62"}
REF = OrderRef(number="SO-1", line=1, schedule=1)
WAY: dict[str, Any] = {"option": 1, "kind": OptionKind.STOCK, "part": "BOLT", "amount": Decimal(5)}


def routed(kind: Any = f.RequirementRouted, decision: str = "D1-1", **more: Any) -> Any:
    told: dict[str, Any] = {"amount": Decimal(5), "short": Decimal(0), "policy": 0, "because": ("orders/0/1",)} | more
    chosen = (Chosen(**WAY, cost=Decimal(7)),)
    return kind(requirement="run/R1/1", **BOLT, needed_by=NEEDED, decision=decision, chosen=chosen, **told)


def pegged(amount: int, peg: str = "P1-1", supply: SupplyKey | None = None) -> f.SupplyPegged:
    return f.SupplyPegged(
        peg=peg, requirement="run/R1/1", supply=supply or SupplyKey.purchase("PO-1", 1), **BOLT, amount=Decimal(amount),
        decision="D1-1", purpose="R1", needed_by=NEEDED, available_at=START,
    )


def unpegged(amount: int, left: int) -> f.SupplyUnpegged:
    return f.SupplyUnpegged(
        peg="P1-1", requirement="run/R1/1", supply=SupplyKey.purchase("PO-1", 1), **BOLT, amount=Decimal(amount),
        left=Decimal(left), reason=UnpegReason.DEMAND_LESS,
    )


def test_a_peg_shrinks_by_what_is_given_back_whatever_was_used_of_it() -> None:
    rows = folded(PEGGING, routed(), pegged(10), unpegged(3, left=1))  # 6 of it were used: 1 is what it still covers
    assert [(row.amount, row.supply) for row in rows.rows(PEG)] == [(7, "purchase/PO-1/1")]
    assert folded(PEGGING, pegged(10), unpegged(10, left=0)).rows(PEG) == []


def test_a_shortage_stands_until_it_is_ended() -> None:
    stated = f.ShortageStated(requirement="run/R1/1", **BOLT, needed_by=NEEDED, amount=Decimal(2))
    ended = f.ShortageEnded(requirement="run/R1/1", **BOLT, needed_by=NEEDED)
    assert folded(PEGGING, routed(), stated).rows(REQUIREMENT)[0].short == 2
    row = folded(PEGGING, routed(), stated, ended).rows(REQUIREMENT)[0]
    assert (row.short, row.short_since, row.decision) == (0, None, "D1-1")


def test_decisions_on_a_requirement_are_counted_once_each() -> None:
    again = routed(f.RequirementRerouted, "D2-1")
    assert folded(PEGGING, routed(status=DecisionStatus.PROPOSED), routed(), again).rows(REQUIREMENT)[0].decisions == 2


def reserved(amount: int, **more: Any) -> i.StockReserved:
    told = (Allocated(bucket=bucket(), amount=Decimal(amount)),)
    return i.StockReserved(
        **about(), reservation="P1-1", amount=Decimal(amount), purpose="R1", allocations=told, **more
    )


def earmarked(amount: int, open_: int) -> i.SupplyEarmarked:
    return i.SupplyEarmarked(
        **about(), supply="purchase/PO-1/1", reservation="P1-1", purpose="R1", amount=Decimal(amount),
        open=Decimal(open_),
    )


def test_a_reservation_s_account_tells_what_was_used_long_after() -> None:
    use = issued(4, reservation="P1-1", consumed=(Allocated(bucket=bucket(), amount=Decimal(4)),))
    broken = i.AllocationBroken(
        **about(), reservation="P1-1", purpose="R1", amount=Decimal(1), bucket=bucket(), open=Decimal(0), because="x"
    )
    account, = folded(RESERVATIONS, reserved(5), use, broken).rows(ACCOUNT)
    assert (account.reserved, account.used, account.broken, account.released) == (5, 4, 1, 0)


def test_what_comes_for_an_earmark_is_earmarked_no_more() -> None:
    rows = folded(RESERVATIONS, earmarked(5, 5), reserved(3, supply="purchase/PO-1/1"))
    assert [(row.open, row.purpose) for row in rows.rows(EARMARK)] == [(2, "R1")]
    all_of_it = folded(RESERVATIONS, earmarked(5, 5), reserved(5, supply="purchase/PO-1/1"))
    assert all_of_it.rows(EARMARK) == []
    back = i.SupplyUnearmarked(
        **about(), supply="purchase/PO-1/1", reservation="P1-1", purpose="R1", amount=Decimal(5), open=Decimal(0)
    )
    assert folded(RESERVATIONS, earmarked(5, 5), back).rows(EARMARK) == []


def test_a_refusal_is_told_until_something_is_reserved_after_all() -> None:
    no = i.ReservationRefused(
        **about(), reservation="P1-1", purpose="R1", wanted=Decimal(5), available=Decimal(0), reason=Refusal.SHORT
    )
    assert folded(RESERVATIONS, no).rows(ACCOUNT)[0].refused == Refusal.SHORT.value
    assert folded(RESERVATIONS, no, reserved(5)).rows(ACCOUNT)[0].refused is None


def promise(kind: Any, day: int, **more: Any) -> Any:
    return kind(
        order=REF, part="BIKE", amount=Decimal(1), unit="C62", wanted=date(2026, 3, 20), promised=date(2026, 3, day),
        backing=(SupplyKey.run("R1"),), **more,
    )


def test_every_word_a_customer_was_given_is_kept_and_the_last_one_stands() -> None:
    facts = (
        promise(f.PromiseGiven, 20), promise(f.PromiseChanged, 24, was=date(2026, 3, 20)),
        f.PromiseWithdrawn(order=REF, was=date(2026, 3, 24), reason="nothing serves it"),
    )
    rows = folded(PROMISES, *facts)
    assert [(row.what, row.was, row.promised) for row in rows.rows(CHANGE)] == [
        ("given", None, date(2026, 3, 20)), ("changed", date(2026, 3, 20), date(2026, 3, 24)),
        ("withdrawn", date(2026, 3, 24), None),
    ]
    last, = rows.rows(PROMISE)
    assert (last.promised, last.first, last.changes, last.reason) == (None, date(2026, 3, 20), 2, "nothing serves it")


def reorder(status: DecisionStatus = DecisionStatus.DECIDED) -> f.ReorderDecided:
    return f.ReorderDecided(
        requisition="Q1-1", supplier="ACME", **BOLT, decision="D1-2", amount=Decimal(10), quantity=Some.of(1, "CT"),
        value=Decimal(15), order_by=date(2026, 3, 1), due=date(2026, 3, 9), for_stock=Decimal(5), policy=1,
        figures=Figures(on_hand=Decimal(0), on_order=Decimal(0), required=Decimal(5), position=Decimal(-5)),
        status=status,
    )


WITHDRAWN = f.DecisionWithdrawn(decision="D1-2", reason="not needed")
PROPOSED_ = DecisionStatus.PROPOSED


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((reorder(),), "decided"),
        ((reorder(PROPOSED_),), "proposed"),
        ((reorder(PROPOSED_), reorder()), "decided"),
        ((reorder(PROPOSED_), WITHDRAWN), "withdrawn"),
        ((reorder(PROPOSED_), reorder(), WITHDRAWN), "decided"),
        ((reorder(), f.RequisitionDeclined(requisition="Q1-1", reason="no budget")), "declined"),
        ((reorder(), f.RequisitionAnswered(
            requisition="Q1-1", supplier="ACME", **BOLT, number="PO-9", line=2, amount=Decimal(10)
        )), "answered"),
        ((reorder(), f.RequisitionWithdrawn(
            requisition="Q1-1", supplier="ACME", **BOLT, amount=Decimal(10), reason="not needed"
        )), "withdrawn"),
    ],
)
def test_a_requisition_ends_as_it_was_answered(facts: tuple[Any, ...], state: str) -> None:
    row, = folded(REQUISITIONS, *facts).rows(REQUISITION)
    assert (row.state, row.amount, row.quantity_unit) == (state, 10, "CT")


def test_declining_what_nobody_asked_for_makes_nothing_up() -> None:
    assert folded(REQUISITIONS, f.RequisitionDeclined(requisition="Q9-9")).rows(REQUISITION) == []


def run_planned(status: DecisionStatus) -> g.RunPlanned:
    return g.RunPlanned(
        run="R1-1", part="BIKE", site="plant", unit="C62", decision="D1-2", amount=Decimal(2), start=START, due=NEEDED,
        requirements=(), status=status, order=REF,
    )


def test_what_was_only_proposed_ends_with_its_decision() -> None:
    rows = folded(PLANS, run_planned(PROPOSED_), WITHDRAWN)
    assert [(row.state, row.reason) for row in rows.rows(PLAN)] == [("withdrawn", "not needed")]
    assert rows.rows(PROPOSED) == []
    decided = folded(PLANS, run_planned(PROPOSED_), run_planned(DecisionStatus.DECIDED), WITHDRAWN)
    assert [row.state for row in decided.rows(PLAN)] == ["planned"]


def test_a_plan_remembers_when_it_was_first_due() -> None:
    moved = g.RunReplanned(
        run="R1-1", part="BIKE", site="plant", unit="C62", start=START, due=NEEDED + timedelta(days=3), was_start=START,
        was_due=NEEDED,
    )
    row, = folded(PLANS, run_planned(DecisionStatus.DECIDED), moved).rows(PLAN)
    assert (row.due - row.first_due, row.changes) == (timedelta(days=3), 1)


def by_the_planner(*facts: Any) -> MemoryRows:
    """Those of cut 3, and what people say in between."""
    rows = MemoryRows(DECISIONS.tables)
    for number, fact in enumerate(facts, 1):
        at: Recorded = placed(fact, 0, number, number)
        said = isinstance(fact, f.DecisionApproved | f.DecisionRefused | f.DecisionOverridden | f.OverrideEnded)
        at = at if said else at._replace(source="lotone:planner", cause="3", actor="planner")
        DECISIONS.fold(rows, fact, at)
    return rows


def decided(*facts: Any) -> Decision:
    return by_the_planner(*facts).rows(DECISION)[0]


PROPOSAL = f.DecisionProposed(
    decision="D1-1", kind=DecisionKind.ROUTE, subject="run/R1/1", part="BOLT", site="plant", amount=Decimal(5),
    unit="C62", value=Decimal(7), why="above 5 EUR",
)
APPROVED = f.DecisionApproved(decision="D1-1", reason="fine")
REFUSED = f.DecisionRefused(decision="D1-1", reason="bad lots")
OVERRIDDEN = f.DecisionOverridden(decision="D1-1", option=2, reason="sooner")


def test_a_decision_keeps_its_ways_its_cut_and_its_value() -> None:
    lost = Alternative(**{**WAY, "option": 2}, why=WhyNot.DEARER, by=Decimal(3))
    row = decided(routed(alternatives=(lost,)))
    assert (row.kind, row.status, row.cut, row.value) == ("route", "decided", 3, 7)
    assert (row.chosen[0]["kind"], row.alternatives[0]["why"], row.alternatives[0]["by"]) == ("stock", "dearer", "3")


@pytest.mark.parametrize(
    ("facts", "status", "word"),
    [
        ((PROPOSAL,), "proposed", None),
        ((PROPOSAL, APPROVED, routed()), "approved", "approved"),
        ((PROPOSAL, REFUSED, f.DecisionWithdrawn(decision="D1-1", reason="refused")), "refused", "refused"),
        ((OVERRIDDEN,), "overridden", "overridden"),
        ((OVERRIDDEN, f.OverrideEnded(decision="D1-1")), "overridden", None),
        ((PROPOSAL, f.DecisionWithdrawn(decision="D1-1", reason="not required")), "withdrawn", None),
    ],
)
def test_a_person_s_word_stands_until_it_is_released(facts: tuple[Any, ...], status: str, word: str | None) -> None:
    row = decided(routed(status=PROPOSED_ if PROPOSAL in facts else DecisionStatus.DECIDED), *facts)
    assert (row.status, row.word) == (status, word)


def test_every_word_is_kept_also_one_that_could_not_be_followed() -> None:
    trouble = Trouble(field="option", problem="no option 9", remedy="name another")
    told = f.AnswerRefused(decision="D1-1", asked="OverrideDecision", problems=(trouble,))
    rows = by_the_planner(routed(), OVERRIDDEN, told)
    assert [(row.what, row.option, row.actor) for row in rows.rows(WORD)] == [
        ("overridden", 2, "tester"), ("not_followed", None, "planner"),
    ]
    assert rows.rows(WORD)[1].problems[0]["problem"] == "no option 9"


def test_what_follows_from_a_decision_is_listed_once() -> None:
    row = decided(routed(decision="D1-2"), run_planned(PROPOSED_), run_planned(DecisionStatus.DECIDED), reorder())
    assert row.makes == ("run/R1-1", "requisition/Q1-1")


def test_cuts_and_policies_are_kept() -> None:
    cut = f.CutTaken(
        cut=3, vector=(Place(domain="orders", shard=0, position=7),), release="r", policy=1,
        clock=datetime(2026, 1, 1, tzinfo=UTC),
    )
    rows = by_the_planner(cut, f.PolicySet(currency="EUR", version=1))
    assert rows.rows(CUT)[0].vector == {"orders/0": 7}
    assert (rows.rows(POLICY)[0].version, rows.rows(POLICY)[0].terms["currency"]) == (1, "EUR")
