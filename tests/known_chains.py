"""Short lives of the bicycle maker in ``bikes.py``, for the tests of views: decided by the real rules, in memory."""

from datetime import date
from decimal import Decimal

from events.inventory import messages as i
from events.logistics import messages as lane
from events.logistics.facts import ShipmentPlanned
from events.logistics.shapes import Amounts
from events.orders import messages as o
from events.orders.facts import RunScheduled
from events.planning import messages as p
from events.planning.moves import TransferPlanned
from events.planning.shapes import AutonomyRule, DecisionKind
from events.suppliers import messages as s
from events.values import Line, Quantity
from tests import bikes as b
from tests.chain import Chain


def planned() -> Chain:
    """Two orders: one from stock of everything, and one for which saddles are to be bought and a purchase is open."""
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=3, FRAME=1)
    chain.tell(b.purchased("PO-1", "SADDLE", 10, date(2026, 3, 9)))
    chain.tell(b.ordered("SO-1", 2), b.ordered("SO-2", 4, date(2026, 3, 25), priority=5))
    chain.plan()
    return chain


def troubled() -> Chain:
    """The same, and then the purchase is said to come weeks late."""
    chain = planned()
    chain.wait(1).plan()
    late = s.Delayed(number="PO-1", lines=(1,), expected=date(2026, 4, 20))
    chain.tell(late)
    chain.plan()
    return chain


def asking() -> Chain:
    """A maker whose policy asks a person before anything is bought; two bells are to be."""
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, SADDLE=5)
    rules = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.REORDER)
    chain.tell(p.SetPolicy(currency="EUR", alone=rules))
    chain.tell(b.ordered("SO-1", 2))
    chain.plan()
    return chain


def built() -> Chain:
    """Two bicycles for the north: built with wheels of a lot, stored by serial number, one on its way, one delivered
    with proof; and in between a lane was closed and opened again."""
    chain = b.factory(TUBE=20, BOLT=50, BELL=6, SADDLE=6, FRAME=2)
    chain.tell(i.Received(
        part="WHEEL", site="plant", location="RACK", quantity=b.some(12), lot="W-7",
        line=Line(document="PO-7", line=1),
    ))
    chain.tell(b.purchased("PO-7", "WHEEL", 12, date(2026, 3, 2)))
    chain.tell(b.ordered("SO-1", 2, destination="zone/NORTH"))
    chain.plan()
    run = next(fact.run for fact in chain.facts["orders"] if isinstance(fact, RunScheduled))
    chain.live(17)
    chain.tell(o.Started(run=run))
    for part, amount in (("FRAME", 2), ("SADDLE", 2), ("BOLT", 8), ("BELL", 2)):
        chain.tell(b.issued(part, amount, run))
    chain.tell(i.Issued(part="WHEEL", site="plant", location="RACK", quantity=b.some(4), lot="W-7", run=run))
    chain.plan()
    for serial in ("B-1", "B-2"):
        chain.tell(o.OutputReported(
            run=run, good=Quantity.of(1, b.UNIT), serials=(serial,), lot=None, to_location="RACK"
        ))
    chain.tell(o.Completed(run=run)).plan()
    chain.tell(lane.Closed(lane="north", reason="snow"), lane.Reopened(lane="north")).plan()
    chain.live(1)
    delivery = next(fact.shipment for fact in chain.facts["logistics"] if isinstance(fact, ShipmentPlanned))
    for serial in ("B-1", "B-2"):
        chain.tell(i.Shipped(
            part="BIKE", site="plant", location="RACK", quantity=b.some(1), serial=serial, shipment=delivery,
            order="SO-1",
        ))
    chain.plan()
    chain.tell(lane.Delivered(shipment=delivery, lines=(Amounts(line=1, amount=Decimal(1)),))).plan()
    return chain


def sent() -> Chain:
    """A bicycle whose saddle is in the other site's stock, and on its way from there."""
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, FRAME=2)
    chain.tell(b.received("SADDLE", 5, site="store"), b.ordered("SO-1", 2, date(2026, 3, 6)))
    chain.plan()
    transfer = next(fact.transfer for fact in chain.facts["planning"] if isinstance(fact, TransferPlanned))
    chain.live(1)
    chain.tell(i.TransferSent(
        part="SADDLE", site="store", location="RACK", quantity=b.some(2), to_site="plant", transfer=transfer
    )).plan()
    return chain
