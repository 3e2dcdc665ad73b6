"""A late line's reason is what held it up last, and not whatever was short or late once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from events.decision import Recorded
from events.inventory import facts as i
from events.model import Fact
from events.orders import facts as o
from events.orders.shapes import RunRequirement
from events.planning import facts as p
from events.planning.shapes import SupplyKey
from infra.sample.life.lateness import Lateness, day_by
from tests.scenario import _NOTHING, message, recorded
from tests.unit.life_words import order_placed, reserved

DUE = datetime(2026, 3, 20, 18, tzinfo=UTC)
"""When the bicycle is to be at the plant."""
DAY = timedelta(days=1)
LINE = "order/SO-1/1/1"


class Story:
    """A bicycle of a saddle and a bell, built in four days."""

    def __init__(self) -> None:
        self.lateness, self._count = Lateness(), 0
        needs = tuple(
            RunRequirement(n=n, part=part, amount=Decimal(1), numerator=1, denominator=1, unit="C62")
            for n, part in enumerate(("SADDLE", "BELL"), 1)
        )
        self.tell(o.RunScheduled(
            run="R1", part="BIKE", site="plant", unit="C62", amount=Decimal(1), start=DUE - 4 * DAY, due=DUE,
            requirements=needs,
        ))
        self.peg("P1", LINE, SupplyKey.run("R1"), "BIKE")
        self.tell(order_placed("PO-1"))

    def tell(self, fact: Fact, at: datetime = DUE, cut: str = "1") -> None:
        self._count += 1
        found: Recorded = recorded(
            fact, message(_NOTHING, id=cut, at=at), stream="any", position=self._count, version=1, now=at,
        )
        self.lateness.learn(fact, found)  # type: ignore[arg-type] # a fact of any domain

    def peg(self, peg: str, requirement: str, supply: SupplyKey, part: str, cut: str = "1") -> None:
        self.tell(p.SupplyPegged(
            peg=peg, requirement=requirement, supply=supply, part=part, site="plant", unit="C62", amount=Decimal(1),
            decision="D1", purpose="R1", needed_by=DUE, available_at=DUE,
        ), cut=cut)

    def needs(self, n: int, supply: SupplyKey, cut: str = "1") -> None:
        """What the run's saddle (1) or bell (2) comes from."""
        self.peg(f"N{n}-{cut}", f"run/R1/{n}", supply, ("SADDLE", "BELL")[n - 1], cut)

    def short(self, n: int, cut: str) -> None:
        self.tell(p.ShortageStated(**self._about(n), amount=Decimal(1)), cut=cut)

    def ended(self, n: int, cut: str) -> None:
        self.tell(p.ShortageEnded(**self._about(n)), cut=cut)

    def _about(self, n: int) -> dict[str, Any]:
        part = ("SADDLE", "BELL")[n - 1]
        return {"requirement": f"run/R1/{n}", "part": part, "site": "plant", "unit": "C62", "needed_by": DUE}

    def there(self, peg: str, days: float, part: str = "SADDLE") -> None:
        """So many days after the bicycle was to be there."""
        fact: i.StockReserved = reserved(peg, "R1", part)
        self.tell(fact, DUE + days * DAY)

    def why(self, late: int = 3) -> str | None:
        return self.lateness.why(LINE, timedelta(0), late * DAY)


PURCHASE, OTHER = SupplyKey.purchase("PO-1", 1), SupplyKey.purchase("PO-9", 1)


def test_what_was_ready_in_time_was_late_on_its_way() -> None:
    story = Story()
    story.there("P1", -0.1)
    assert story.why() is None


def test_a_run_whose_material_was_there_was_built_late() -> None:
    story = Story()
    story.needs(1, PURCHASE)
    story.there("N1-1", -4)
    story.there("P1", 2)
    assert story.why() == "built later than planned"


def test_what_came_last_is_what_was_waited_for() -> None:
    story = Story()
    story.needs(1, OTHER)
    story.needs(2, PURCHASE)
    story.there("N1-1", -3)
    story.there("N2-1", -1)
    story.there("P1", 3)
    assert story.why() == "waited for BELL, bought of ACME"


def test_what_was_short_and_came_in_time_all_the_same_is_no_reason() -> None:
    story = Story()
    story.short(1, "2")
    story.ended(1, "3")
    story.needs(1, OTHER, "3")
    story.needs(2, PURCHASE)
    story.there("N1-3", -4)
    story.there("N2-1", -1)
    story.there("P1", 3)
    assert story.why() == "waited for BELL, bought of ACME"


def test_what_was_short_and_then_came_last_ran_short() -> None:
    story = Story()
    story.short(2, "2")
    story.needs(2, PURCHASE, "3")
    story.ended(2, "3")
    story.there("N2-3", -1)
    story.there("P1", 3)
    assert story.why() == "BELL ran short"


def test_a_shortage_that_had_ended_before_is_no_reason_for_a_later_claim() -> None:
    story = Story()
    story.short(2, "2")
    story.ended(2, "3")
    story.needs(2, PURCHASE, "4")
    story.there("N2-4", -1)
    story.there("P1", 3)
    assert story.why() == "waited for BELL, bought of ACME"


def test_what_lay_in_stock_when_it_was_claimed_had_been_there_before() -> None:
    story = Story()
    story.needs(1, SupplyKey.stock("plant", "SADDLE"))
    story.there("N1-1", 1)
    story.there("P1", 3)
    assert story.why() == "built later than planned"


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert day_by(datetime(2026, 3, 21, tzinfo=UTC)) == date(2026, 3, 20)
    assert day_by(datetime(2026, 3, 21, 0, 0, 1, tzinfo=UTC)) == date(2026, 3, 21)
