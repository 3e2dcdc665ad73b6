"""What several domains say of one thing is counted once: claims, order lines, runs, deliveries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from events.inventory import messages as i
from events.logistics import messages as l
from events.orders import messages as o
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import SupplyKey
from events.suppliers import messages as s
from events.values import Status
from projections.planning.lookups import Plant
from projections.planning.world.claims import peg_view
from projections.planning.world.joins import Joins
from projections.planning.world.parts import Parts
from projections.planning.world.planned import Peg
from projections.planning.world.state import anew
from projections.planning.world.stock import Claimed
from tests.bikes import factory, lane, ordered, purchased, received, reported, shipped, some
from tests.chain import Chain, of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def peg(supply: SupplyKey, claimed: int, ended: int = 0, mourned: int = 0) -> Peg:
    return Peg(
        "P1-1", "run/R/1", supply, supply.text, "SADDLE", "plant", "C62", "D1-1", "R", 0, NOW, NOW, Fraction(1),
        Decimal(claimed), Decimal(ended), Decimal(mourned),
    )


def claim(reserved: int = 0, released: int = 0, used: int = 0, broken: int = 0, *, refused: bool = False) -> Claimed:
    return Claimed(Decimal(reserved), Decimal(released), Decimal(used), Decimal(broken), refused)


STOCK, LINE = SupplyKey.stock("plant", "SADDLE"), SupplyKey.purchase("4711", 1)


@pytest.mark.parametrize(
    ("supply", "ended", "mourned", "became", "pending", "held", "cover", "lost"),
    [
        (STOCK, 0, 0, claim(), 10, 0, 10, 0),
        (STOCK, 0, 0, claim(10), 0, 10, 10, 0),
        (STOCK, 0, 0, claim(10, used=4), 0, 6, 6, 0),
        (STOCK, 3, 0, claim(10), 0, 10, 7, 0),
        (STOCK, 3, 0, claim(10, released=3), 0, 7, 7, 0),
        (STOCK, 0, 0, claim(10, broken=2), 0, 8, 8, 2),
        (STOCK, 2, 2, claim(10, broken=2), 0, 8, 8, 0),
        (STOCK, 0, 0, claim(refused=True), 0, 0, 0, 10),
        (LINE, 0, 0, claim(4), 6, 4, 10, 0),
        (LINE, 0, 0, claim(4, broken=2), 6, 2, 8, 2),
        (LINE, 2, 2, claim(4, broken=2), 6, 2, 8, 0),
        (LINE, 3, 0, claim(4), 3, 4, 7, 0),
        (LINE, 0, 0, claim(4, released=4), 6, 0, 6, 4),
        (LINE, 0, 0, claim(10, used=10), 0, 0, 0, 0),
        (LINE, 5, 0, claim(10, used=10), 0, 0, 0, 0),
    ],
)
def test_a_claim_passes_from_hand_to_hand_and_is_counted_once(
    supply: SupplyKey, ended: int, mourned: int, became: Claimed, pending: int, held: int, cover: int, lost: int
) -> None:
    view = peg_view(peg(supply, 10, ended, mourned), became)
    assert (view.pending, view.held, view.cover, view.lost) == (pending, held, cover, lost)


def joins(chain: Chain) -> Joins:
    found: Joins = chain.planner.state.joins  # type: ignore[attr-defined]
    found.settle()
    return found


def test_a_receipt_that_inventory_and_suppliers_tell_is_one() -> None:
    chain = factory().tell(purchased("4500", "WHEEL", 5, date(2026, 3, 9)), received("WHEEL", 3, line=("4500", 1)))
    assert joins(chain).supplies["purchase/4500/1"].open == 2, "inventory told it"
    chain.settle()
    assert joins(chain).supplies["purchase/4500/1"].open == 2, "suppliers followed"


def test_what_waits_for_inspection_is_still_to_come() -> None:
    inspected = received("WHEEL", 3, line=("4500", 1)).model_copy(update={"status": Status.INSPECTION})
    chain = factory().tell(purchased("4500", "WHEEL", 5, date(2026, 3, 9)), inspected).settle()
    assert joins(chain).supplies["purchase/4500/1"].open == 5


def test_what_waits_for_inspection_comes_though_its_supplier_is_down_and_its_lane_is_closed() -> None:
    inspected = received("WHEEL", 4, line=("4500", 1)).model_copy(update={"status": Status.INSPECTION})
    chain = factory(**{id: amount for id, amount in PLENTY.items() if id != "WHEEL"})
    chain.tell(lane("road", "supplier/ACME", "site/plant"), purchased("4500", "WHEEL", 4, date(2026, 3, 9)))
    chain.tell(ordered("A", 2)).plan()
    chain.tell(inspected).plan()
    chain.tell(s.SupplierDown(supplier="ACME"), l.Closed(lane="road"))
    facts = chain.plan()
    assert not [one for one in facts if isinstance(one, f.RequirementFact | f.PegFact | g.RunFact)]
    assert joins(chain).supplies["purchase/4500/1"].at == datetime(2026, 3, 9, 23, tzinfo=UTC)
    assert joins(chain).supplies["run/R1-1"].at is not None


def test_output_that_shop_floor_and_warehouse_tell_is_one() -> None:
    chain = factory(**PLENTY).tell(ordered("A", 3))
    chain.plan()
    chain.tell(o.Started(run="R1-1"), reported("R1-1", 1)).settle()
    assert joins(chain).supplies["run/R1-1"].open == 2


def test_a_delivery_that_inventory_and_orders_tell_is_one() -> None:
    chain = factory(BIKE=2).tell(ordered("A", 2))
    (delivery,) = of(g.DeliveryPlanned, chain.plan())
    chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), l.Departed(shipment=delivery.delivery)).settle()
    assert joins(chain).required["order/A/1/1"].need == 1
    chain.tell(l.Delivered(shipment=delivery.delivery)).settle()
    assert joins(chain).required["order/A/1/1"].need == 1


def test_material_that_was_issued_and_came_back_is_needed_again() -> None:
    chain = factory(**PLENTY).tell(ordered("A", 1))
    chain.plan()
    where = {"part": "WHEEL", "site": "plant", "location": "RACK", "run": "R1-1"}
    chain.tell(i.Issued(**where, quantity=some(2)))
    assert "run/R1-1/3" not in joins(chain).required
    chain.tell(i.ReturnedFromRun(**where, quantity=some(1)))
    assert joins(chain).required["run/R1-1/3"].need == 1


def test_what_others_reserved_is_theirs_and_what_we_reserved_is_ours() -> None:
    chain = factory(BIKE=9).tell(ordered("A", 2))
    other = i.ReserveStock(part="BIKE", site="plant", reservation="X", quantity=some(3), purpose="fair")
    chain.tell(other).plan()
    plant = Plant(chain.planner.state)  # type: ignore[attr-defined]
    plant.at(chain.now)
    position = plant.position("BIKE", "plant")
    assert (position.on_hand, position.allocated, position.required) == (9, 3, 2)
    assert [supply.free for supply in plant.supplies("BIKE", "plant")] == [4]


def test_what_goes_another_way_is_forgotten_by_lanes_it_went_over() -> None:
    """Whoever reads both plans at once never hears of the first way: they would decide otherwise for other reasons."""
    parts = Parts()
    planned = g.TransferPlanned(
        transfer="T1-1", part="BELL", unit="C62", from_site="store", to_site="plant", decision="D1-1",
        amount=Decimal(1), lanes=("ROAD", "RAIL"), depart_at=NOW, arrive_at=NOW,
    )
    told = g.TransferReplanned(
        **{name: getattr(planned, name) for name in g.TransferReplanned.model_fields if name != "lanes"},
        lanes=("RAIL", "COURIER"),
    )
    lived = Joins(parts)
    for fact in (planned, told):
        for key in parts.plan.evolve(fact):
            lived.touch(key)
        lived.settle()
    assert lived.over_lane == {"RAIL": {"transfer/T1-1": None}, "COURIER": {"transfer/T1-1": None}}
    assert lived.over_lane == anew(parts).over_lane


def test_a_cut_has_looked_at_everything_up_to_its_vector() -> None:
    chain = factory(**PLENTY).tell(ordered("A", 1)).settle()
    assert chain.planner.stirred()
    chain.cut()
    assert not chain.planner.stirred()


@pytest.mark.parametrize(("requirement", "built_as"), [(99, "red"), (1, None)])
def test_only_a_deviation_of_what_a_run_requires_makes_it_like_no_other(requirement: int, built_as: str | None) -> None:
    chain = factory(**PLENTY)
    start, due = NOW + timedelta(days=9), NOW + timedelta(days=10)
    chain.tell(o.ScheduleRun(
        run="R", part="BIKE", quantity=some(2), site="plant", start=start, due=due, configuration="red"
    ))
    chain.plan()
    chain.tell(o.Substituted(run="R", requirement=requirement, part="GEL", quantity=some(2), approver=None)).plan()
    assert joins(chain).supplies["run/R"].configuration == built_as
