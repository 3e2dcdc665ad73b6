"""The one purchasing stage: what routing buys and what stock asks for, merged into requisitions.

The idea. All that one supplier is to deliver of a part to a site is one amount; the terms' minimum, multiple and
maximum then apply to that, and the earliest need decides when it is due. The naive way sizes a lot for each need: ten
needs of one piece under a minimum of a hundred are a thousand pieces.

Never twice. What stock asks for was found on the inventory position, in which requirements that are bought now count as
required but not yet as on order. So here the position is taken with them on order, and with what lots add beyond; only
what is then still lacking is bought for stock. Orders, requisitions, proposals and transfers are in the position. The
invariant: after what is answered here is on order, stock asks for nothing.

Who is asked: for requirements the supplier that routing chose; for stock the one with the least landed cost, lateness
against the need of stock counted, as routing would choose.

A requisition is due on the last working day by which its first need is served, but not before it can be there; for
stock that isn't running low, when it can be there. What the ERP plans is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.catalogue.lots import LotRule, plain_decimal
from events.planning.shapes import Figures, Offer
from events.units import round_up
from events.values import Some
from projections.planning.shapes import Buy, Need, Position, Requisition, World
from projections.planning.times import day_by, end_of, last_day
from projections.replenishment.stock import lacking, levels_of, requirement_of, total
from projections.routing.candidates import purchases_of
from projections.routing.choice import weigh
from projections.routing.cover import Plan, cover
from projections.routing.desk import Desk, PartTerms, desk_of
from projections.routing.money import WIDE, ZERO, costing, told
from projections.routing.ordering import order_by
from projections.routing.reasons import Judged, reasons
from projections.routing.ways import Way

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much for a requirement, in base units of what is bought."""

    needed_by: datetime
    priority: int
    requirement: str
    amount: Decimal

    @property
    def order(self) -> tuple[datetime, int, str]:
        """Who is served first."""
        return (self.needed_by, -self.priority, self.requirement)


@dataclass(slots=True)
class Place:
    """A part at a site, and what is wanted there: by supplier, in order; ``stock`` the part of it for stock."""

    desk: Desk
    terms: PartTerms
    site: str
    wanted: dict[str, list[Wanted]] = field(default_factory=dict)
    stock: Need | None = None
    for_stock: dict[str, Decimal] = field(default_factory=dict)

    @property
    def part(self) -> str:
        return self.terms.record.id

    def rule(self, supplier: str) -> LotRule | None:
        """What may be ordered from a supplier at once."""
        for offer in self.terms.offers:
            if offer.terms.supplier == supplier:
                return offer.lot
        return None

    def pegged(self, supplier: str) -> Decimal:
        """What requirements want of a supplier."""
        return sum((one.amount for one in self.wanted.get(supplier, ())), ZERO)

    def lines(self, supplier: str) -> list[Fraction]:
        """The order lines for all that is wanted of a supplier."""
        rule, amount = self.rule(supplier), self.pegged(supplier) + self.for_stock.get(supplier, ZERO)
        return rule.lines(amount) if rule is not None and amount else []

    def ordered(self, supplier: str) -> Decimal:
        """What these lines come to, in base units."""
        rule = self.rule(supplier)
        return ZERO if rule is None else sum((rule.amount(line) for line in self.lines(supplier)), ZERO)


@costing
def purchase(world: World, buys: Sequence[Buy], stock_needs: Sequence[Need], now: datetime) -> list[Requisition]:
    """What to ask the purchasing system for, by part, site, supplier and due day."""
    desk = desk_of(world, now)
    places: dict[tuple[str, str], Place] = {}
    for one in buys:
        _want(desk, places, one)
    for need in stock_needs:
        place = _place(desk, places, need.part, need.site)
        if place is not None:
            place.stock = need
    return [told for key in sorted(places) for told in _requisitions(places[key])]


def _place(desk: Desk, places: dict[tuple[str, str], Place], part: str, site: str) -> Place | None:
    terms = desk.part(part)
    if terms is None or not desk.ours(terms.record, site):
        return None
    return places.setdefault((part, site), Place(desk, terms, site))


def _want(desk: Desk, places: dict[tuple[str, str], Place], buy: Buy) -> None:
    candidate, need = buy.candidate, buy.need
    place = _place(desk, places, candidate.part, need.site)
    if place is None or candidate.supplier is None or place.rule(candidate.supplier) is None:
        return
    amount = round_up(Fraction(buy.amount) * candidate.factor, place.terms.record.places)
    place.wanted.setdefault(candidate.supplier, []).append(
        Wanted(need.needed_by, need.priority, need.requirement, amount)
    )


def _requisitions(place: Place) -> list[Requisition]:
    _for_stock(place)
    return [told for supplier in sorted({*place.wanted, *place.for_stock}) for told in _lines(place, supplier)]


# For stock


def _for_stock(place: Place) -> None:
    """Whom to ask for what stock still lacks, and for how much."""
    if place.stock is None:
        return
    lacks = _lacking(place, sum((place.pegged(supplier) for supplier in place.wanted), ZERO))
    supplier = _asked(place, replace(place.stock, amount=lacks)) if lacks else None
    if supplier is None:
        return
    others = sum((place.ordered(other) for other in place.wanted if other != supplier), ZERO)
    amount = _lacking(place, others + place.pegged(supplier))
    if amount:
        place.for_stock[supplier] = amount


def _lacking(place: Place, bought: Decimal) -> Decimal:
    levels = levels_of(place.desk, place.terms, place.site)
    if levels is None:
        return ZERO
    position = place.desk.world.position(place.part, place.site)
    return lacking(place.terms.record, levels, total(position) + bought)


