"""What the facts of purchase orders are made of."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic import Field

from events.model import Model
from events.values import Day, Id, LineNumber, NotNegative, PartId, Quantity, Share, Text, UnitCode

ZERO: Final = Decimal(0)


class PlacedLine(Model):
    """What was ordered on one line."""

    line: LineNumber
    part: PartId
    unit: UnitCode = Field(description="the part's base unit")
    ordered: Share
    told: Quantity
    price: NotNegative | None = Field(default=None, description="for one unit of ``told``")
    due: Day | None = None
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
    promised: Day | None = Field(default=None, description="none: nobody had said a day")
    confirmed: bool = Field(description="promised by the supplier; else it is our own due date")


class Covered(Portion):
    """So much had come over, and now fulfils this promise after all."""

    receipt: Id
    received_on: Day


class Promised(Model):
    """So much, promised for that day."""

    amount: Share
    promised: Day


class Contradiction(StrEnum):
    """What didn't fit. Everything else was recorded as told.

    Goods came that were more than was open (``received_more_than_open``), for a line that had been called off
    (``received_when_cancelled``) or given up (``received_when_short_closed``), for an order that isn't approved
    (``received_unapproved``), or before they were shipped (``received_before_shipped``). A line isn't on the order
    (``unknown_line``), has nothing open (``nothing_open``) or is due before it was ordered (``due_before_ordered``).
    The part or site isn't the line's (``wrong_part``, ``wrong_site``); a receipt isn't known (``unknown_receipt``).
    More was shipped than ordered, less or more confirmed (``shipped_more_than_ordered``,
    ``confirmed_less_than_ordered``, ``confirmed_more_than_ordered``). Numbers don't add up
    (``contradicting_quantities``); the same number was told with other content (``told_twice_differently``). It
    happened before the order was placed (``before_ordered``), or the supplier isn't active (``inactive_supplier``).
    """

    OVER = "received_more_than_open"
    CANCELLED = "received_when_cancelled"
    SHORT_CLOSED = "received_when_short_closed"
    UNKNOWN_LINE = "unknown_line"
    WRONG_PART = "wrong_part"
    WRONG_SITE = "wrong_site"
    NOT_APPROVED = "received_unapproved"
    DUE_BEFORE_ORDERED = "due_before_ordered"
    BEFORE_ORDERED = "before_ordered"
    BEFORE_SHIPPED = "received_before_shipped"
    SHIPPED_MORE = "shipped_more_than_ordered"
    CONFIRMED_LESS = "confirmed_less_than_ordered"
    CONFIRMED_MORE = "confirmed_more_than_ordered"
    QUANTITIES = "contradicting_quantities"
    NOTHING_OPEN = "nothing_open"
    UNKNOWN_RECEIPT = "unknown_receipt"
    TOLD_TWICE = "told_twice_differently"
    INACTIVE_SUPPLIER = "inactive_supplier"
