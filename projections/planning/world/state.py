"""The planner's state: the parts, the joins over them, and what was touched since the last cut.

State is a product of per-shard parts: each fact is folded into its own domain's part alone, so it makes no difference
in which order shards are read up to a vector. What a fact touches is noted with the fact's id, until a ``CutTaken``
whose vector holds that fact: then a cut has looked at it. Facts that the planner decided itself aren't noted; it knew.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from events.catalogue import facts as c
from events.decision import Recorded
from events.model import Fact
from events.planning.facts import CutTaken
from projections.planning.world import notes
from projections.planning.world.bearing import about
from projections.planning.world.joins import Joins
from projections.planning.world.notes import Key, Kind
from projections.planning.world.parts import Parts

PLANNER: Final = "lotone:planner"
"""The source of what the planner decides; the same word as ``infra.planning.PLANNER``."""
Place = tuple[str, int, int]
"""A fact: domain, shard, position."""


@dataclass(slots=True)
class State:
    """All that the planner knows."""

    parts: Parts = field(default_factory=Parts)
    joins: Joins = field(init=False)
    touched: dict[Key, dict[Place, None]] = field(default_factory=dict)
    about: dict[Place, str] = field(default_factory=dict)
    """Of what is touched by them, what alone these facts are about."""

    def __post_init__(self) -> None:
        self.joins = Joins(self.parts)

    def fold(self, fact: Fact, at: Recorded) -> None:
        """One more fact of any domain."""
        keys = self.take(fact, at)
        if isinstance(fact, CutTaken):
            self._look_back()
        if at.position <= self.parts.plan.vector.get((at.domain, at.shard), 0):
            return
        if at.domain == "planning" and at.source == PLANNER:
            return
        place = (at.domain, at.shard, at.position)
        for key in keys:
            self.touched.setdefault(key, {})[place] = None
        if keys and (alone := about(fact, at.domain)) is not None:
            self.about[place] = alone

    def take(self, fact: Any, at: Recorded) -> list[Key]:
        """Fold a fact into its part, and let the joins know."""
        parts = self.parts
        match at.domain:
            case "catalogue":
                parts.reference.evolve(fact, at)
                keys = _master_data(fact)
            case "inventory":
                keys = parts.stock.evolve(fact, at)
                if keys:
                    self.joins.stock_ids[keys[0].id] = (fact.site, fact.part)
            case "suppliers":
                keys = parts.purchases.evolve(fact, at)
            case "orders":
                keys = parts.orders.evolve(fact, at)
            case "logistics":
                keys = parts.transport.evolve(fact, at)
            case _:
                return self.plan(fact)
        for key in keys:
            self.joins.touch(key)
        return keys

    def plan(self, fact: Any) -> list[Key]:
        """Fold a fact of planning itself: also as it is decided, before it is recorded."""
        keys = self.parts.plan.evolve(fact)
        for key in keys:
            self.joins.touch(key)
        return keys

    def close(self, taken: Any) -> None:
        """A cut that was decided here is over."""
        self.plan(taken)
        self._look_back()

    def _look_back(self) -> None:
        """A cut was taken: it has looked at everything up to its vector."""
        seen = self.parts.plan.vector
        for key, places in list(self.touched.items()):
            left = {place: None for place in places if place[2] > seen.get(place[:2], 0)}
            if left:
                self.touched[key] = left
            else:
                del self.touched[key]
        self.about = {place: one for place, one in self.about.items() if place[2] > seen.get(place[:2], 0)}


def _master_data(fact: c.CatalogueFact) -> list[Key]:
    """What changes in master data touch."""
    match fact:
        case c.PartDefined():
            return [Key(Kind.PART, fact.id)]
        case c.AgreementDefined():
            return [Key(Kind.PART, fact.part), Key(Kind.SUPPLIER, fact.supplier)]
        case c.BillDefined() | c.ConversionDefined() | c.PartRevised() | c.PartSuperseded() | c.SubstituteDefined():
            return [Key(Kind.PART, fact.part)]
        case c.SiteDefined() | c.CalendarDefined():
            return [Key(Kind.SITE, "")]
        case c.SupplierDefined():
            return [Key(Kind.SUPPLIER, fact.id)]
        case _:
            return []


def anew(parts: Parts) -> Joins:
    """The joins, worked out of the parts from nothing."""
    joins = Joins(parts)
    for site, part in parts.stock.items:
        key = notes.stock(site, part)
        joins.stock_ids[key.id] = (site, part)
        joins.touch(key)
    for id in parts.stock.built_as:
        joins.touch(notes.supply(id))
    ids = [
        (Kind.RUN, {*parts.orders.runs, *parts.orders.splits, *parts.plan.runs}),
        (Kind.PEG, parts.plan.pegs), (Kind.ORDER, parts.orders.orders), (Kind.TRANSFER, parts.plan.transfers),
        (Kind.DELIVERY, parts.plan.deliveries), (Kind.REQUISITION, parts.plan.requisitions),
        (Kind.SUPPLY, [line.id for line in parts.purchases.lines.values()]),
    ]
    for kind, found in ids:
        for id in sorted(found):
            joins.touch(Key(kind, id))
    joins.settle()
    return joins
