"""What a decision is made on: the state, the catalogue, the message, and how amounts read in the part's base
unit.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from events.catalogue.records import SiteRecord
from events.catalogue.reference import Reference
from events.decision import Message
from events.inventory import commands as c
from events.inventory import messages as m
from events.values import Quantity
from services.inventory.book import State


class Case(msgspec.Struct, frozen=True):
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
        found = self.reference.amount(self.part, told, self.message.time)
        assert found is not None, "decided without a conversion"
        return found

    def told(self, quantity: Quantity) -> Quantity | None:
        """What upstream said, if that was in another unit."""
        return None if quantity.unit == self.unit else Quantity.trusted(amount=quantity.amount, unit=quantity.unit)


def unknown(case: Case, site: SiteRecord, body: m.InventoryMessage) -> tuple[str, ...]:
    """What else the message refers to that the catalogue doesn't know yet: the keys to park it on."""
    reference = case.reference
    missing: list[str] = []
    for location in _locations(body):
        if location not in site.locations:
            missing += reference.missing(site=case.site, location=location)
    match body:
        case m.Received() | m.ReturnedToVendor() if body.supplier is not None:
            missing += reference.missing(supplier=body.supplier)
        case m.TransferSent():
            missing += reference.missing(site=body.to_site)
        case _:
            pass
    for told in _quantities(body):
        if told.unit != case.unit:
            missing += reference.missing(part=case.part, conversion=told, at=case.message.time)
    return tuple(dict.fromkeys(missing))


def _locations(body: m.InventoryMessage) -> Iterable[str]:
    match body:
        case m.Moved():
            return (body.location, body.to_location)
        case m.Inspected():
            return (body.location, body.accepted_to or body.location, body.rejected_to or body.location)
        case m.LocatedObservation():
            return (body.location,)
        case m.StockSnapshot():
            return (line.location for line in body.lines)
        case m.ReserveStock() | c.StockOutput() | c.BackflushStock() if body.location is not None:
            return (body.location,)
        case _:
            return ()


def _quantities(body: m.InventoryMessage) -> Iterable[Quantity]:
    match body:
        case m.Received() | m.Issued() | m.Moved():  # most of what is told
            return (body.quantity,)
        case m.Inspected():
            return (body.accepted, body.rejected)
        case m.StockSnapshot():
            return (line.quantity for line in body.lines)
        case m.Reversed() | c.ExpectOutput() | c.ExpectShipment():
            return ()
        case m.TransferArrived():
            return (body.quantity,) if body.short is None else (body.quantity, body.short)
        case m.ReleaseStock() | c.UnearmarkSupply():
            return () if body.quantity is None else (body.quantity,)
        case _:
            return (body.quantity,)
