"""How an order is covered, as a tree: its rows add up, shares of shared runs too, and nothing is left out of it."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projections.coverage import Claim, Coverage
from projections.why_tree import Branch, Wood, WoodRun
from tests.folding import START

ORDER = "order/SO-1/1/1"


def claim(amount: int, supply: str = "stock/plant/BIKE", requirement: str = ORDER, **more: Any) -> Claim:
    told = {name: Decimal(value) for name, value in more.items() if isinstance(value, int)}
    return Claim(
        f"P-{requirement}-{supply}", requirement, supply, "BIKE", "plant", "C62", Decimal(amount), START,
        START + timedelta(days=1), None, f"D-{supply}", **(more | told),
    )


def need(required: int, *claims: Claim, id_: str = ORDER, done: int = 0, **more: Any) -> Coverage:
    return Coverage(id_, "BIKE", "plant", "C62", START, Decimal(required), Decimal(done), claims, **more)


def tree(
    *needs: Coverage, made: dict[str, dict[str, str | None]] | None = None, **runs: tuple[int, int]
) -> list[Branch]:
    below: dict[str, list[str]] = {}
    for one in needs[1:]:
        below.setdefault(one.requirement.split("/")[1], []).append(one.requirement)
    known = {run: WoodRun(Decimal(amount), Decimal(scrapped)) for run, (amount, scrapped) in runs.items()}
    return Wood({one.requirement: one for one in needs}, below, known, made or {}).tree(ORDER)


def told(rows: list[Branch]) -> list[tuple[int, str, str | None, int | None, int | None]]:
    return [
        (row.level, row.state, row.supply, *(None if told is None else int(told) for told in (row.amount, row.open)))
        for row in rows
    ]


def test_each_claim_at_the_top_has_its_own_row_and_decision() -> None:
    rows = tree(need(3, claim(1, "run/R1"), claim(2, "run/R2")), R1=(1, 0), R2=(2, 0))
    assert told(rows) == [(0, "covered", "run/R1", 1, 1), (0, "covered", "run/R2", 2, 2)]
    assert [row.decision for row in rows] == ["D-run/R1", "D-run/R2"]


def test_what_nothing_serves_is_a_row_with_the_decision_that_said_so_or_with_none() -> None:
    for decision in ("D9-1", None):
        rows = tree(need(3, claim(1), decision=decision))
        assert told(rows) == [(0, "covered", "stock/plant/BIKE", 1, 1), (0, "short", None, 2, 2)]
        assert rows[1].decision == decision


def test_what_has_left_and_is_not_there_yet_is_open_still() -> None:
    rows = tree(need(3, claim(3, used=2, reserved=2), done=2, delivered=Decimal(1)))
    assert told(rows) == [(0, "on_its_way", None, 1, 1), (0, "covered", "stock/plant/BIKE", 3, 1)]


def test_a_run_that_was_scrapped_is_shown_claimed_or_not() -> None:
    rows = tree(
        need(2, claim(1, "run/R1"), claim(1, "run/R2")), R1=(2, 1), R2=(1, 0), R0=(1, 1), R9=(1, 0),
        made={ORDER: {"R0": "D0", "R1": "D1", "R2": None, "R9": "D9"}},
    )
    assert rows[-1].decision == "D0"
    assert [(row.state, row.supply, row.scrapped) for row in rows] == [
        ("covered", "run/R1", "1 of 2"), ("covered", "run/R2", None), ("scrapped", "run/R0", "1 of 1"),
    ]


def test_of_a_shared_run_only_what_is_for_this_order_counts() -> None:
    top = need(3, claim(3, "run/R1"))
    rows = tree(top, need(52, claim(52, requirement="run/R1/1"), id_="run/R1/1"), R1=(13, 0))
    assert (rows[1].amount, rows[1].whole, rows[1].share) == (12, 52, "3/13")
    rows = tree(top, need(8, claim(8, requirement="run/R1/1"), id_="run/R1/1"), R1=(13, 0))
    assert (rows[1].amount, rows[1].whole, rows[1].share) == (None, 8, "3/13"), "no piece is cut"


def test_what_was_scrapped_of_a_run_is_nobodys_share() -> None:
    rows = tree(need(2, claim(2, "run/R1")), need(3, claim(3, requirement="run/R1/1"), id_="run/R1/1"), R1=(3, 1))
    assert (rows[1].amount, rows[1].share) == (3, None), "all that can come of it is this order's"


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20), st.lists(st.tuples(
    st.integers(1, 8), st.integers(0, 8), st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(3)]),
), max_size=4))
def test_rows_at_the_top_add_up_to_what_is_open(
    required: int, delivered: int, sent: int, claims: list[tuple[int, int, Fraction]]
) -> None:
    delivered = min(delivered, required)
    one = need(
        required, *(
            claim(amount, f"run/R{n}", used=min(used, amount), factor=factor)
            for n, (amount, used, factor) in enumerate(claims)
        ), done=max(delivered, sent), delivered=Decimal(delivered),
    )
    assert sum(row.open or 0 for row in tree(one)) == required - delivered
