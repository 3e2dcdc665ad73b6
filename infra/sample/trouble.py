"""What goes wrong in the sample's fortnight, and what upstream systems get wrong about it.

Each kind of trouble that Lotone has an answer to happens once: so ``lotone demo`` shows every one of those answers.
"""

from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal

from events.catalogue.messages import DefinePart
from events.catalogue.parts import MakeOrBuy
from events.inventory.messages import (
    Counted,
    Found,
    Held,
    Issued,
    Lost,
    Received,
    ReleaseStock,
    ReserveStock,
    Reversed,
    Scrapped,
    SnapshotLine,
    StockSnapshot,
    Unheld,
)
from events.sealed import Sealed
from events.suppliers.messages import (
    AgreementChanged,
    CancelPurchaseOrder,
    ChangePurchaseOrder,
    LineChange,
    ShortClosePurchaseOrder,
    SupplierBack,
    SupplierDown,
)
from events.values import Quantity, Some
from infra.sample.building import MES, WMS, Building
from infra.sample.buying import ERP, PORTAL, Buying
from infra.sample.world import DEPOT, PLANT, Event, World, ref


class Trouble:
    """Everything that doesn't go by plan, each thing at its time."""

    def __init__(self, world: World, buying: Buying, building: Building) -> None:
        self.world, self.buying, self.building = world, buying, building
        self.changed = ""
        self.first_count: Event = {}
        at, later = world.at, world.later
        later(at(0, 13), self.change_an_order)
        later(at(1, 14), self.hold)
        later(at(1, 15), self.reserve_and_release)
        later(at(2, 8), self.strike)
        later(at(2, 11), self.lose_a_saddle)
        later(at(3, 12), self.cancel_an_order)
        later(at(3, 15), self.agree_on_another_price)
        later(at(4, 17, 30), self.count_bells)
        later(at(5, 11), self.scrap_by_mistake)
        later(at(6, 12), self.say_it_again)
        later(at(6, 13), self.send_nonsense)
        later(at(6, 17), self.count_before_an_issue_is_told)
        later(at(7, 6, 40), self.claim_what_is_not_there)
        later(at(7, 9), self.receive_an_unknown_part)
        later(at(8, 14), buying.send_back)
        later(at(9, 15), self.be_content)
        later(at(9, 18), self.take_stock_of_the_depot)

    def _unit(self, part: str) -> str:
        return self.world.factory.unit(part)

    def change_an_order(self, now: datetime) -> None:
        """One more pack is wanted of an order's first line. It won't come, and in the end nobody waits for it."""
        self.changed = next(iter(self.buying.placed))
        line = self.buying.placed[self.changed][1][0]
        more = LineChange(line=line.line, quantity=Some.of(line.packs + 1, line.unit))
        self.world.tell(ERP, ChangePurchaseOrder(number=self.changed, change=(more,)), now, who="person-2")

    def be_content(self, now: datetime) -> None:
        body = ShortClosePurchaseOrder(number=self.changed, reason="the rest isn't needed")
        self.world.tell(ERP, body, now, who="person-2")

    def cancel_an_order(self, now: datetime) -> None:
        """An order is placed and called off within the hour."""
        number = self.buying.order("FARBEN", PLANT, [("PAINT-GREEN", 1)], now)
        self.buying.cancelled.add(number)
        self.buying.coming["PAINT-GREEN", PLANT] -= 5
        body = CancelPurchaseOrder(number=number, reason="ordered twice")
        self.world.tell(ERP, body, now + timedelta(minutes=40), who="person-2")

    def hold(self, now: datetime) -> None:
        """Brakes are set aside for two days, until somebody has looked at them."""
        ((shelf, some),) = self.world.take("BRAKE", PLANT, Decimal(3))
        place = {"part": "BRAKE", "site": PLANT, "location": shelf.location, "quantity": Some.of(some, "C62")}
        self.world.tell(WMS, Held.model_validate({**place, "reason": "lever feels soft"}), now, who="person-7")
        self.world.later(self.world.at(3, 10), lambda at: self._unhold(place, some, at))

    def _unhold(self, place: dict[str, object], some: Decimal, now: datetime) -> None:
        self.world.tell(WMS, Unheld.model_validate({**place, "reason": "all in order"}), now, who="person-7")
        self.world.put("BRAKE", PLANT, some)

    def reserve_and_release(self, now: datetime) -> None:
        """Sales keeps two bars for a fair, and gives them back."""
        about = {"part": "BAR", "site": PLANT, "reservation": "FAIR-1"}
        asked = ReserveStock(**about, purpose="FAIR", quantity=Some.of(2, "C62"), priority=1)
        self.world.tell(ERP, asked, now, who="person-1")
        self.world.tell(ERP, ReleaseStock(**about, reason="fair is off"), now + timedelta(hours=20), who="person-1")

    def strike(self, now: datetime) -> None:
        """The tyre maker can't deliver for two days."""
        down = SupplierDown(supplier="REIFEN-NORD", until=self.world.at(4, 16), reason="strike")
        self.world.tell(PORTAL, down, now, who="REIFEN-NORD")
        self.buying.down.add("REIFEN-NORD")
        self.world.later(self.world.at(4, 16), self._end_of_strike)

    def _end_of_strike(self, now: datetime) -> None:
        self.world.tell(PORTAL, SupplierBack(supplier="REIFEN-NORD", reason="strike is over"), now, who="REIFEN-NORD")
        self.buying.down.discard("REIFEN-NORD")

    def lose_a_saddle(self, now: datetime) -> None:
        """It turns up again later."""
        ((shelf, some),) = self.world.take("SADDLE", PLANT, Decimal(1))
        place = {"part": "SADDLE", "site": PLANT, "location": shelf.location, "quantity": Some.of(some, "C62")}
        self.world.tell(WMS, Lost.model_validate({**place, "reason": "not at its place"}), now, who="person-6")
        found = Found.model_validate({**place, "reason": "fell behind the rack"})
        self.world.tell(WMS, found, self.world.at(5, 9), who="person-6")
        self.world.later(self.world.at(5, 9), lambda _: self.world.put("SADDLE", PLANT, some))

    def agree_on_another_price(self, now: datetime) -> None:
        terms = self.world.factory.agreements["PLYWOOD"]
        told = AgreementChanged.model_validate({
            **terms, "price": {"amount": "66.50", "currency": "EUR"}, "valid_from": self.world.at(9, 0),
        })
        self.world.tell(PORTAL, told, now, who="HOLZHOF")

    def _count(self, part: str, off: int, now: datetime, cut_off: datetime) -> Event:
        home = self.world.home[part, PLANT]
        there = sum(some for shelf, some in self.world.shelves[part, PLANT].items() if shelf.location == home)
        by = Sealed[str](person="person-6", value="Jana Roth")
        return self.world.tell(WMS, Counted(
            part=part, site=PLANT, location=home, quantity=Quantity.of(there + off, self._unit(part)), cut_off=cut_off,
            counted_by=by,
        ), now, who="person-6")

    def count_bells(self, now: datetime) -> None:
        """One is missing."""
        self.first_count = self._count("BELL", -1, now, now - timedelta(minutes=15))
        list(self.world.take("BELL", PLANT, Decimal(1)))

    def scrap_by_mistake(self, now: datetime) -> None:
        """Screws were booked as scrapped that weren't; the booking is reversed in the afternoon."""
        about = {"part": "SCREW", "site": PLANT}
        scrap = Scrapped.model_validate({
            **about, "location": "SMALL", "quantity": Some.of(20, "C62"), "reason": "DAMAGED",
        })
        wrong = self.world.tell(WMS, scrap, now, who="person-6")
        back = Reversed(**about, of=ref(wrong), reason="wrong part booked")
        self.world.tell(WMS, back, now + timedelta(hours=4), who="person-6")

    def say_it_again(self, now: datetime) -> None:
        """An event is sent twice, word by word; and once more with another quantity, which can't both be true."""
        self.world.send(deepcopy(self.first_count), now)
        other = deepcopy(self.first_count)
        other["data"]["quantity"]["amount"] = "99"
        self.world.send(other, now + timedelta(minutes=5))

    def send_nonsense(self, now: datetime) -> None:
        """No location, and a quantity that isn't one: the door says so."""
        self.world.send({
            "specversion": "1.0", "id": "wms-broken-1", "source": WMS, "type": "lotone.inventory.Received.v1",
            "time": now.isoformat(), "data": {
                "part": "BELL", "site": PLANT, "quantity": {"amount": "zwölf", "unit": "boxes"},
            },
        }, now)

    def count_before_an_issue_is_told(self, now: datetime) -> None:
        """Spokes went to a run at 16:20; the count at 17:00 misses them; the issue is told the next morning."""
        taken, run = Decimal(36), "R-REPAIR"
        ((shelf, some),) = self.world.take("SPOKE", PLANT, taken)
        self._count("SPOKE", 0, now + timedelta(minutes=20), now)
        body = Issued(part="SPOKE", site=PLANT, location=shelf.location, run=run, quantity=Some.of(some, "C62"))
        self.world.tell(MES, body, now - timedelta(minutes=40), told=self.world.at(7, 7, 10), who="person-4")

    def claim_what_is_not_there(self, now: datetime) -> None:
        """All free hinges are reserved for a fair; the count in the evening finds fewer, so a claim must break."""
        world, free = self.world, self.world.free("HINGE")
        world.tell(ERP, ReserveStock(
            part="HINGE", site=PLANT, reservation="FAIR-2", purpose="FAIR", quantity=Some.of(free, "C62"), priority=-5,
        ), now, who="person-1")
        world.reserved["HINGE", PLANT] += free
        world.later(world.at(7, 17, 45), lambda at: self._miss_hinges(free, at))

    def _miss_hinges(self, claimed: Decimal, now: datetime) -> None:
        self._count("HINGE", -4, now, now - timedelta(minutes=10))
        list(self.world.take("HINGE", PLANT, Decimal(4)))
        self.world.reserved["HINGE", PLANT] -= claimed
        gone = ReleaseStock(part="HINGE", site=PLANT, reservation="FAIR-2", reason="fair is off")
        self.world.tell(ERP, gone, now + timedelta(hours=1), who="person-1")

    def receive_an_unknown_part(self, now: datetime) -> None:
        """A new spacer arrives before anybody has defined it: it waits for its part."""
        self.world.tell(WMS, Received(
            part="SPACER-9", site=PLANT, location="SMALL", quantity=Some.of(40, "C62"), supplier="KLEINTEIL",
            delivery_note="sample",
        ), now, who="person-5")
        spacer = DefinePart(id="SPACER-9", name="Spacer 9 mm", unit="C62", make_or_buy=MakeOrBuy.BUY)
        self.world.tell(ERP, spacer, self.world.at(8, 8), who="person-2")

    def take_stock_of_the_depot(self, now: datetime) -> None:
        """The depot states all it has of each part."""
        for part in ("MOTOR", "BATTERY"):
            lines = tuple(
                SnapshotLine(location=shelf.location, lot=shelf.lot, quantity=Quantity.of(some, "C62"))
                for shelf, some in self.world.shelves[part, DEPOT].items()
            )
            self.world.tell(f"{DEPOT}/wms", StockSnapshot(part=part, site=DEPOT, lines=lines, cut_off=now), now,
                            who="person-8")
