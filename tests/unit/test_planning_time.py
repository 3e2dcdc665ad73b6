"""What time alone brings: when something is late, what moves then, and what a customer is told."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from events.logistics import messages as l
from events.orders import messages as o
from events.planning import facts as f
from events.planning import moves as g
from events.suppliers import messages as s
from tests.bikes import WANTED, at, factory, ordered, purchased, received, reported, shipped
from tests.chain import Chain, of
from tests.rules_of_plans import holds

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}
MIDNIGHT = datetime(2026, 3, 3, 23, tzinfo=UTC)
"""When Tuesday is over in Berlin."""


def after(chain: Chain, *, until: datetime | None = None) -> list[object]:
    """What the planner decides now, or at that time; the plan must hold afterwards."""
    if until is not None:
        chain.now = until
    facts = chain.plan()
    holds(chain)
    return facts


def hurried() -> Chain:
    """An order wanted today: its frame is due tomorrow at seven, its bike the day after."""
    chain = factory(**PLENTY)
    runs = of(g.RunPlanned, after(chain.tell(ordered("A", 1, chain.now.date()))))
    assert [run.due for run in runs if run.part == "FRAME"] == [datetime(2026, 3, 3, 6, tzinfo=UTC)]
    return chain


# Late


def test_a_run_is_not_late_at_the_moment_it_is_due_nor_for_the_rest_of_that_day() -> None:
    chain = hurried()
    for now in (datetime(2026, 3, 3, 6, tzinfo=UTC), datetime(2026, 3, 3, 18, tzinfo=UTC)):
        facts = after(chain, until=now)
        assert not [*of(g.RunReplanned, facts), *of(f.PromiseChanged, facts)]


def test_a_run_is_late_when_its_day_is_over_and_moves_what_waits_for_it_once() -> None:
    chain = hurried()
    after(chain, until=MIDNIGHT - timedelta(seconds=1))
    facts = after(chain, until=MIDNIGHT)
    assert Counter(run.run for run in of(g.RunReplanned, facts)) == {"R1-1": 1, "R1-2": 1}
    (promise,) = of(f.PromiseChanged, facts)
    assert promise.promised > promise.was


def test_what_comes_on_its_day_after_its_hour_moves_nothing() -> None:
    chain = hurried().tell(o.Started(run="R1-2"))
    after(chain, until=datetime(2026, 3, 3, 12, tzinfo=UTC))
    chain.tell(reported("R1-2", 1), o.Completed(run="R1-2"))
    facts = [*after(chain), *after(chain, until=MIDNIGHT)]
    assert not [*of(g.RunReplanned, facts), *of(f.PromiseChanged, facts)]


def test_what_is_late_and_unheard_of_is_expected_later_by_as_much_again() -> None:
    chain = factory().tell(purchased("4500", "GEL", 1, date(2026, 3, 19)))
    after(chain.tell(ordered("A", 1, date(2026, 3, 19), part="GEL")))
    told = [(one.was, one.promised) for one in of(f.PromiseChanged, chain.live(32))]
    days = [date(2026, 3, day) for day in (19, 20, 24, 30)]
    assert told[:3] == list(pairwise(days)), "one working day, then two more, then four more"


def test_a_run_is_pulled_in_only_by_a_day_or_more() -> None:
    chain = hurried().tell(o.Started(run="R1-2"))
    after(chain, until=MIDNIGHT)
    (moved,) = of(g.RunReplanned, [fact for cut in chain.cuts for _, fact in cut])
    assert moved.start == datetime(2026, 3, 4, 23, tzinfo=UTC)
    chain.tell(reported("R1-2", 1), o.Completed(run="R1-2"))
    assert not of(g.RunReplanned, after(chain, until=datetime(2026, 3, 4, 12, tzinfo=UTC)))


# Said once


def test_a_run_that_waits_for_what_is_bought_is_planned_where_it_can_be_from_the_start() -> None:
    facts = after(factory().tell(ordered("A", 1, date(2026, 3, 3))))
    assert len(of(g.RunPlanned, facts)) == 2
    assert not of(g.RunReplanned, facts)


def test_a_run_that_moves_with_its_material_and_again_with_its_frame_is_told_of_once() -> None:
    chain = factory(SADDLE=9, BOLT=40, BELL=9)
    chain.tell(purchased("4500", "WHEEL", 2, date(2026, 3, 9)), purchased("4501", "TUBE", 3, date(2026, 3, 9)))
    after(chain.tell(ordered("A", 1)))
    facts = after(chain.tell(
        s.Delayed(number="4500", expected=date(2026, 4, 9)), s.Delayed(number="4501", expected=date(2026, 4, 20)),
    ))
    assert Counter(run.run for run in of(g.RunReplanned, facts)) == {"R1-1": 1, "R1-2": 1}
    bike, frame = (run for id in ("R1-1", "R1-2") for run in of(g.RunReplanned, facts) if run.run == id)
    assert bike.start == frame.due
    assert bike.was_start < datetime(2026, 4, 1, tzinfo=UTC)
    assert not after(chain.tell(received("BELL", 1)))


# Deliveries


def sold(**more: object) -> tuple[Chain, g.DeliveryPlanned]:
    """A bike that lies ready and is to go to the north, a day's journey, on the day before it is wanted."""
    chain = factory(BIKE=1).tell(ordered("A", destination="zone/NORTH"))
    (delivery,) = of(g.DeliveryPlanned, after(chain))
    return chain, delivery


