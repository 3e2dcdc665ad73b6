"""The parts of the planner's state, one for each domain. A fact changes its own domain's part and no other."""

from dataclasses import dataclass, field

from events.catalogue.reference import Reference
from projections.planning.world.orders import OrderPart
from projections.planning.world.plan import PlanPart
from projections.planning.world.purchases import PurchasePart
from projections.planning.world.stock import StockPart
from projections.planning.world.transport import TransportPart


@dataclass(slots=True)
class Parts:
    """All that is known, at a vector."""

    reference: Reference = field(default_factory=Reference)
    stock: StockPart = field(default_factory=StockPart)
    purchases: PurchasePart = field(default_factory=PurchasePart)
    orders: OrderPart = field(default_factory=OrderPart)
    transport: TransportPart = field(default_factory=TransportPart)
    plan: PlanPart = field(default_factory=PlanPart)
