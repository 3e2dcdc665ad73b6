"""What holds of lots and of restocking whatever the terms and the stock; and what textbooks say it comes to."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, exp, pi, sqrt
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.catalogue.lots import LotRule
from events.planning.shapes import PolicyShape
from events.units import counted
from projections.planning.shapes import Buy, Position
from projections.replenishment import purchase, reorder_needs
from projections.routing import route
from tests.known import Known, agreement, kept_part, known, need
from tests.scenario import START, part, reference, site, supplier

INSTANCES = Path(__file__).resolve().parents[3] / "shared" / "data" / "stockpyl" / "stockpyl_instances.json"
AT = ("saddle", "plant")
small = st.integers(1, 12)
sizes = st.one_of(st.none(), small.map(Decimal), st.decimals("0.1", "9.9", places=1))


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, str, LotRule]:
    """Terms, and what may be ordered by them, where anything may."""
    base, unit = draw(st.sampled_from([("C62", "C62"), ("C62", "CT"), ("DZN", "EA"), ("KGM", "LBR"), ("LTR", "CT")]))
    made = part("saddle", base, **({"CT": draw(small)} if unit == "CT" else {}))
    least, most = draw(sizes), draw(sizes)
    multiple = draw(sizes)
    floor = max(ceil((least or Decimal(0)) / (multiple or 1)), 1) * (multiple or Decimal(1))
    terms = {"minimum": least, "multiple": multiple, "maximum": most and floor + most * draw(st.integers(0, 40))}
    told = reference(made, supplier("acme"), agreement(
        "acme", "saddle", unit=unit, **{name: str(size) for name, size in terms.items() if size is not None},
    ))
    record, factor = told.part("saddle"), told.factor("saddle", unit, START)
    assert record is not None
    assert factor is not None
    rule = LotRule.of(told.agreements("saddle", START)[0], record, factor)
    assume(rule is not None)
    assert rule is not None
    if terms["minimum"] is not None:
        assert rule.least >= Fraction(terms["minimum"])
    if terms["maximum"] is not None:
        assert rule.most is not None
        assert rule.most <= Fraction(terms["maximum"])
    if terms["multiple"] is not None:
        assert not rule.step % Fraction(terms["multiple"])
    return base, unit, rule


@settings(max_examples=300, deadline=None)
@given(rules(), st.decimals("0.001", "3000", places=3))
def test_lines_are_the_least_that_is_enough_and_allowed(told: tuple[str, str, LotRule], amount: Decimal) -> None:
    base, unit, rule = told
    lines = rule.lines(amount)
    for line in lines:
        assert rule.least <= line
        assert rule.most is None or line <= rule.most
        assert not line % rule.step
        assert Fraction(rule.amount(line)) == line * rule.factor
        assert not counted(unit) or line.denominator == 1
        assert not counted(base) or rule.amount(line) == int(rule.amount(line))
    whole = sum(lines, Fraction(0))
    assert whole * rule.factor >= Fraction(amount)
    assert whole == _least_total(rule, Fraction(amount) / rule.factor, len(lines))
    assert len(lines) == (1 if rule.most is None else ceil(max(_steps(rule, amount), rule.least) / rule.most))


def _steps(rule: LotRule, amount: Decimal) -> Fraction:
    return ceil(Fraction(amount) / rule.factor / rule.step) * rule.step


def _least_total(rule: LotRule, wanted: Fraction, count: int) -> Fraction:
    """One step less is too little, or less than so many minima."""
    total = ceil(wanted / rule.step) * rule.step
    return max(total, rule.least * count)


# Never twice


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Known, list[Buy]]:
    figures = {
        name: None if figure is None else Decimal(figure) for name, figure in {
            "safety_stock": draw(st.none() | st.integers(0, 20)), "reorder_point": draw(st.none() | st.integers(0, 40)),
            "order_up_to": draw(st.none() | st.integers(0, 90)),
        }.items()
    }
    terms = [
        agreement(
            name, "saddle", str(draw(small)), draw(small), minimum=draw(small), multiple=draw(small),
            **({"maximum": draw(st.integers(24, 99))} if draw(st.booleans()) else {}),
        ) for name in ("acme", "best")
    ]
    world = known(
        kept_part("saddle", **figures), site("plant"), supplier("acme"), supplier("best"), *terms,
        policy=PolicyShape(currency="EUR", lateness_cost_per_day=draw(st.sampled_from([0, 50]))),
    )
    buys = []
    for place in range(draw(st.integers(0, 4))):
        wanted = need(amount=draw(st.integers(1, 50)), days=draw(st.integers(0, 30)), requirement=f"r{place}")
        buys += [Buy(wanted, one.amount, one.candidate) for one in route(world, wanted, START).chosen]
    required = sum((buy.amount for buy in buys), Decimal(draw(st.integers(0, 30))))
    world.positions[AT] = Position(Decimal(draw(st.integers(0, 90))), Decimal(0), Decimal(0), required)
    return world, buys


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_what_was_asked_for_is_not_asked_for_again(told: tuple[Known, list[Buy]]) -> None:
    world, buys = told
    lacking = reorder_needs(world, [AT], START)
    found = purchase(world, buys, lacking, START)
    assert purchase(world, buys, lacking, START) == found
    before = world.positions[AT]
    ordered = sum((one.amount for one in found), before.on_order)
    after = replace(world, positions={AT: replace(before, on_order=ordered)})
    assert reorder_needs(after, [AT], START) == []
    assert purchase(after, [], [], START) == []


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_every_need_is_bought_for_once_and_all_else_is_stock(told: tuple[Known, list[Buy]]) -> None:
    world, buys = told
    found = purchase(world, buys, reorder_needs(world, [AT], START), START)
    pegged: dict[str, Decimal] = {}
    for one in found:
        assert sum((amount for _, amount in one.pegged), one.for_stock) == one.amount
        assert one.for_stock >= 0
        assert all(amount > 0 for _, amount in one.pegged)
        assert one.order_by <= one.due
        for requirement, amount in one.pegged:
            pegged[requirement] = pegged.get(requirement, Decimal(0)) + amount
    assert pegged == {buy.need.requirement: buy.amount for buy in buys}


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_without_a_need_of_stock_only_lots_add_to_what_is_bought(told: tuple[Known, list[Buy]]) -> None:
    world, buys = told
    for one in purchase(world, buys, [], START):
        assert not one.for_stock or one.for_stock < (one.figures.multiple or 0) + (one.figures.minimum or 0)


# Textbooks


def instance(name: str) -> dict[str, Any]:
    if not INSTANCES.exists():
        pytest.skip(f"the textbook instances aren't here: {INSTANCES.name}")
    found = {one["description"]: one["data"] for one in json.loads(INSTANCES.read_text())["instances"]}
    return found[name]


def _position(world: Known, on_hand: Decimal, on_order: Decimal, owed: Decimal) -> Decimal:
    """What is ordered at these figures."""
    world.positions[AT] = Position(on_hand, Decimal(0), on_order, owed)
    return sum((one.amount for one in reorder_needs(world, [AT], START)), Decimal(0))


def test_an_s_s_policy_costs_what_the_textbook_says() -> None:
    """Snyder and Shen 2019, example 4.7: demand is Poisson; s = 4 and S = 10 are best, at 8.034 a period."""
    told = instance("Example 4.7 ((s,S) with Poisson demand)")
    world = known(kept_part("saddle", reorder_point=Decimal(4), order_up_to=Decimal(10)), site("plant"))
    chance, periods = Random(4), 20_000
    level, cost = 10, 0.0
    for _ in range(periods):
        ordered = int(_position(world, Decimal(max(level, 0)), Decimal(0), Decimal(max(-level, 0))))
        level += ordered - _poisson(chance, told["demand_mean"])
        cost += told["fixed_cost"] * bool(ordered)
        cost += told["holding_cost"] * max(level, 0) + told["stockout_cost"] * max(-level, 0)
    assert cost / periods == pytest.approx(8.034, rel=0.015)


def _poisson(chance: Random, mean: float) -> int:
    """Knuth 1969, section 3.4.1."""
    product, count = chance.random(), 0
    while product > exp(-mean):
        product, count = product * chance.random(), count + 1
    return count


def test_a_base_stock_with_lead_time_costs_what_the_textbook_says() -> None:
    """Snyder and Shen 2019, example 4.4: S = mean + z sd over lead time and one period, at (h + p) phi(z) sd."""
    told = instance("Example 4.4 (base-stock optimization)")
    holding, penalty, lead = told["holding_cost"], told["stockout_cost"], told["lead_time"]
    z = NormalDist().inv_cdf(penalty / (penalty + holding))
    spread = told["demand_sd"] * sqrt(lead + 1)
    best = told["demand_mean"] * (lead + 1) + z * spread
    figures = {"order_up_to": Decimal(f"{best:.3f}")}
    world = known(kept_part("saddle", "KGM", **figures), site("plant"))
    chance, periods = Random(4), 20_000
    level, cost = Decimal(f"{best:.3f}"), 0.0
    coming = [Decimal(0)] * lead
    for _ in range(periods):
        owed = max(-level, Decimal(0))
        coming.append(_position(world, max(level, Decimal(0)), sum(coming, Decimal(0)), owed))
        level += coming.pop(0)
        level -= Decimal(f"{chance.gauss(told['demand_mean'], told['demand_sd']):.3f}")
        cost += holding * max(float(level), 0) + penalty * max(-float(level), 0)
    assert cost / periods == pytest.approx((holding + penalty) * exp(-z * z / 2) / sqrt(2 * pi) * spread, rel=0.02)
