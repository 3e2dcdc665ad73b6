"""What the facts of purchase orders are made of."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, PlainSerializer

from events.model import Model
from events.values import Id, LineNumber, NotNegative, Quantity, Text, UnitCode, plain

ZERO: Final = Decimal(0)

Total = Annotated[
    Decimal, Field(ge=0, allow_inf_nan=False), PlainSerializer(plain, return_type=str, when_used="json")
]
"""An amount that may be a sum or a difference: exact, with as many digits as that takes."""
Share = Annotated[
    Decimal, Field(gt=0, allow_inf_nan=False), PlainSerializer(plain, return_type=str, when_used="json")
]
"""A total above zero."""


class PlacedLine(Model):
    """What was ordered on one line."""

    line: LineNumber
    part: Id
    unit: UnitCode = Field(description="the part's base unit")
    ordered: Share
    told: Quantity
    price: NotNegative | None = Field(default=None, description="for one unit of ``told``")
    due: date | None = None
    requisition: Id | None = None
    revision: Id | None = None


class Trouble(Model):
    """One reason for a refusal."""

    field: Text
    problem: Text
    remedy: Text


class Portion(Model):
    """So much of a receipt, and the promise that it fulfils."""

    amount: Share
    promised: date | None = Field(default=None, description="none: nobody had said a day")
    confirmed: bool = Field(description="promised by the supplier; else it is our own due date")


class Covered(Portion):
    """So much had come over, and now fulfils this promise after all."""

    receipt: Id
    received_on: date


class Promised(Model):
    """So much, promised for that day."""

    amount: Share
    promised: date


class Contradiction(StrEnum):
    """What didn't fit. Everything else was recorded as told."""

    OVER = "more received than open"
    CANCELLED = "received on a cancelled line"
    SHORT_CLOSED = "received on a short-closed line"
    UNKNOWN_LINE = "no such line"
    WRONG_PART = "another part than ordered"
    WRONG_SITE = "another site than ordered"
    NOT_APPROVED = "received on an order that isn't approved"
    DUE_BEFORE_ORDERED = "due before it was ordered"
    BEFORE_ORDERED = "before the order was placed"
    BEFORE_SHIPPED = "received before it was shipped"
    SHIPPED_MORE = "more shipped than ordered"
    CONFIRMED_LESS = "less confirmed than ordered"
    CONFIRMED_MORE = "more confirmed than ordered"
    QUANTITIES = "quantities contradict each other"
    NOTHING_OPEN = "nothing is open"
    UNKNOWN_RECEIPT = "no such receipt"
    TOLD_TWICE = "told twice, differently"
    INACTIVE_SUPPLIER = "the supplier is inactive"
