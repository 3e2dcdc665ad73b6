"""The run board: how far a run is, what went in and stayed, and what came out, by lot and serial number."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.orders import facts as f
from events.orders.shapes import OrderRef, RunRequirement, RunState, Trouble
from projections.memory import MemoryRows
from projections.run_board import DEVIATION, REPORT, RUN_BOARD
from projections.run_material import MATERIAL, STORED
from projections.run_states import REQUIREMENT, RUN, Requirement, Run
from tests.folding import START, folded

ABOUT: dict[str, Any] = {"run": "R1", "part": "BIKE", "site": "plant", "unit": "C62"}
DUE = START + timedelta(days=2)


def need(n: int, part: str, amount: int, **more: Any) -> RunRequirement:
    return RunRequirement(n=n, part=part, amount=Decimal(amount), numerator=1, denominator=1, unit="C62", **more)


def scheduled(*needs: RunRequirement, amount: int = 2, **more: Any) -> f.RunScheduled:
    return f.RunScheduled(
        **ABOUT, amount=Decimal(amount), start=START, due=DUE, requirements=needs or (need(1, "FRAME", 2),), **more
    )


def material(kind: type[Any], amount: int, movement: str = "m-1", **more: Any) -> Any:
    told = {"component": "FRAME", "n": 1} | more
    return kind(run="R1", site="plant", unit="C62", amount=Decimal(amount), movement=movement, **told)


def board(*facts: Any) -> MemoryRows:
    return folded(RUN_BOARD, scheduled(), *facts)


def run(*facts: Any) -> Run:
    return board(*facts).rows(RUN)[0]


def required(*facts: Any) -> Requirement:
    return board(*facts).rows(REQUIREMENT)[0]


def test_a_scheduled_run_knows_its_order_and_when_its_components_are_needed() -> None:
    rows = folded(RUN_BOARD, scheduled(
        need(1, "FRAME", 2), need(2, "BELL", 2, needed_by=DUE), order=OrderRef(number="SO-1", line=1, schedule=2),
    ))
    found = rows.rows(RUN)[0]
    assert (found.state, found.order_number, found.order_schedule, found.first_due) == ("scheduled", "SO-1", 2, DUE)
    assert [one.needed_by for one in rows.rows(REQUIREMENT)] == [START, DUE]


def test_a_run_that_moves_takes_its_components_along_and_remembers_when_it_was_first_due() -> None:
    later = timedelta(days=3)
    moved = f.RunRescheduled(**ABOUT, start=START + later, due=DUE + later, was_start=START, was_due=DUE)
    rows = board(moved)
    assert rows.rows(REQUIREMENT)[0].needed_by == START + later
    assert (rows.rows(RUN)[0].due, rows.rows(RUN)[0].first_due) == (DUE + later, DUE)


def test_issued_less_returned_and_scrapped_is_built_in() -> None:
    found = required(
        material(f.RunMaterialIssued, 5), material(f.RunMaterialReturned, 1, "m-2"),
        material(f.RunMaterialScrapped, 1, "m-3"),
    )
    assert (found.issued, found.returned, found.scrapped) == (5, 1, 1)


def test_what_is_scrapped_straight_out_of_stock_counts_as_issued_too() -> None:
    found = required(material(f.RunMaterialScrapped, 2, drawn=True))
    assert found.issued - found.scrapped == 0


def test_what_never_happened_is_uncounted_once() -> None:
    undone = material(f.RunMaterialReversed, 5, undone="StockIssued")
    rows = board(material(f.RunMaterialIssued, 5), undone, undone)
    assert (rows.rows(REQUIREMENT)[0].issued, rows.rows(MATERIAL)[0].reversed) == (0, True)
    drawn = board(material(f.RunMaterialScrapped, 2, drawn=True), material(f.RunMaterialReversed, 2, undone="x"))
    assert (drawn.rows(REQUIREMENT)[0].issued, drawn.rows(REQUIREMENT)[0].scrapped) == (0, 0)


def test_a_substitute_is_kept_apart_because_its_units_are_its_own() -> None:
    rows = board(
        material(f.RunMaterialIssued, 3, component="OTHER"),
        f.RunDeviated(
            run="R1", n=1, required="FRAME", part="OTHER", site="plant", unit="KGM", amount=Decimal(3), numerator=3,
            denominator=2, after_freeze=True,
        ),
    )
    assert rows.rows(REQUIREMENT)[0].issued == 0
    assert [(one.component, one.amount) for one in rows.rows(MATERIAL)] == [("OTHER", 3)]
    swap, = rows.rows(DEVIATION)
    assert (swap.required, swap.part, swap.after_freeze, swap.actor) == ("FRAME", "OTHER", True, "tester")


def test_a_run_is_built_as_was_chosen_until_a_deviation_makes_it_like_no_other() -> None:
    told = {"run": "R1", "n": 1, "part": "OTHER", "site": "plant", "unit": "C62", "amount": Decimal(1)}
    chosen = scheduled(configuration="red")
    other = f.RunDeviated(**told, required="FRAME", after_freeze=False, configuration="red R1")
    without = f.RunDeviated(**told, after_freeze=False)
    for deviation, built_as in ((other, "red R1"), (without, "red")):
        assert folded(RUN_BOARD, chosen, deviation).rows(RUN)[0].configuration == built_as
    assert run().configuration is None


def test_material_that_came_before_anybody_scheduled_the_run_is_kept() -> None:
    rows = folded(RUN_BOARD, material(f.RunMaterialIssued, 5, n=None, lot="L-1"), scheduled())
    assert [(one.n, one.lot, one.amount) for one in rows.rows(MATERIAL)] == [(0, "L-1", 5)]
    assert rows.rows(RUN)[0].state == "scheduled"


def test_states_follow_the_shop_floor_and_late_words_change_nothing() -> None:
    frozen = f.RunFrozen(**ABOUT, amount=Decimal(2), requirements=(need(1, "FRAME", 2),))
    started, paused = f.RunStarted(**ABOUT), f.RunPaused(**ABOUT, reason="no power")
    assert run(frozen).state == "frozen"
    assert run(frozen, started).state == "started"
    assert (run(started, paused).state, run(started, paused).reason) == ("paused", "no power")
    assert run(started, paused, f.RunResumed(**ABOUT)).state == "started"
    done = f.RunCompleted(**ABOUT, good=Decimal(1), scrapped=Decimal(1), short=Decimal(0))
    over = run(started, done, f.RunPaused(**ABOUT, current=False))
    assert (over.state, over.good, over.scrapped) == ("completed", 1, 1)


def test_output_is_reported_and_stored_with_its_lot_and_serial_numbers() -> None:
    rows = board(
        f.RunOutputReported(**ABOUT, good=Decimal(2), scrapped=Decimal(1), lot="B-7", serials=("s1", "s2")),
        f.RunOutputStored(**ABOUT, amount=Decimal(1), movement="i-1", serial="s1"),
        f.RunOutputStored(**ABOUT, amount=Decimal(1), movement="i-2", serial="s2"),
        f.RunOutputUnstored(**ABOUT, amount=Decimal(1), movement="i-2"),
    )
    found = rows.rows(RUN)[0]
    assert (found.good, found.scrapped, found.stored) == (2, 1, 1)
    assert [(one.movement, one.serial) for one in rows.rows(STORED)] == [("i-1", "s1")]
    assert [(one.lot, one.serials) for one in rows.rows(REPORT)] == [("B-7", ("s1", "s2"))]


def test_a_smaller_run_needs_less_and_what_is_not_listed_is_needed_no_more() -> None:
    rows = folded(
        RUN_BOARD, scheduled(need(1, "FRAME", 2), need(2, "BELL", 2)),
        f.RunResized(**ABOUT, amount=Decimal(1), was=Decimal(2), requirements=(need(1, "FRAME", 1),)),
    )
    assert [(one.n, one.amount) for one in rows.rows(REQUIREMENT)] == [(1, 1), (2, 0)]


def test_a_split_leaves_the_rest_here_and_says_where_the_other_part_is() -> None:
    told = {"into": "R2", "amount": Decimal(1), "state": RunState.SCHEDULED}
    split = f.RunSplit(
        **ABOUT, **told, left=Decimal(1), requirements=(need(1, "FRAME", 1),), moved=(need(1, "FRAME", 1),),
        start=START, due=DUE,
    )
    back = f.RunSplitUndone(**ABOUT, **told, left=Decimal(2), requirements=(need(1, "FRAME", 2),))
    assert (run(split).amount, run(split).split_into) == (1, ("R2",))
    assert (run(split, back).amount, run(split, back).split_into) == (2, ())


def test_a_run_that_was_refused_says_why_and_one_that_stands_stays() -> None:
    trouble = Trouble(field="part", problem="no such part", remedy="name another")
    refused = f.RunRefused(**ABOUT, asked="ScheduleRun", problems=(trouble,))
    found = folded(RUN_BOARD, refused).rows(RUN)[0]
    assert (found.state, found.reason) == ("refused", "no such part")
    assert run(refused).state == "scheduled"
