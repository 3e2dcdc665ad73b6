"""What inventory's commands have in common: a line they are about, and amounts in the part's base unit."""

from decimal import Decimal

from events.suppliers import messages as m
from events.suppliers.shapes import ZERO, Contradiction
from events.values import Quantity
from services.supplier.draft import Draft, Waiting
from services.supplier.order import Line


def unit_of(draft: Draft, part: str) -> str:
    """A part's base unit, or wait for the part."""
    known = draft.reference.part(part)
    if known is None:
        raise Waiting(*draft.reference.missing(part=part))
    return known.unit


def line_of(draft: Draft, body: m.OrderCommand, what: str, of_receipt: bool = True) -> Line | None:
    """The line a command is about; what doesn't belong to it is said, and goes no further."""
    line = draft.line(body.line)
    kind, detail = None, ""
    if line is None:
        kind, detail = Contradiction.UNKNOWN_LINE, f"goods were {what} on line {body.line}"
    elif line.part != body.part:
        kind, detail = Contradiction.WRONG_PART, f"part {body.part} was {what}, part {line.part} is ordered"
    elif of_receipt and body.receipt not in line.receipts:
        kind, detail = Contradiction.UNKNOWN_RECEIPT, f"goods of receipt {body.receipt} were {what}"
    if kind is None:
        return line
    draft.note(kind, detail, body.line, None, body.receipt)
    return None


def base_of(draft: Draft, body: m.OrderCommand, told: Quantity) -> Decimal:
    return draft.in_base(body.part, told, unit_of(draft, body.part)) if told.amount else ZERO
