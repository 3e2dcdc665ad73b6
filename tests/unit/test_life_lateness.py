"""A late line's reason is what the record says that its promises were moved for, below that very order."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from events.inventory import facts as i
from events.logistics import facts as lo
from events.model import Fact
from events.orders import facts as o
from events.orders.shapes import OrderRef
from events.planning import facts as p
from events.planning.shapes import SupplyKey
from events.suppliers import facts as s
from events.values import Bucket
from infra.edge import OURS
from infra.planning import PLANNER
from infra.sample.life.lateness import Lateness, day_by
from tests.scenario import _NOTHING, message, recorded
from tests.unit.life_words import order_placed

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
WANTED = date(2026, 3, 20)
LINE = "order/SO-1/1/1"
REF = OrderRef(number="SO-1", line=1, schedule=1)
PURCHASE, OTHER = SupplyKey.purchase("PO-1", 1), SupplyKey.purchase("PO-9", 1)


def day(later: int) -> date:
    return WANTED + timedelta(days=later)


class Story:
    """A bicycle, built in run R1 of a saddle that Acme is to send by PO-1, goes to its customer by delivery S1."""

    def __init__(self) -> None:
        self.lateness, self._count = Lateness(), 0
        self.tell(order_placed("PO-1"))
        self.peg("P1", LINE, SupplyKey.run("R1"), "BIKE")
        self.peg("P2", "run/R1/1", PURCHASE, "SADDLE")
        self.promise(0)

    def tell(self, fact: Fact, source: str = "test", cause: str = "1") -> str:
        """Record a fact; its id."""
        self._count += 1
        at = recorded(
            fact, message(_NOTHING, id=cause, at=NOW), stream="any", position=self._count, version=1, now=NOW,
        )._replace(source=source)
        self.lateness.follow(at)
        self.lateness.learn(fact, at)
        return at.id

    def peg(self, peg: str, requirement: str, supply: SupplyKey, part: str) -> None:
        self.tell(p.SupplyPegged(
            peg=peg, requirement=requirement, supply=supply, part=part, site="plant", unit="C62", amount=Decimal(1),
            decision="D1", purpose="R1", needed_by=NOW, available_at=NOW,
        ))

    def promise(self, later: int, *because: str, was: int | None = None) -> str:
        told: dict[str, Any] = {
            "order": REF, "part": "BIKE", "amount": Decimal(1), "unit": "C62", "wanted": WANTED,
            "promised": day(later), "backing": (), "because": because,
        }
        given = p.PromiseGiven(**told) if was is None else p.PromiseChanged(**told, was=day(was))
        return self.tell(given, PLANNER)

    def delayed(self, number: str, reason: str | None = None) -> str:
        return self.tell(s.PurchaseOrderDelayed(
            number=number, supplier="ACME", site="plant", line=1, part="SADDLE", unit="C62", ordered_at=NOW,
            ordered_on=NOW.date(), open=Decimal(1), told_at=NOW, until=WANTED, reason=reason,
        ))

    def why(self, came: int) -> str:
        return self.lateness.why(LINE, WANTED, day(came))


def test_what_a_promise_was_moved_for_is_the_reason() -> None:
    story = Story()
    story.promise(3, story.delayed("PO-1", "a machine broke"), was=0)
    assert story.why(3) == "waited for SADDLE, delayed by ACME (PO-1: a machine broke)"


def test_anothers_trouble_that_stands_in_the_same_list_is_none_of_it() -> None:
    story = Story()
    other, own = story.delayed("PO-9"), story.delayed("PO-1")
    story.promise(3, other, own, was=0)
    assert story.why(3) == "waited for SADDLE, delayed by ACME (PO-1)"


def test_it_is_followed_back_over_decisions_and_commands_to_what_was_told() -> None:
    story = Story()
    scrapped = story.tell(o.RunOutputReported(
        run="R1", part="BIKE", site="plant", unit="C62", good=Decimal(0), scrapped=Decimal(1), scrap_reason="BENT",
    ))
    domain, shard, position = scrapped.split("/")
    freed = story.tell(
        i.StockLost(part="BELL", site="plant", unit="C62", bucket=Bucket(location="A"), amount=Decimal(1)),
        f"{OURS}{domain}/{shard}", f"{position}.0",
    )
    short = story.tell(p.ShortageStated(
        requirement="run/R1/1", part="SADDLE", site="plant", unit="C62", needed_by=NOW, amount=Decimal(1),
        because=(freed,),
    ), PLANNER)
    story.promise(3, short, was=0)
    assert story.why(3) == "BIKE was scrapped when it was built (R1: BENT)"


def test_of_several_moves_that_stand_the_one_that_cost_most_is_told() -> None:
    story = Story()
    story.promise(4, story.delayed("PO-1"), was=0)
    story.promise(5, story.tell(p.TimePassed(until=NOW, due=("run/R1",))), was=4)
    assert story.why(5) == "waited for SADDLE, delayed by ACME (PO-1)"


def test_a_move_that_was_taken_back_made_nothing_late() -> None:
    story = Story()
    story.promise(9, story.delayed("PO-1"), was=0)
    story.promise(0, was=9)
    story.promise(2, story.tell(p.TimePassed(until=NOW, due=("run/R1",))), was=0)
    assert story.why(2) == "BIKE built later than planned (run R1 wasn't there when it was due)"


def test_of_what_was_due_what_lies_deepest_below_it_is_told() -> None:
    story = Story()
    passed = story.tell(p.TimePassed(until=NOW, due=("purchase/PO-9/1", "run/R1", "purchase/PO-1/1", "run/R7")))
    story.promise(3, passed, was=0)
    assert story.why(3).startswith("waited for SADDLE, bought of ACME (purchase PO-1/1 ")


def test_a_promise_that_was_withdrawn_moved_for_what_it_was_withdrawn_for() -> None:
    story = Story()
    delayed = story.delayed("PO-1")
    story.tell(p.PromiseWithdrawn(order=REF, was=WANTED, reason="nobody knows", because=(delayed,)), PLANNER)
    story.promise(8)
    assert story.why(8) == "waited for SADDLE, delayed by ACME (PO-1)"


def test_a_first_promise_for_a_later_day_that_nothing_moved_was_wanted_too_soon() -> None:
    story = Story()
    story.lateness._steps.clear()
    story.promise(3, story.delayed("PO-9"))
    assert story.why(3) == "wanted sooner than could be promised"


def test_a_lane_of_another_delivery_is_no_reason_and_its_own_is() -> None:
    def closed(lane: str) -> str:
        story = Story()
        story.tell(p.DeliveryPlanned(
            delivery="S1", order=REF, part="BIKE", unit="C62", site="plant", amount=Decimal(1), lanes=("OUT",),
            depart_at=NOW, arrive_at=NOW,
        ))
        story.promise(2, story.tell(lo.LaneClosed(
            lane=lane, from_node="site/plant", to_node="zone/NORTH", since=NOW, reason="ice",
        )), was=0)
        return story.why(2)

    assert closed("OUT") == "lane OUT was closed (ice)"
    assert closed("ELSEWHERE") == "planned for a later day"


def test_what_kept_its_promise_to_the_last_and_then_came_late_came_after_it() -> None:
    assert Story().why(1) == "came after the promised day"


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert day_by(datetime(2026, 3, 21, tzinfo=UTC)) == date(2026, 3, 20)
    assert day_by(datetime(2026, 3, 21, 0, 0, 1, tzinfo=UTC)) == date(2026, 3, 21)
