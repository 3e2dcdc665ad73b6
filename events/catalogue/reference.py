"""The catalogue folded: what every decision looks master data up in.

One object, changed in place by its one reader, fact by fact; the records in it are never changed, only replaced.
Lookups are dictionary reads. Facts of the catalogue have one shard, so one ``position`` says how much is known.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from events import units
from events.catalogue.conversion import find_factor
from events.catalogue.keys import provides
from events.catalogue.records import (
    ALWAYS,
    EVERY_DAY,
    FOREVER,
    AgreementRecord,
    BillRecord,
    CalendarRecord,
    LineRecord,
    NumberRecord,
    OptionRecord,
    PartRecord,
    SiteRecord,
    SubstituteRecord,
    SuccessorRecord,
    SupplierRecord,
    within,
)
from events.catalogue.tables import Tables
from events.catalogue.terms import same_number
from events.values import Quantity

__all__ = ["Reference", "provides"]

Q = TypeVar("Q", bound=Quantity)


class Reference(Tables):
    """Master data as of ``position`` of the catalogue, to be looked up."""

    # What is known

    def part(self, id: str) -> PartRecord | None:
        return self._parts.get(id)

    def parts(self) -> Iterable[PartRecord]:
        """All parts, in order of their ids."""
        return (self._parts[id] for id in sorted(self._parts))

    def site(self, id: str) -> SiteRecord | None:
        return self._sites.get(id)

    def sites(self) -> Iterable[SiteRecord]:
        """All sites, in order of their ids."""
        return (self._sites[id] for id in sorted(self._sites))

    def supplier(self, id: str) -> SupplierRecord | None:
        return self._suppliers.get(id)

    def suppliers(self) -> Iterable[SupplierRecord]:
        """All suppliers, in order of their ids."""
        return (self._suppliers[id] for id in sorted(self._suppliers))

    def calendar(self, id: str) -> CalendarRecord | None:
        return self._calendars.get(id)

    def working(self, site: str) -> CalendarRecord:
        """When a site works: its own working time, else its calendar's, else every day."""
        found = self._sites.get(site)
        if found is None:
            return EVERY_DAY
        return found.working or self._calendars.get(found.calendar or "") or EVERY_DAY

    def agreements(self, part: str, at: datetime | None = None) -> tuple[AgreementRecord, ...]:
        """For each supplier of a part the terms in force at a time, or those that begin last; sorted by supplier."""
        last: dict[str, AgreementRecord] = {}
        for terms in self._agreements.get(part, ()):
            if at is None or within(terms.valid_from, terms.valid_to, at):
                last[terms.supplier] = terms
        return tuple(last.values())

    def agreement(self, supplier: str, part: str, at: datetime | None = None) -> AgreementRecord | None:
        """One supplier's terms for a part at a time, or those that begin last."""
        found = None
        for terms in self._agreements.get(part, ()):
            if terms.supplier == supplier and (at is None or within(terms.valid_from, terms.valid_to, at)):
                found = terms
        return found

    def bills(self, part: str) -> tuple[BillRecord, ...]:
        """All bills of a part: the general one, and those of its revisions and sites."""
        return self._bills.get(part, ())

    def bill(
        self, part: str, at: datetime, revision: str | None = None, site: str | None = None
    ) -> tuple[LineRecord, ...]:
        """The lines that go into a part built at a time, in order. The revision is the effective one unless given.
        The bill of revision and site goes before the revision's, that before the site's, that before the general."""
        bills = self._bills.get(part)
        if not bills:
            return ()
        if len(bills) == 1:
            only = bills[0]
            if only.revision is None and only.site is None:
                return tuple(line for line in only.lines if line.effective(at, site))
        if revision is None and (found := self._parts.get(part)):
            revision = found.revision(at)
        known = {(bill.revision, bill.site): bill for bill in bills}
        for choice in ((revision, site), (revision, None), (None, site), (None, None)):
            if choice in known:
                return tuple(line for line in known[choice].lines if line.effective(at, site))
        return ()

    def options(self, part: str) -> tuple[OptionRecord, ...]:
        """What can be chosen of a part, by the options' ids; those without choices aren't offered any more."""
        return tuple(one for one in self._options.get(part, ()) if one.choices)

    def option(self, part: str, option: str) -> OptionRecord | None:
        """One of them."""
        return next((one for one in self.options(part) if one.option == option), None)

    def where_used(self, component: str) -> tuple[str, ...]:
        """The parts with a bill that names this one, at whatever time, or with an option that does, sorted."""
        return tuple(sorted({**self._users.get(component, {}), **self._choosers.get(component, {})}))

    def successor(self, part: str, at: datetime) -> SuccessorRecord | None:
        """The last in the line of those that took the part's place by a time."""
        line = self.successors(part, at)
        return line[-1] if line else None

    def successors(self, part: str, at: datetime) -> tuple[SuccessorRecord, ...]:
        """All that took the part's place by a time, one after the other."""
        found: list[SuccessorRecord] = []
        seen = {part}
        while (record := self._parts.get(part)) and (follow := record.superseded_by):
            if follow.effective_from > at or follow.by in seen:
                break
            found.append(follow)
            part = follow.by
            seen.add(part)
        return tuple(found)

    def substitutes(
        self, part: str, at: datetime, site: str | None = None, parent: str | None = None
    ) -> tuple[SubstituteRecord, ...]:
        """What may be used instead at a time, for a site and a parent when those are said, by rank and then by id.

        What has taken the part's place goes before all, one for one: of itself into a parent, with somebody's approval
        to who asked for the part by its own name."""
        told = list(self._substitutes.get(part, ()))
        for other in self._replaced.get(part, ()):
            told.extend(_turned(one) for one in self._substitutes[other] if one.substitute == part and not one.one_way)
        found = [
            one for one in told
            if within(one.valid_from, one.valid_to, at) and one.site in (None, site) and one.parent in (None, parent)
        ]
        stated = {one.substitute for one in found}
        line = [one for one in self.successors(part, at) if one.by not in stated]
        found += [_in_its_place(part, one, asked=parent is None) for one in line]
        return tuple(sorted(found, key=_by_rank))

    def rate(self, base: str, quote: str, at: datetime) -> Fraction | None:
        """How many ``quote`` one ``base`` is at a time, exactly: as told, or as the reverse of what was told."""
        if base == quote:
            return Fraction(1)
        if direct := self._told_rate(base, quote, at):
            return direct
        reverse = self._told_rate(quote, base, at)
        return 1 / reverse if reverse else None

    def _told_rate(self, base: str, quote: str, at: datetime) -> Fraction | None:
        told = self._rates.get((base, quote), ())
        place = bisect_right(told, at, key=lambda one: one.valid_from)
        return Fraction(told[place - 1].rate) if place else None

    def resolve(self, scheme: str, value: str, scope: str | None = None) -> NumberRecord | None:
        """What a foreign number names. A site's or supplier's own GLN, and an agreement's part number, need no
        cross-reference; when they name two things, only a cross-reference helps."""
        key = (scheme, scope, same_number(scheme, value))
        if found := self._numbers.get(key):
            return found
        named = self._own_numbers.get(key, {})
        return next(iter(named)) if len(named) == 1 else None

    # Units

    def factor(self, part: str, unit: str, at: datetime) -> Fraction | None:
        """How many base units one ``unit`` of a part is at a time. The part's own conversion goes before the one that
        holds for all parts; last, a unit may convert to one that the part has a conversion for."""
        cached = self._factors.get(part)
        if cached is not None and unit in cached:
            return cached[unit]
        record = self._parts.get(part)
        if record is None:
            return None
        found = find_factor(record, unit, at)
        if all(told.valid_from is None for told in record.conversions):
            self._factors.setdefault(part, {})[unit] = found
        return found

    def base(self, part: str, told: Q, at: datetime) -> Q | None:
        """A quantity in the part's base unit, exactly; None when there is no way or it would have to be rounded."""
        record = self._parts.get(part)
        if record is None:
            return None
        return told if record.unit == told.unit else _of(type(told), self.amount(part, told, at), record.unit)

    def amount(self, part: str, told: Quantity, at: datetime) -> Decimal | None:
        """How many base units of a part a quantity is, exactly; None as for ``base``."""
        factor = self.factor(part, told.unit, at)
        return None if factor is None else units.times(told.amount, factor)

    def convert(self, part: str, told: Q, unit: str, at: datetime) -> Q | None:
        """A quantity of a part in another unit, exactly, e.g. of base units in the purchase unit; or None."""
        if told.unit == unit:
            return told
        factor, into = self.factor(part, told.unit, at), self.factor(part, unit, at)
        amount = None if factor is None or into is None else units.times(told.amount, factor / into)
        return _of(type(told), amount, unit)

    def missing(
        self, *, part: str | None = None, site: str | None = None, location: str | None = None,
        supplier: str | None = None, conversion: str | Quantity | None = None, at: datetime | None = None,
    ) -> tuple[str, ...]:
        """The keys to wait for. ``location`` is one of ``site``'s. ``conversion`` is what ``part`` was told in: a unit,
        missing when nothing converts it (at a time, or ever); a quantity, missing also when it won't come out exact."""
        keys = []
        if part is not None and part not in self._parts:
            keys.append(f"part/{part}")
        elif part is not None and conversion is not None and not self._converts(part, conversion, at):
            keys.append(f"conversion/{part}/{conversion if isinstance(conversion, str) else conversion.unit}")
        if site is not None:
            known = self._sites.get(site)
            if known is None:
                keys.append(f"site/{site}")
            elif location is not None and location not in known.locations:
                keys.append(f"location/{site}/{location}")
        if supplier is not None and supplier not in self._suppliers:
            keys.append(f"supplier/{supplier}")
        return tuple(keys)

    def _converts(self, part: str, conversion: str | Quantity, at: datetime | None) -> bool:
        record = self._parts[part]
        if isinstance(conversion, str):
            return conversion == record.unit or find_factor(record, conversion, at) is not None
        return self.amount(part, conversion, at or FOREVER) is not None


def _of(kind: type[Q], amount: Decimal | None, unit: str) -> Q | None:
    """Trusted already, so not validated again."""
    return None if amount is None else kind.trusted(amount=amount, unit=unit)


def _turned(told: SubstituteRecord) -> SubstituteRecord:
    return replace(told, part=told.substitute, substitute=told.part, factor=1 / told.factor)


def _in_its_place(part: str, one: SuccessorRecord, *, asked: bool) -> SubstituteRecord:
    return SubstituteRecord(
        part, one.by, Fraction(1), None, None, 0, asked, True, one.effective_from, None, takes_over=True
    )


def _by_rank(one: SubstituteRecord) -> tuple[int, str, str, str, datetime]:
    return (one.rank, one.substitute, one.site or "", one.parent or "", one.valid_from or ALWAYS)
