"""What covers a requirement, what a late supply hits, and which runs are clear to build."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from projections.clear_to_build import by_shift, shifts, start_of
from projections.coverage import Claim, Coverage
from projections.impact import hits
from projections.run_states import Run
from projections.sites import Site, WorkCalendar
from projections.working_time import SiteTime, site_time
from tests.folding import START

DAY = timedelta(days=1)


def claim(amount: int = 5, requirement: str = "run/R1/1", supply: str = "purchase/PO-1/1", **more: Any) -> Claim:
    told: dict[str, Any] = {"needed_by": START + 9 * DAY, "expected_at": START + 5 * DAY} | more
    return Claim(
        "P1", requirement, supply, "BOLT", "plant", "C62", Decimal(amount), available_at=START, decision="D1",
        **{name: Decimal(value) if isinstance(value, int) else value for name, value in told.items()},
    )


def need(required: int, done: int, *claims: Claim, run: str | None = "R1") -> Coverage:
    return Coverage(
        "run/R1/1", "BOLT", "plant", "C62", START + 9 * DAY, Decimal(required), Decimal(done), claims, run=run
    )


def test_claimed_is_used_on_hand_and_to_come() -> None:
    one = claim(10, reserved=7, used=4)
    assert (one.used, one.on_hand, one.to_come) == (4, 3, 3)
    broken = claim(10, reserved=7, used=4, broken=2)
    assert (broken.on_hand, broken.to_come) == (1, 5)


def test_required_is_done_on_hand_to_come_and_short() -> None:
    one = need(10, 4, claim(9, reserved=7, used=4))
    assert (one.open, one.on_hand, one.to_come, one.short) == (6, 3, 2, 1)
    assert one.required == one.done + one.on_hand + one.to_come + one.short


def test_what_was_used_is_not_counted_as_cover_a_second_time() -> None:
    assert need(5, 5, claim(5, reserved=5, used=5)).short == 0
    assert need(5, 0, claim(5, reserved=5, used=5)).short == 5, "used elsewhere, as far as the run knows"


def test_a_substitute_covers_as_much_as_its_factor_says() -> None:
    one = need(4, 0, replace(claim(6, reserved=6), factor=Fraction(3, 2)))
    assert (one.on_hand, one.short) == (4, 0)
    third = need(4, 0, replace(claim(1, reserved=1), factor=Fraction(3)))
    assert third.on_hand == Decimal("0.333333333"), "never more than it is"


def test_it_is_ready_when_the_last_of_it_is_expected_and_never_while_something_is_short() -> None:
    sooner, later = claim(2, expected_at=START + DAY), claim(3, expected_at=START + 2 * DAY)
    assert need(5, 0, sooner, later).ready_at == START + 2 * DAY
    assert need(6, 0, sooner, later).ready_at is None
    assert need(5, 0, sooner, claim(3, expected_at=None)).ready_at is None


# -- what a late supply hits -------------------------------------------------------------------------------------------


def above(*claims: Claim) -> Any:
    def claims_of(supplies: Sequence[str]) -> list[Claim]:
        return [one for one in claims if one.supply in supplies]

    return claims_of


def run_of(requirement: str) -> str | None:
    return requirement.split("/")[1] if requirement.startswith("run/") else None


FOR_RUN = claim(5)
FOR_ORDER = claim(2, "order/SO-1/1/1", "run/R1", needed_by=START + 14 * DAY, expected_at=START + 12 * DAY)


def late(found: Sequence[Any]) -> list[tuple[str, int]]:
    return [(hit.claim.requirement, hit.late // DAY) for hit in found]


def test_slack_takes_lateness_up() -> None:
    found = hits("purchase/PO-1/1", START + 8 * DAY, above(FOR_RUN, FOR_ORDER), run_of)
    assert late(found) == [("run/R1/1", 0), ("order/SO-1/1/1", 0)]
    assert found[0].slack == 4 * DAY


def test_what_slack_does_not_take_up_goes_on_to_the_customer() -> None:
    found = hits("purchase/PO-1/1", START + 12 * DAY, above(FOR_RUN, FOR_ORDER), run_of)
    assert late(found) == [("run/R1/1", 3), ("order/SO-1/1/1", 1)], "two of the three days are slack"
    assert found[1].path == ("purchase/PO-1/1", "run/R1")
    assert found[1].would_be_at == START + 15 * DAY


def test_what_is_late_anyway_is_not_blamed_on_the_supply() -> None:
    already = replace(FOR_ORDER, expected_at=START + 20 * DAY)
    assert late(hits("purchase/PO-1/1", START + 8 * DAY, above(FOR_RUN, already), run_of))[1] == ("order/SO-1/1/1", 0)
    found = hits("purchase/PO-1/1", START + 12 * DAY, above(FOR_RUN, already), run_of)
    assert late(found)[1] == ("order/SO-1/1/1", 3), "only what it adds"


def test_what_is_on_hand_already_is_not_hit_and_circles_end() -> None:
    here = replace(FOR_RUN, reserved=Decimal(5))
    assert hits("purchase/PO-1/1", START + 99 * DAY, above(here, FOR_ORDER), run_of) == []
    circle = claim(1, "run/R1/2", "run/R1")
    assert len(hits("run/R1", START + 99 * DAY, above(circle), run_of)) == 1


# -- clear to build ----------------------------------------------------------------------------------------------------


def run(name: str, start: Any) -> Run:
    return Run(
        name, "BIKE", "plant", "C62", None, None, None, None, (), None, "scheduled", Decimal(1), Decimal(0), Decimal(0),
        Decimal(0), start, start + DAY, start + DAY, None, None, None, None, (), None, (), 0, START, "f",
    )


def verdict(*needs: Coverage) -> tuple[str, Any]:
    found = start_of(run("R1", START + 9 * DAY), needs)
    return found.verdict, found.until


def test_a_run_is_clear_only_with_everything_on_hand() -> None:
    assert verdict(need(5, 0, claim(5, reserved=5)), need(2, 2)) == ("clear", None)
    assert verdict(need(5, 0, claim(5))) == ("in_time", START + 5 * DAY)
    assert verdict(need(5, 0, claim(5, expected_at=START + 10 * DAY))) == ("late", START + 10 * DAY)
    assert verdict(need(5, 0, claim(5, expected_at=None))) == ("unknown", None)
    assert verdict(need(5, 0, claim(5)), need(5, 0, claim(4))) == ("short", None)


HOURS = (("late", "14:00:00", "22:00:00"), ("early", "06:00:00", "14:00:00"))
TWO_SHIFTS = WorkCalendar("two", ("monday", "tuesday"), ("2026-01-06",), (), HOURS)


def plant() -> SiteTime:
    return site_time(Site("plant", "Plant", "Europe/Berlin", "two", False, (), (), (), ()), {"two": TWO_SHIFTS})


def test_shifts_are_the_site_s_own_hours_on_its_working_days() -> None:
    listed = shifts(plant(), date(2026, 1, 5), 8)  # a Monday; the Tuesday is a holiday
    assert [(shift.day.day, shift.name, shift.start.hour, shift.end.hour) for shift in listed] == [
        (5, "early", 5, 13), (5, "late", 13, 21), (12, "early", 5, 13), (12, "late", 13, 21),
    ]


def test_shifts_without_names_are_called_by_their_hours() -> None:
    unnamed = replace(plant(), shifts=tuple(("", begin, end) for _, begin, end in HOURS))
    assert [shift.name for shift in shifts(unnamed, date(2026, 1, 5), 1)] == ["06:00-14:00", "14:00-22:00"]
    assert [shift.name for shift in shifts(SiteTime("plant"), date(2026, 1, 5), 1)] == ["day"]


def test_a_run_belongs_to_the_shift_it_starts_in_or_the_next() -> None:
    listed = shifts(plant(), date(2026, 1, 5), 8)
    starts = [start_of(run(name, at), ()) for name, at in (
        ("overdue", listed[0].start - 9 * DAY), ("early", listed[0].start), ("late", listed[0].end),
        ("between", listed[1].end + DAY), ("after", listed[3].end),
    )]
    found = [[one.run.run for one in under] for under in by_shift(listed, starts).values()]
    assert found == [["overdue", "early"], ["late"], ["between"], []]


def test_a_night_shift_ends_on_the_next_morning_and_no_shifts_is_the_whole_day() -> None:
    night = replace(plant(), shifts=(("night", "22:00:00", "06:00:00"),))
    shift, = shifts(night, date(2026, 1, 5), 1)
    assert shift.end - shift.start == timedelta(hours=8)
    whole, = shifts(SiteTime("plant"), date(2026, 1, 5), 1)
    assert whole.end - whole.start == DAY
