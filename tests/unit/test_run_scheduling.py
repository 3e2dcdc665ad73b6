"""Runs are scheduled, moved, resized, called off and frozen; until the freeze all may change."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from events.catalogue import facts as c
from events.decision import Reject
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunState
from services.order.state import State, dump, load
from tests.scenario import Scenario, Then, day, part, site
from tests.unit.order_words import (
    REF,
    bill,
    chosen,
    kinds,
    level,
    made,
    moved,
    need,
    orders,
    output,
    pieces,
    refused,
    run,
    runs,
    the_run,
)


def scheduled(*more: Any, **told: Any) -> Scenario[State]:
    """A run of four bikes."""
    return orders().given(run(**told), *more)


def wrong(then: Then) -> list[str]:
    return refused(then, f.RunRefused)


def required(scenario: Scenario[State]) -> dict[str, Decimal]:
    """What the run needs, by part."""
    return {one.part: one.amount for one in the_run(scenario).needs.values()}


def test_a_run_without_requirements_needs_what_the_bill_says_through_phantoms_a_level_down() -> None:
    (fact,) = orders().when(run(4)).facts
    assert [(one.n, one.part, one.amount) for one in fact.requirements] == [
        (1, "FRAME", 4), (2, "WHEEL", 8), (3, "BOLT", 16), (4, "BELL", 4), (5, "PAINT", Decimal("0.4")),
    ]
    assert fact.requirements[4].unit == "KGM"


def test_a_requirement_is_exact_for_one_and_rounded_up_once_for_all() -> None:
    (fact,) = orders().when(run(3, part="RACK")).facts
    (bars,) = fact.requirements
    assert (Fraction(bars.numerator, bars.denominator), bars.amount) == (Fraction(3, 2), 5)


def test_options_change_what_a_run_needs() -> None:
    shop = scheduled(options=chosen(frame="race"))
    assert "RACER" in required(shop)


def test_requirements_that_are_given_are_taken_as_they_are() -> None:
    given = (need(2, "FRAME", 4), need(5, "BELL", 7, (7, 4), needed_by=day(11)))
    (fact,) = orders().when(run(requirements=given)).facts
    assert fact.requirements == given


def test_the_same_again_is_nothing_new_and_other_words_under_the_id_are_refused() -> None:
    shop = scheduled().given(m.RescheduleRun(run="R", start=day(20), due=day(21)))
    assert shop.when(run()).facts == []
    assert wrong(shop.when(run(9))) == ["run"]
    assert the_run(shop).amount == 4
    shop.known = orders(bill("BIKE", ("BELL", 3))).known
    assert shop.when(run()).facts == []


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({"part": "FRAME"}, ["part"]),
        ({"part": "OLD"}, ["part"]),
        ({"part": "KIT"}, ["part"]),
        ({"part": "EMPTY"}, ["part"]),
        ({"due": day(11)}, ["due"]),
        ({"quantity": pieces("1.5")}, ["quantity"]),
        ({"quantity": pieces(1).model_copy(update={"unit": "KGM"})}, ["quantity"]),
        ({"options": chosen(frame="tandem")}, ["options.0.choice"]),
        ({"site": "closed"}, ["site"]),
        ({"requirements": (need(1, "PAINT", 1),)}, ["requirements.0.unit"]),
        ({"requirements": (need(1, "BELL", 1), need(1, "BAR", 1))}, ["requirements.1.n"]),
    ],
)
def test_what_cant_be_built_is_refused_with_its_field(told: dict[str, Any], fields: list[str]) -> None:
    shop = orders(
        made("EMPTY"), made("OLD").model_copy(update={"active": False}), bill("OLD", ("BELL", 1)),
        site("closed").model_copy(update={"active": False}),
    )
    assert wrong(shop.when(run(**told))) == fields
    assert runs(shop).run is None


def test_a_part_that_isnt_made_for_anybody_new_is_still_built_for_who_ordered_it() -> None:
    shop = orders(made("OLD").model_copy(update={"active": False}), bill("OLD", ("BELL", 1)))
    assert shop.when(run(part="OLD", order=REF)).names == ["RunScheduled"]


def test_what_isnt_known_yet_is_waited_for() -> None:
    orders().when(run(part="TRIKE", site="moon")).parked_on("part/TRIKE", "site/moon")
    orders().when(run(location="attic")).parked_on("location/plant/attic")
    orders().when(run(requirements=(need(1, "MAGIC", 1),))).parked_on("part/MAGIC")
    orders(bill("RACK", ("MAGIC", 1))).when(run(part="RACK")).parked_on("part/MAGIC")


def test_dates_may_change_at_any_time_and_what_is_needed_when_moves_along() -> None:
    shop = scheduled(requirements=(need(1, "FRAME", 4, needed_by=day(11)),)).given(m.FreezeRun(run="R"))
    later = m.RescheduleRun(run="R", start=day(15), due=day(17))
    (fact,) = shop.when(later).facts
    assert (fact.was_start, fact.was_due) == (day(12), day(13))
    assert the_run(shop).needs[1].needed_by == day(14)
    assert shop.when(later).facts == []


def test_a_run_that_started_keeps_its_start_and_one_that_is_over_keeps_everything() -> None:
    shop = scheduled(m.Started(run="R"))
    assert wrong(shop.when(m.RescheduleRun(run="R", start=day(14), due=day(17)))) == ["start"]
    assert shop.when(m.RescheduleRun(run="R", start=day(12), due=day(17))).names == ["RunRescheduled"]
    shop.given(m.Completed(run="R"))
    assert wrong(shop.when(m.RescheduleRun(run="R", start=day(12), due=day(18)))) == ["run"]
    assert wrong(scheduled().when(m.RescheduleRun(run="R", start=day(12), due=day(11)))) == ["due"]


def test_until_the_freeze_a_run_is_resized_and_needs_in_proportion() -> None:
    shop = orders().given(run(3, part="RACK"))
    (fact,) = shop.when(m.ResizeRun(run="R", quantity=pieces(5))).facts
    assert (fact.amount, fact.was, fact.requirements[0].amount) == (5, 3, 8)
    assert shop.when(m.ResizeRun(run="R", quantity=pieces(5))).facts == []
    assert wrong(shop.when(m.ResizeRun(run="R", quantity=pieces("0.5")))) == ["quantity"]
    given = m.ResizeRun(run="R", quantity=pieces(2), requirements=(need(1, "BAR", 3, (3, 2)),))
    assert shop.when(given).facts[0].requirements == given.requirements
    other = given.model_copy(update={"requirements": (need(1, "BELL", 3, (3, 2)),)})
    assert shop.when(other).facts[0].requirements == other.requirements


def test_requirements_that_are_given_for_another_quantity_are_looked_at_too() -> None:
    twice = m.ResizeRun(run="R", quantity=pieces(2), requirements=(need(1, "PAINT", 1), need(1, "BAR", 1)))
    assert wrong(scheduled().when(twice)) == ["requirements.0.unit", "requirements.1.n"]
    unknown = m.ResizeRun(run="R", quantity=pieces(2), requirements=(need(1, "MAGIC", 1),))
    scheduled().when(unknown).parked_on("part/MAGIC")


def test_a_run_may_be_due_when_it_starts() -> None:
    assert orders().when(run(due=day(12))).names == ["RunScheduled"]
    assert scheduled().when(m.RescheduleRun(run="R", start=day(9), due=day(9))).names == ["RunRescheduled"]


@pytest.mark.parametrize(
    "body", [m.ResizeRun(run="R", quantity=pieces(9)), m.CancelRun(run="R")]
)
def test_after_the_freeze_its_quantity_stays_and_it_isnt_called_off(body: Any) -> None:
    shop = scheduled(m.FreezeRun(run="R"))
    assert wrong(shop.when(body)) in (["quantity"], ["run"])
    assert shop.facts[-1].asked == type(body).__name__  # type: ignore[attr-defined]
    assert (the_run(shop).amount, the_run(shop).state) == (4, RunState.FROZEN)


def test_a_refusal_says_whether_the_run_is_fixed_or_over() -> None:
    ends: tuple[Any, ...] = (m.FreezeRun(run="R"), m.Completed(run="R"), m.CancelRun(run="R"))
    for end, word in zip(ends, ("fixed", "completed", "off"), strict=True):
        shop = scheduled(end)
        for body in (m.ResizeRun(run="R", quantity=pieces(9)), m.CancelRun(run="R")):
            found = shop.when(body).facts
            assert all(word in fact.problems[0].problem for fact in found)
            assert found or word == "off"


def test_freezing_fixes_quantity_and_requirements_once() -> None:
    shop = scheduled()
    (fact,) = shop.when(m.FreezeRun(run="R")).facts
    assert (fact.amount, len(fact.requirements)) == (4, 5)
    assert shop.when(m.FreezeRun(run="R")).facts == []
    gone = scheduled(m.CancelRun(run="R"))
    assert wrong(gone.when(m.FreezeRun(run="R"))) == ["run"]


def test_a_run_is_called_off_once_and_what_it_had_been_given_is_said() -> None:
    shop = scheduled(moved(m.FollowIssue, "FRAME", 3), moved(m.FollowReturn, "FRAME", 1, "inventory/0/2"))
    then = shop.when(m.CancelRun(run="R", reason="not wanted"))
    assert (then.names[0], kinds(then)) == ("RunCancelled", ["material_left"])
    assert then.facts[1].amount == 2
    assert shop.when(m.CancelRun(run="R")).facts == []


@pytest.mark.parametrize(
    "body",
    [
        m.RescheduleRun(run="R", start=day(1), due=day(2)), m.ResizeRun(run="R", quantity=pieces(1)),
        m.CancelRun(run="R"), m.FreezeRun(run="R"), m.SplitRun(run="R", into="R2", quantity=pieces(1)),
    ],
)
def test_what_is_asked_of_an_unknown_run_is_rejected_with_a_remedy(body: Any) -> None:
    outcome = orders().decide(body)
    assert isinstance(outcome, Reject)
    assert outcome.problems[0].field == "run"


@pytest.mark.parametrize(
    "body",
    [
        m.Started(run="R"), m.Paused(run="R"), m.Resumed(run="R"), m.Completed(run="R"), output(1),
        m.Substituted(run="R", requirement=1, part="BELL", quantity=pieces(1)),
        m.ComponentScrapped(run="R", part="BELL", quantity=pieces(1)),
    ],
)
def test_what_happened_to_a_run_nobody_has_scheduled_waits_for_it(body: Any) -> None:
    orders().when(body).parked_on("run/R")


def test_material_of_a_run_nobody_has_scheduled_is_recorded_and_found_when_it_is() -> None:
    shop = orders()
    then = shop.when(moved(m.FollowIssue, "FRAME", 3))
    assert then.names == ["RunMaterialIssued", "RunDiscrepancyFound"]
    assert kinds(then) == ["unknown_run"]
    assert shop.when(moved(m.FollowOutput, "BIKE", 1, "inventory/0/2")).names == ["RunOutputStored"]
    shop.given(run())
    assert (runs(shop).materials["FRAME"].net, runs(shop).stored) == (3, 1)


def test_the_order_hears_of_its_runs() -> None:
    shop = scheduled(order=REF)
    shop.given(m.FreezeRun(run="R"), m.Started(run="R"), output(3), m.Completed(run="R"))
    heard = [
        command for fact, at in zip(shop.facts, shop.records, strict=True) for command in shop.service.react(fact, at)
    ]
    assert [(one.state, one.quantity.amount) for one in heard if isinstance(one, m.FollowRun)] == [
        (RunState.SCHEDULED, 4), (RunState.FROZEN, 4), (RunState.COMPLETED, 3),
    ]
    gone = scheduled(order=REF).when(m.CancelRun(run="R")).commands
    assert [(one.state, one.quantity) for one in gone if isinstance(one, m.FollowRun)] == [
        (RunState.CANCELLED, level(0))
    ]


def test_a_run_for_nobody_tells_no_order() -> None:
    assert orders().when(run()).commands == []


def test_a_state_is_the_same_after_a_snapshot() -> None:
    shop = scheduled(m.Started(run="R"), output(1, backflush=True), moved(m.FollowIssue, "FRAME", 2))
    before = shop.state("run/R")
    assert load(dump(before)) == before
    assert timedelta(0) <= the_run(shop).due - the_run(shop).start


def test_a_part_superseded_since_is_needed_as_its_successor() -> None:
    newer = c.PartSuperseded(part="BELL", by="GONG", effective_from=day(1), use_up=False)
    shop = orders(part("GONG"), newer).given(run())
    assert "GONG" in required(shop)