def _asked(place: Place, need: Need) -> str | None:
    """The supplier with the least landed cost, lateness counted, that can be ordered from."""
    ways = [way for way in purchases_of(place.desk, need) if place.rule(way.supplier or "") is not None]
    plan = _cheapest(place, need, ways)
    return plan.picks[0][0].supplier if plan.picks else None


def _cheapest(place: Place, need: Need, ways: Sequence[Way]) -> Plan:
    open_ways = weigh(ways, need.needed_by)
    pinned = place.desk.world.words(need.requirement).pinned
    chosen = [way for way in open_ways if way.signature == pinned] or open_ways
    return cover(chosen, need.amount, place.desk.world.policy.lateness_cost_per_day)


# As it is asked


def _lines(place: Place, supplier: str) -> list[Requisition]:
    """One requisition a line; the first needs are served by the first ones."""
    rule = place.rule(supplier)
    if rule is None:
        return []
    waiting = sorted(place.wanted.get(supplier, ()), key=lambda one: one.order)
    found = []
    for line in place.lines(supplier):
        served = _serve(waiting, rule.amount(line))
        found.append(_requisition(place, supplier, rule, line, served))
    return found


def _serve(waiting: list[Wanted], amount: Decimal) -> list[Wanted]:
    """Take as much from those who wait."""
    served: list[Wanted] = []
    while waiting and amount:
        first = waiting.pop(0)
        taken = min(first.amount, amount)
        amount -= taken
        served.append(replace(first, amount=taken))
        if taken < first.amount:
            waiting.insert(0, replace(first, amount=first.amount - taken))
    return served


def _requisition(
    place: Place, supplier: str, rule: LotRule, line: Fraction, served: Sequence[Wanted]
) -> Requisition:
    desk, amount = place.desk, rule.amount(line)
    need = _need(place, supplier, amount, served)
    ways = purchases_of(desk, need)
    weigh(ways, need.needed_by)
    way = next(way for way in ways if way.supplier == supplier)
    due = _due(place, need.needed_by, way, pegged=bool(served))
    by = order_by(desk, place.site, end_of(desk.reference, place.site, due), way)
    offer = next(offer for offer in place.terms.offers if offer.terms.supplier == supplier)
    pegged: dict[str, Decimal] = {}
    for one in served:
        pegged[one.requirement] = pegged.get(one.requirement, ZERO) + one.amount
    return Requisition(
        supplier, place.part, place.site, amount, Some.trusted(amount=plain_decimal(line), unit=offer.terms.unit),
        offer.terms.price, None if offer.each is None else told(offer.each * amount),
        by or desk.present_day(place.site), due, end_of(desk.reference, place.site, due), tuple(pegged.items()),
        amount - sum(pegged.values(), ZERO), _figures(place, rule, offer.terms.minimum, offer.terms.multiple,
                                                       offer.terms.maximum), _alternatives(place, need, ways, way),
    )


def _need(place: Place, supplier: str, amount: Decimal, served: Sequence[Wanted]) -> Need:
    """All that a line is for, as one need: the first of them says when, and so does stock that runs low before."""
    if served:
        first, more = served[0], amount > sum((one.amount for one in served), ZERO)
        stock = place.stock if more and supplier in place.for_stock else None
        by = first.needed_by if stock is None else min(first.needed_by, stock.needed_by)
        return Need(first.requirement, place.part, place.site, amount, by)
    if place.stock is not None:
        return replace(place.stock, amount=amount)
    end = place.desk.now + timedelta(days=place.desk.world.policy.review_days)
    return Need(requirement_of(place.part, place.site), place.part, place.site, amount, end)


def _due(place: Place, needed_by: datetime, way: Way, *, pegged: bool) -> date:
    """The day we ask for. A line that only serves stock which isn't running low is wanted as soon as it can come."""
    reference, site = place.desk.reference, place.site
    first = place.desk.present_day(site) if way.at is None else day_by(reference, site, way.at)
    review = place.desk.now + timedelta(days=place.desk.world.policy.review_days)
    if not pegged and needed_by >= review:
        return first
    return max(_workday(place, last_day(reference, site, needed_by)), first)


def _workday(place: Place, day: date) -> date:
    """A day, or the last before it on which the site works."""
    try:
        return place.desk.reference.working(place.site).after(day + _DAY, -1)
    except ValueError:  # it never works
        return day


def _figures(
    place: Place, rule: LotRule, minimum: Decimal | None, multiple: Decimal | None, maximum: Decimal | None
) -> Figures:
    position: Position = place.desk.world.position(place.part, place.site)
    levels = levels_of(place.desk, place.terms, place.site)

    def base(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else round_up(Fraction(amount) * rule.factor)

    return Figures.trusted(
        on_hand=position.on_hand, on_order=position.on_order, position=total(position),
        required=WIDE.add(position.allocated, position.required), reorder_point=levels.point if levels else None,
        order_up_to=levels.up_to if levels else None, safety_stock=levels.safety if levels else None,
        minimum=base(minimum), multiple=base(multiple), maximum=base(maximum),
    )


def _alternatives(place: Place, need: Need, ways: Sequence[Way], way: Way) -> tuple[Offer, ...]:
    """The other suppliers, as of this line."""
    cost = way.fixed + way.rate * need.amount
    plan = Plan(((way, need.amount),), ZERO, cost, way.late, cost)
    lost = reasons(place.desk, need, ways, Judged(plan))
    site, reference = place.site, place.desk.reference
    return tuple(
        Offer.trusted(
            supplier=one.candidate.supplier, cost=one.candidate.cost, why=one.why, by=one.by,
            due=None if one.candidate.available_at is None else day_by(reference, site, one.candidate.available_at),
        )
        for one in lost
    )
