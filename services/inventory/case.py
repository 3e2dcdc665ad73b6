"""What a decision is made on: the state, the catalogue, the message, and how amounts read in the part's base
unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.catalogue.reference import Reference
from events.decision import Message
from events.inventory import messages as m
from events.values import Quantity
from services.inventory.book import State


@dataclass(frozen=True, slots=True)
class Case:
    """Everything ``decide`` was given, and the base unit of the part it is about."""

    state: State
    reference: Reference
    message: Message[Any]
    now: datetime
    part: str
    site: str
    unit: str

    @property
    def about(self) -> dict[str, Any]:
        """The fields every fact begins with."""
        return {"part": self.part, "site": self.site, "unit": self.unit}

    def base(self, told: Quantity) -> Decimal:
        """An amount in the base unit. ``unknown`` has seen to it that there is a conversion."""
        if told.unit == self.unit:
            return told.amount
        found = self.reference.base(self.part, told, self.message.time)
        assert found is not None, "decided without a conversion"
        return found.amount

    def told(self, quantity: Quantity) -> Quantity | None:
        """What upstream said, if that was in another unit."""
        return None if quantity.unit == self.unit else Quantity(amount=quantity.amount, unit=quantity.unit)


def unknown(reference: Reference, body: m.InventoryMessage, at: datetime) -> tuple[str, ...]:
    """What the message refers to that the catalogue doesn't know yet: the keys to park it on."""
    part, site = reference.part(body.part), reference.site(body.site)
    if part is None or site is None:
        return reference.missing(part=body.part, site=body.site)
    missing: list[str] = []
    for location in _locations(body):
        if location not in site.locations:
            missing += reference.missing(site=body.site, location=location)
    if isinstance(body, m.Received | m.ReturnedToVendor) and body.supplier is not None:
        missing += reference.missing(supplier=body.supplier)
    if isinstance(body, m.TransferSent):
        missing += reference.missing(site=body.to_site)
    for told in _quantities(body):
        if told.unit != part.unit:
            missing += reference.missing(part=body.part, conversion=told, at=at)
    return tuple(dict.fromkeys(missing))


def _locations(body: m.InventoryMessage) -> Iterator[str]:
    if isinstance(body, m.LocatedObservation):
        yield body.location
    match body:
        case m.Moved():
            yield body.to_location
        case m.Inspected():
            yield from (location for location in (body.accepted_to, body.rejected_to) if location is not None)
        case m.StockSnapshot():
            yield from (line.location for line in body.lines)
        case m.ReserveStock() if body.location is not None:
            yield body.location
        case _:
            pass


def _quantities(body: m.InventoryMessage) -> Iterator[Quantity]:
    match body:
        case m.Inspected():
            yield body.accepted
            yield body.rejected
        case m.StockSnapshot():
            yield from (line.quantity for line in body.lines)
        case m.Reversed():
            pass
        case m.TransferArrived():
            yield body.quantity
            if body.short is not None:
                yield body.short
        case m.ReleaseStock():
            if body.quantity is not None:
                yield body.quantity
        case _:
            yield body.quantity
