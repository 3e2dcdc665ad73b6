"""The whole simulated world: facts in, events out, each at its time. It does no IO and reads no clock.

A day goes like this: ``until(now)`` lets everything happen up to now and gives what was told of it; the driver
publishes that and waits until all is decided; ``learn`` takes the facts that are new; ``evening`` lets people look at
what they learned and plan their next days. The same facts, in whatever order of shards, give the same events.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from events.codec import decode
from events.decision import Recorded
from events.inventory.facts import StockFact
from events.logistics.facts import LaneFact, ShipmentFact
from events.orders.facts import OrderFact, RunFact
from events.planning import facts as p
from events.suppliers import facts as su
from infra.sample.life.agenda import Event
from infra.sample.life.building import Building
from infra.sample.life.buying import Buying
from infra.sample.life.carrying import Carrying
from infra.sample.life.judging import Judging
from infra.sample.life.receiving import Receiving
from infra.sample.life.script import Steps
from infra.sample.life.selling import Selling
from infra.sample.life.supplying import Supplying
from infra.sample.life.trouble import Trouble
from infra.sample.life.world import World

_PLANNING: Final = {
    "ReorderDecided", "RequisitionWithdrawn", "SupplyPegged", "SupplyUnpegged", "RequirementRouted",
    "RequirementRerouted", "DecisionProposed", "DecisionRefused", "DecisionOverridden", "DecisionWithdrawn",
}
_ORDER: Final = ("catalogue", "logistics", "planning", "orders", "inventory", "suppliers")
"""Master data and lanes are learned first, then what was decided, then what came of it."""


class Life:
    """A world with its own luck, and its own script of troubles."""

    def __init__(
        self, seed: int, zone: str, begins: datetime, script: Sequence[Steps] = (), eager: bool = False
    ) -> None:
        self.world = World(seed, zone, begins, eager)
        self.buying = Buying(self.world)
        self.supplying = Supplying(self.world, Receiving(self.world))
        self.building = Building(self.world)
        self.carrying = Carrying(self.world)
        self.judging = Judging(self.world)
        self.selling = Selling(self.world)
        self.trouble = Trouble(
            self.world, script, self.building, self.carrying, self.judging, self.selling, self.supplying
        )

    def expect(self, events: Iterable[Event]) -> None:
        """These arrive at their own times, whatever happens: the customers' orders."""
        for event in events:
            self.world.agenda.send(event)

    def until(self, now: datetime) -> list[Event]:
        """What is told of everything that happens up to now, in order."""
        return self.world.agenda.until(now)

    def learn(self, facts: Iterable[Recorded], now: datetime) -> None:
        """Read what is new. It was read ``now``: no answer is earlier."""
        self.world.now = now
        ordered = sorted(facts, key=lambda at: (_ORDER.index(at.domain), at.shard, at.position))
        for at in ordered:
            if at.domain != "planning" or at.type in _PLANNING:
                self._learn(decode(at), at)

    def evening(self, day: int) -> None:
        """People act on what they read."""
        self.buying.evening()
        self.trouble.evening(day)

    def _learn(self, fact: Any, at: Recorded) -> None:
        if at.domain == "catalogue":
            self.world.known.evolve(fact, at)
            return
        match fact:
            case StockFact():
                self.world.shelves.learn(fact)  # type: ignore[arg-type] # every fact of stock is in the union
            case su.PurchaseOrderPlaced():
                self.supplying.learn(fact)
                self.buying.learn(fact)
            case su.PurchaseOrderRefused() | p.ReorderDecided() | p.RequisitionWithdrawn():
                self.buying.learn(fact)
            case su.LineFact():
                self.supplying.learn(fact)
            case OrderFact():
                self.selling.learn(fact)
            case RunFact():
                self.building.learn(fact)
            case LaneFact():
                self.world.network.learn(fact)
            case ShipmentFact():
                self.carrying.learn(fact)
            case p.SupplyPegged() | p.SupplyUnpegged():
                self.world.pegs.learn(fact)
            case p.DecisionFact() | p.RequirementRouted():
                self.judging.learn(fact)
            case _:
                pass
