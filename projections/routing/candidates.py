"""All ways to cover a need that there are: what is at the site, elsewhere, on order, being built, or could be had anew.

Landed cost. What we have or have ordered is moved at the part's value (``desk.PartTerms``), what is bought at its price
in the policy's currency, what is built at standard cost; then come the lanes it has to take. Lots, minimum orders and
what a full load would save are no cost of one need: purchasing merges needs afterwards, and the surplus is stock.

Lead time of a purchase, in calendar days: from the order to the dispatch where lanes lead from the supplier to the site
(their hours and cost come on top), else from the order to the arrival. Inbound goods are the supplier's to send: room
on those lanes isn't looked at. A supplier that is down begins on the day on which it is expected back; of one of which
nobody knows when, nothing is bought.

From other sites come stock, what is ordered to them and firm runs; what only is to be transferred or requisitioned to
another site stays there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.planning.shapes import OptionKind, SupplyKind, WhyNot
from events.values import MAX_PLACES
from projections.planning.shapes import ONE, Need, Outage, Supply, serves
from projections.routing.desk import Cargo, Desk, Offer, PartTerms
from projections.routing.money import ZERO, decimal
from projections.routing.network import Passage
from projections.routing.ways import Way

_KINDS: Final = {
    SupplyKind.STOCK: OptionKind.STOCK,
    SupplyKind.RUN: OptionKind.RUN,
    SupplyKind.PURCHASE: OptionKind.PURCHASE,
    SupplyKind.REQUISITION: OptionKind.PURCHASE,
    SupplyKind.TRANSFER: OptionKind.ELSEWHERE,
}
LEAST: Final = Decimal(1).scaleb(-MAX_PLACES)
_MOVABLE: Final = (SupplyKind.STOCK, SupplyKind.PURCHASE, SupplyKind.RUN)


@dataclass(slots=True)
class Look:
    """One part looked at for a need: its own, or a substitute's, ``factor`` of which do the work of one.

    ``amount`` is what is needed in that part's unit; ``value`` what one of its units counts, None: nobody knows; no
    more than what it takes to build it.
    """

    desk: Desk
    need: Need
    part: str
    terms: PartTerms | None
    amount: Decimal
    value: Decimal | None
    factor: Fraction = ONE
    substitute: bool = False
    needs_approval: bool = False

    def kind(self, kind: OptionKind) -> OptionKind:
        """A substitute is one, wherever it comes from."""
        return OptionKind.SUBSTITUTE if self.substitute else kind

    def covers(self, free: Decimal) -> Decimal:
        """How much of the need so much of the part covers, in the need's unit."""
        if self.factor == 1:
            return min(free, self.need.amount)
        own = self.desk.part(self.need.part)
        step = LEAST if own is None else own.step
        return min(Fraction(free) / self.factor // Fraction(step) * step, self.need.amount)

    def each(self, cost: Decimal | None) -> Decimal:
        """A cost of one unit of the part as one of the need's unit; nothing for one that nobody knows."""
        return ZERO if cost is None else cost if self.factor == 1 else cost * decimal(self.factor)


def ways_of(desk: Desk, need: Need) -> list[Way]:
    """All ways, in a fixed order; those that can't be gone say why."""
    return _heard(desk, need, [way for look in _looks(desk, need) for way in _ways(look)])


def purchases_of(desk: Desk, need: Need) -> list[Way]:
    """The ways to buy a part itself for a need, in a fixed order; those that can't be gone say why."""
    look = next(_looks(desk, need))
    offers = () if look.terms is None else look.terms.offers
    return _heard(desk, need, [_bought(look, look.terms, offer) for offer in offers if look.terms is not None])


def _heard(desk: Desk, need: Need, found: list[Way]) -> list[Way]:
    """A way that a person refused, or that the planner bars, can't be gone."""
    words = desk.world.words(need.requirement)
    if words.refused or words.barred:
        for way in found:
            why = WhyNot.REFUSED if way.signature in words.refused else words.barred.get(way.signature)
            if way.why is None and why is not None:
                way.why, way.until = why, None
    return found


def _looks(desk: Desk, need: Need) -> Iterator[Look]:
    terms = desk.part(need.part)
    yield Look(desk, need, need.part, terms, need.amount, None if terms is None else terms.value)
    allowed = desk.world.policy.substitutes_allowed
    for told in () if need.custom else desk.substitutes(need.part, need.site, need.parent):
        if not (allowed or (told.takes_over and not told.needs_approval)):
            continue
        other = desk.part(told.substitute)
        yield Look(
            desk, need, told.substitute, other, need.amount * decimal(told.factor),
            None if other is None else other.value, told.factor, True, told.needs_approval,
        )


def _ways(look: Look) -> Iterator[Way]:
    build = _built(look)
    if build is not None and build.priced:
        cost = build.each / decimal(look.factor)
        look.value = cost if look.value is None else min(cost, look.value)
    need, held = look.need, {one.supply for one in look.need.held}
    for supply in _enough(look, look.desk.world.supplies(look.part)):
        if need.revision and supply.revision and supply.revision != need.revision and not look.substitute:
            continue
        way = _here(look, supply) if supply.site == need.site else _elsewhere(look, supply)
        if way is not None and way.amount > 0:
            alike = serves(need.configuration, need.custom, supply.configuration, supply.custom)
            if supply.key.text not in held and not alike:
                way.why, way.until = WhyNot.OTHER_CONFIGURATION, None
            yield way
    if build is not None:
        yield build
    if look.terms is None:
        return
    for offer in look.terms.offers:
        way = _bought(look, look.terms, offer)
        if need.custom:
            way.why, way.until = WhyNot.OTHER_CONFIGURATION, None
        yield way


# What there is already


def _enough(look: Look, supplies: Sequence[Supply]) -> Iterator[Supply]:
    """All supplies, but of transfers that come at the same time from the same site only as many as are needed: when a
    disruption frees a thousand of them, whoever is decided next needn't weigh them all."""
    held, words = {one.supply for one in look.need.held}, look.desk.world.words(look.need.requirement)
    found: dict[tuple[str | None, datetime | None], Decimal] = {}
    for supply in supplies:
        alike = supply.key.kind is SupplyKind.TRANSFER and supply.site == look.need.site
        if alike and supply.id not in held and not words.refused and words.pinned is None:
            like = (supply.from_site, supply.available_at)
            if found.get(like, ZERO) >= look.amount:
                continue
            found[like] = found.get(like, ZERO) + supply.free
        yield supply


def _here(look: Look, supply: Supply) -> Way:
    at, now = supply.available_at, look.desk.now
    if supply.key.kind is SupplyKind.STOCK or (at is not None and at < now):
        at = now if at is None else max(at, now)
    return Way(
        look.kind(_KINDS[supply.key.kind]), look.part, supply.id, look.covers(supply.free), at, ZERO,
        look.each(look.value), look.value is not None, supply.key, look.factor, supply.supplier, supply.from_site,
        look.needs_approval, _unknown(at),
    )


def _unknown(at: datetime | None) -> WhyNot | None:
    """What comes at a time that nobody knows can't be relied on."""
    return WhyNot.LATER if at is None else None


def _elsewhere(look: Look, supply: Supply) -> Way | None:
    if supply.key.kind not in _MOVABLE or not supply.firm:
        return None
    desk, need, now = look.desk, look.need, look.desk.now
    at = supply.available_at
    ready = now if at is None and supply.key.kind is SupplyKind.STOCK else at and max(at, now)
    way = Way(
        look.kind(OptionKind.ELSEWHERE), look.part, supply.id, look.covers(supply.free), None, ZERO,
        look.each(look.value), look.value is not None, supply.key, look.factor, supply.supplier, supply.site,
        look.needs_approval, _unknown(ready), ready=ready,
    )
    if ready is not None:
        amount = way.amount * decimal(look.factor)
        start, end = f"site/{supply.site}", f"site/{need.site}"
        kg = None if look.terms is None else look.terms.kg
        passage = desk.network.best(start, end, ready, need.needed_by, amount, kg, Cargo(desk, look.part, amount))
        _go(look, way, passage, start, end)
    return way


def _go(look: Look, way: Way, passage: Passage | None, start: str, end: str) -> None:
    """Add a passage's time and cost to a way, or say what stands against it."""
    network = look.desk.network
    if passage is None:
        closed, way.until = network.obstacles(start, end)
        known = network.usual(start, end) is not None
        way.why = WhyNot.LANE_CLOSED if closed else WhyNot.LANE_FULL if known else WhyNot.NO_LANE
        return
    each = passage.each(None if look.terms is None else look.terms.kg)
    way.priced = way.priced and each is not None
    way.passage, way.at = passage, passage.arrives
    way.fixed, way.each = passage.fixed, way.each + look.each(each)
    way.place()


# What could be had anew


def _built(look: Look) -> Way | None:
    terms, world, need = look.terms, look.desk.world, look.need
    if terms is None or not terms.record.make or not terms.record.active:
        return None
    at = world.build_ready(look.part, need.site, look.amount)
    if at is None:
        return None
    cost = world.build_cost(look.part, look.amount)
    each = None if cost is None or not look.amount else cost / look.amount
    return Way(
        look.kind(OptionKind.BUILD), look.part, look.part, need.amount, max(at, look.desk.now), ZERO, look.each(each),
        each is not None, None, look.factor, needs_approval=look.needs_approval,
        why=WhyNot.SUPERSEDED if terms.superseded and need.parent is not None else None,
    )


def _bought(look: Look, terms: PartTerms, offer: Offer) -> Way:
    desk, need, supplier = look.desk, look.need, offer.terms.supplier
    why, until = offer.why, None
    if not desk.ours(terms.record, need.site):
        why = WhyNot.NOT_OURS
    elif why is None and (outage := desk.world.outage(supplier)) is not None and _down(outage, desk.now):
        until = outage.until
        why = WhyNot.SUPPLIER_DOWN if until is None else None
    start, end = f"supplier/{supplier}", f"site/{need.site}"
    ready = desk.lead_ends(need.site, offer.terms.lead_time_days, until if why is None else None)
    way = Way(
        look.kind(OptionKind.BUY), look.part, offer.standing, need.amount, ready, ZERO, look.each(offer.each),
        offer.each is not None, None, look.factor, supplier, None, look.needs_approval, why, until, ready=ready,
        offer=offer,
    )
    if why is None and desk.network.usual(start, end) is not None:
        passage = desk.network.best(start, end, ready, need.needed_by, look.amount, terms.kg)
        _go(look, way, passage, start, end)
    return way


def _down(outage: Outage, now: datetime) -> bool:
    return outage.until is None or now < outage.until
