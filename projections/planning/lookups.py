"""What routing and replenishment may look up, seen at one time: the ``World`` of ``shapes.py``.

While a requirement is decided again, what it holds of the supplies in question counts as free, and some ways may be
shut to it: that lies over the state for as long as one question is asked, and changes nothing of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from events.catalogue.reference import Reference
from events.planning.shapes import OptionKind, PolicyShape, SupplyKind, WhyNot
from events.units import round_up
from projections.planning.shapes import (
    NO_WORDS,
    Demand,
    LaneRecord,
    Load,
    Outage,
    Position,
    Signature,
    Supply,
    Words,
)
from projections.planning.times import build_days, forward
from projections.planning.world.alarms import expected
from projections.planning.world.state import State
from projections.planning.world.views import SupplyView

ZERO: Final = Decimal(0)
_KINDS: Final = {kind: place for place, kind in enumerate(SupplyKind)}
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Plant:
    """The state at a moment. Settled whenever it is asked, so whoever decides need not think of it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.moment = _NEVER
        self.memory: dict[str, Any] = {}
        self._freed: dict[str, Decimal] = {}
        self._shut: dict[str, frozenset[Signature]] = {}
        self._lanes: tuple[int, dict[str, LaneRecord]] = (-1, {})

    def at(self, now: datetime) -> None:
        """From now on it is this time."""
        self.moment = now

    @contextmanager
    def supposing(
        self, freed: Mapping[str, Decimal], requirement: str, shut: frozenset[Signature] = frozenset()
    ) -> Iterator[None]:
        """As if so much more of these supplies were free, and these ways refused to this requirement."""
        self._freed, self._shut = dict(freed), {requirement: shut}
        try:
            yield
        finally:
            self._freed, self._shut = {}, {}

    # The protocol

    @property
    def now(self) -> datetime:
        return self.moment

    @property
    def reference(self) -> Reference:
        return self.state.parts.reference

    @property
    def policy(self) -> PolicyShape:
        return self.state.parts.plan.policy

    @property
    def memo(self) -> dict[str, Any]:
        return self.memory

    @property
    def network(self) -> int:
        self.state.joins.settle()
        return self.state.joins.network

    def lanes(self) -> Mapping[str, LaneRecord]:
        version = self.network
        if self._lanes[0] != version:
            lanes = self.state.parts.transport.lanes
            self._lanes = (version, {id: lanes[id] for id in sorted(lanes)})
        return self._lanes[1]

    def loads(self, lane: str, day: date) -> Sequence[Load]:
        self.state.joins.settle()
        return self.state.joins.loads.at(lane, day)

    def supplies(self, part: str, site: str | None = None) -> Sequence[Supply]:
        self.state.joins.settle()
        joins = self.state.joins
        ids = joins.free_of.get(part, {})
        if self._freed:
            ids = {**ids, **{id: None for id in self._freed if id in joins.supplies}}
        views = (joins.supplies[id] for id in ids)
        wanted = [view for view in views if view.part == part and (site is None or view.site == site)]
        found = [self._supply(view, view.free + self._freed.get(view.id, ZERO)) for view in wanted
                 if view.id in self._freed or not ((view.custom and not view.firm) or _stranded(view))]
        return sorted(found, key=_order)

    def _supply(self, view: SupplyView, free: Decimal) -> Supply:
        at = expected(self.state.parts, view, self.moment)
        return Supply(
            view.key, view.id, view.part, view.site, free, None if at is None else max(at, self.moment), None,
            view.supplier, view.from_site, view.firm, view.custom, view.configuration,
        )

    def outage(self, supplier: str) -> Outage | None:
        return self.state.parts.purchases.outages.get(supplier)

    def words(self, requirement: str) -> Words:
        plan = self.state.parts.plan
        said = [plan.words[decision] for decision in plan.spoken.get(requirement, ())]
        barred = dict.fromkeys(self._unbuildable(requirement), WhyNot.UNBUILDABLE)
        barred |= dict.fromkeys(sorted(self._shut.get(requirement, ())), WhyNot.ALIKE)
        pinned = next((word.pinned for word in reversed(said) if word.pinned is not None), None)
        refused = (self._not_bought(requirement) - {pinned}).union(*(word.refused for word in said))
        return Words(refused, pinned, barred) if refused or pinned or barred else NO_WORDS

    def _not_bought(self, requirement: str) -> frozenset[Signature]:
        """A purchase that a person refused isn't asked for again under another requirement of that part at that site:
        until the word is released, or nothing that it was refused for is wanted any more (stock always is)."""
        plan, joins = self.state.parts.plan, self.state.joins
        if not plan.barred:
            return frozenset()
        joins.settle()
        found = joins.required.get(requirement)
        place = joins.stock_ids.get(requirement) if found is None else (found.site, found.part)
        said = [plan.words[decision] for decision in plan.barred.get(place, ())] if place is not None else []
        return frozenset().union(*(
            word.refused for word in said
            if any(one in joins.required or one.startswith("stock/") for one in word.requirements)
        ))

    def _unbuildable(self, requirement: str) -> frozenset[Signature]:
        """The order service wouldn't schedule a run for it: asking again would be refused again."""
        parts = self.state.parts
        refused = (run for run in parts.plan.built_for.get(requirement, ()) if run in parts.orders.refused)
        return frozenset(
            Signature(OptionKind.BUILD, parts.plan.runs[run].part, "", "", "") for run in refused
        )

    def position(self, part: str, site: str) -> Position:
        self.state.joins.settle()
        joins, place = self.state.joins, (site, part)
        total, claimed = self.state.parts.stock.position(site, part)
        return Position(
            total, max(ZERO, claimed - joins.ours.get(place, ZERO)),
            joins.coming.get(place, ZERO), joins.totals.get(place, ZERO),
        )

    def demands(self, part: str, site: str, until: datetime) -> Sequence[Demand]:
        self.state.joins.settle()
        joins = self.state.joins
        needs = (joins.required[id] for id in joins.demands.get((site, part), ()))
        soon = [one for one in needs if one.needed_by <= until]
        found = [Demand(one.id, one.needed_by, one.need, min(one.need, joins.covered(one.id))) for one in soon]
        return sorted(found, key=lambda one: (one.needed_by, one.requirement))

    def coming(self, part: str, site: str, until: datetime) -> Sequence[Supply]:
        self.state.joins.settle()
        views = (self.state.joins.supplies[id] for id in self.state.joins.of_place.get((site, part), ()))
        wanted = [view for view in views if view.open and not view.on_hand and view.at is not None and view.at <= until]
        return sorted((self._supply(view, view.open) for view in wanted), key=_order)

    def build_ready(self, part: str, site: str, _amount: Decimal) -> datetime | None:
        record = self.reference.part(part)
        if record is None or not self.reference.bill(part, self.moment, None, site):
            return None
        return forward(self.reference, site, self.moment, build_days(self.reference, part))

    def build_cost(self, part: str, amount: Decimal) -> Decimal | None:
        record = self.reference.part(part)
        if record is None or record.standard_cost is None:
            return None
        told = record.standard_cost
        rate = self.reference.rate(told.currency, self.policy.currency, self.moment)
        return None if rate is None else round_up(Fraction(told.amount) * Fraction(amount) * rate)


def _order(supply: Supply) -> tuple[str, int, datetime, str]:
    at = _NEVER if supply.available_at is None else supply.available_at
    return (supply.site, _KINDS[supply.key.kind], at, supply.id)


def _stranded(view: SupplyView) -> bool:
    """What nobody claims any more of a transfer that can't be sent for now: it is about to be taken back."""
    return view.at is None and view.key.kind is SupplyKind.TRANSFER
