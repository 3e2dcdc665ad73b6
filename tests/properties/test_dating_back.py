"""What is dated back over lanes leaves as late as it may: against every way forward, by the lanes' own timetables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import facts as c
from events.catalogue.places import Location, Weekday
from events.catalogue.reference import Reference
from projections.planning.shapes import LaneRecord
from projections.planning.times import lane_clock
from projections.planning.world import transit
from projections.routing.lanes import Fare, Leg
from tests.scenario import reference

MINUTE = timedelta(minutes=1)
NODES = ("site/plant", "site/store", "hub/H", "zone/N")
MON, TUE, WED, THU, FRI, SAT, _ = Weekday
CALENDARS = {"week": (MON, TUE, WED, THU, FRI), "saturday": (SAT,), "some": (MON, THU)}
HOLIDAYS = (date(2026, 3, 27), date(2026, 3, 30))


def known() -> Reference:
    return reference(
        *(c.CalendarDefined(id=id, days=days, holidays=HOLIDAYS) for id, days in CALENDARS.items()),
        c.SiteDefined(id="plant", name="plant", zone="Europe/Berlin", locations=(Location(id="A"),)),
        c.SiteDefined(id="store", name="store", zone="America/New_York", locations=(Location(id="A"),)),
    )


lanes = st.builds(
    lambda n, ends, usual, calendar, cutoff: LaneRecord(
        f"L{n}", *ends, "road", usual, usual, usual, calendar=calendar, cutoff=cutoff
    ),
    st.integers(1, 9), st.sampled_from([(one, other) for one in NODES for other in NODES if one != other]),
    st.integers(0, 100), st.sampled_from([None, *CALENDARS]),
    st.sampled_from([None, time(0), time(2, 30), time(16), time(23, 59)]),
)
networks = st.lists(lanes, max_size=7, unique_by=lambda lane: lane.lane)
moments = st.integers(0, 17 * 24 * 60).map(lambda n: datetime(2026, 3, 20, tzinfo=UTC) + n * MINUTE)


def arrivals(
    legs: list[Leg], node: str, ready: datetime, been: tuple[str, ...] = ()
) -> Iterator[datetime]:
    """When what is ready here can be with the customer, over every way there is."""
    if node == "zone/N":
        yield ready
        return
    for leg in legs:
        onto = leg.record.to_node
        if leg.record.from_node == node and onto not in been and (went := leg.go(ready)) is not None:
            yield from arrivals(legs, onto, went[1], (*been, node))


@given(networks, moments)
def test_it_arrives_in_time_and_a_minute_later_it_would_not(records: list[LaneRecord], by: datetime) -> None:
    ours = known()
    legs = [Leg(lane, *lane_clock(ours, lane), Fare(False, *[None] * 3)) for lane in records]  # type: ignore[list-item]
    found = transit.latest(ours, transit.inbound(records), "site/plant", "zone/N", by)
    if found is None:
        assert not list(arrivals(legs, "site/plant", by - timedelta(days=40)))
        return
    assert min(arrivals(legs, "site/plant", found)) <= by
    assert min(arrivals(legs, "site/plant", found + MINUTE), default=datetime.max.replace(tzinfo=UTC)) > by


def told(**more: object) -> LaneRecord:
    return LaneRecord("L", "site/plant", "zone/N", "road", 24, 24, 24, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("lane", "leaves"), {
    "whenever something is ready": (told(), datetime(2026, 3, 21, 23, tzinfo=UTC)),
    "on working days": (told(calendar="week"), datetime(2026, 3, 20, 22, 59, tzinfo=UTC)),
    "at four on working days": (told(calendar="week", cutoff=time(16)), datetime(2026, 3, 20, 15, tzinfo=UTC)),
    "at four on Saturdays": (told(calendar="saturday", cutoff=time(16)), datetime(2026, 3, 21, 15, tzinfo=UTC)),
}.values())
def test_what_is_wanted_on_a_sunday_leaves_by(lane: LaneRecord, leaves: datetime) -> None:
    sunday = datetime(2026, 3, 22, 23, tzinfo=UTC)  # it ends then, in Berlin
    assert transit.latest(known(), transit.inbound([lane]), "site/plant", "zone/N", sunday) == leaves


def test_on_the_day_the_clock_changes_the_cutoff_is_still_at_four() -> None:
    lane = told(cutoff=time(16))
    leaves = transit.last_departure(known(), lane, datetime(2026, 3, 30, 15, tzinfo=UTC))
    assert leaves == datetime(2026, 3, 29, 14, tzinfo=UTC), "summer time began that night"


def test_a_closed_lane_wants_nothing_earlier_and_one_that_is_given_up_leads_nowhere() -> None:
    by = datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert transit.latest(known(), transit.inbound([told(active=False)]), "site/plant", "zone/N", by) is None