def test_a_delivery_that_does_not_leave_is_planned_anew_and_promised_later() -> None:
    chain, delivery = sold()
    leaves = at(WANTED, 23)
    assert (delivery.depart_at, delivery.arrive_at) == (leaves - timedelta(1), leaves)
    assert not after(chain, until=leaves - timedelta(seconds=1)), "its day isn't over"
    facts = after(chain, until=leaves)
    (passed,) = of(f.TimePassed, facts)
    (again,) = of(g.DeliveryReplanned, facts)
    (promise,) = of(f.PromiseChanged, facts)
    assert passed.due == (f"delivery/{delivery.delivery}",)
    assert again.depart_at >= leaves
    assert promise.was == WANTED < promise.promised
    assert {record.id for record in chain.records["planning"] if record.type == "TimePassed"} <= set(promise.because)


def test_a_delivery_that_never_leaves_is_not_promised_for_ever() -> None:
    chain, _ = sold()
    told = [one.promised for one in of(f.PromiseChanged, chain.live(60))]
    holds(chain)
    assert told == sorted(set(told))
    assert 3 <= len(told) <= 6
    assert told[-1] > chain.now.date()


def test_a_delivery_that_leaves_late_is_promised_by_what_its_carrier_says() -> None:
    chain, delivery = sold()
    after(chain, until=at(WANTED, 23))
    gone = chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), l.Departed(shipment=delivery.delivery))
    after(gone.tell(l.Estimated(shipment=delivery.delivery, expected=at(WANTED + timedelta(days=2), 12))))
    planner = chain.planner.state.parts.plan  # type: ignore[attr-defined]
    assert planner.promises["order/A/1/1"].promised == WANTED + timedelta(days=2)


def test_a_delivery_that_left_and_does_not_arrive_is_promised_later() -> None:
    chain, delivery = sold()
    chain.now = delivery.depart_at
    after(chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), l.Departed(shipment=delivery.delivery)))
    facts = chain.live(20)
    holds(chain)
    assert of(f.PromiseChanged, facts)
    assert not of(g.DeliveryReplanned, facts)


def test_a_shipment_that_was_cancelled_backs_no_promise() -> None:
    chain, delivery = sold()
    after(chain, until=delivery.depart_at)
    facts = after(chain.tell(l.CancelShipment(shipment=delivery.delivery)), until=at(WANTED + timedelta(days=5), 12))
    assert len(of(g.DeliveryPlanned, facts)) == 1
    (promise,) = of(f.PromiseChanged, facts)
    assert promise.promised >= WANTED + timedelta(days=6)


def test_a_shipment_that_was_cancelled_and_cannot_go_now_is_not_promised_any_more() -> None:
    chain, delivery = sold()
    facts = after(chain.tell(l.Closed(lane="north"), l.CancelShipment(shipment=delivery.delivery)))
    assert [one.was for one in of(f.PromiseWithdrawn, facts)] == [WANTED]


def test_what_logistics_would_not_send_backs_no_promise_and_is_asked_again_when_its_day_is_over() -> None:
    chain = factory(BIKE=1).tell(ordered("A", 1, chain_day(3), destination="site/plant"))
    assert len(of(g.DeliveryPlanned, after(chain))) == 1
    assert chain.settle().facts["logistics"][-1].asked == "PlanShipment", "it would end where it begins"
    facts = chain.live(8)
    assert 1 < len(of(g.DeliveryPlanned, facts)) < 8
    told = [one.promised for one in of(f.PromiseChanged, facts)]
    assert told == sorted(set(told))
    assert told[-1] >= chain.now.date()
    assert not of(f.TimePassed, chain.tell(o.CancelOrder(number="A")).live(8))


def chain_day(day: int) -> date:
    return date(2026, 3, day)
