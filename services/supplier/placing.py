"""Placing an order, changing it, calling it off, closing it: what our own side says."""

from decimal import Decimal
from typing import Any

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome, Problem
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import ZERO, Contradiction, Covered, PlacedLine
from events.values import Quantity, plain
from services.supplier.draft import Draft, Waiting, as_told, in_base, site_day, troubles
from services.supplier.order import Line, Order, cover
from services.supplier.state import content, placed


def place(order: Order | None, message: Message[Any], body: m.PlacePurchaseOrder, reference: Reference) -> Outcome:
    """The same number with the same words is a repeat, whoever says it; with others, it is refused."""
    _known(body, reference)
    problems = [problem for index, line in enumerate(body.lines) for problem in _revision(index, line, reference)]
    about = {"number": body.number, "supplier": body.supplier, "site": body.site}
    if order is None and problems:
        return Decided((f.PurchaseOrderRefused(**about, problems=troubles(problems)),))
    fact = f.PurchaseOrderPlaced(
        **about, currency=body.currency, ordered_at=message.time, approval=body.approval,
        ordered_on=site_day(message, body.site, reference), ship_method=body.ship_method, buyer=body.buyer,
        lines=tuple(_placed(line, message, reference) for line in body.lines),
    )
    if order is None:
        return _reported(fact, message, reference)
    if content(fact) == order.content:
        return Decided(())
    taken = Problem("number", f"order {body.number} was placed before, differently", "another number, or a change")
    return Draft(message, body.number, order, reference).refuse([taken])


def _known(body: m.PlacePurchaseOrder, reference: Reference) -> None:
    missing = dict.fromkeys(reference.missing(supplier=body.supplier, site=body.site))
    for line in body.lines:
        missing |= dict.fromkeys(reference.missing(part=line.part))
    if missing:
        raise Waiting(*missing)


def _revision(index: int, line: m.OrderLine, reference: Reference) -> list[Problem]:
    part = reference.part(line.part)
    known = [one.revision for one in part.revisions] if part else []
    if line.revision is None or not known or line.revision in known:
        return []
    problem = f"part {line.part} has no revision {line.revision}"
    return [Problem(f"lines.{index}.revision", problem, f"one of {', '.join(known[:20])}")]


def _placed(line: m.OrderLine, message: Message[Any], reference: Reference) -> PlacedLine:
    part = reference.part(line.part)
    assert part is not None, "a placing waits for its parts"
    return PlacedLine(
        line=line.line, part=line.part, unit=part.unit, told=as_told(line.quantity), price=line.price, due=line.due,
        ordered=in_base(line.part, line.quantity, message.time, reference), requisition=line.requisition,
        revision=line.revision,
    )


def _reported(fact: f.PurchaseOrderPlaced, message: Message[Any], reference: Reference) -> Decided:
    """An order is placed elsewhere; here it is recorded. So what is odd about it is said, not forbidden."""
    draft = Draft(message, fact.number, placed(fact), reference)
    draft.facts.append(fact)
    supplier = reference.supplier(fact.supplier)
    if supplier is not None and not supplier.active:
        draft.note(Contradiction.INACTIVE_SUPPLIER, f"supplier {fact.supplier} is inactive; the order stands")
    for line in fact.lines:
        _check_due(draft, line.line)
    return draft.decided


def _check_due(draft: Draft, number: int) -> None:
    line = draft.line(number)
    if line is not None and line.due is not None and line.due < draft.order.ordered_on:
        detail = f"wanted on {line.due}, ordered on {draft.order.ordered_on}"
        draft.note(Contradiction.DUE_BEFORE_ORDERED, detail, number)


def change(draft: Draft, body: m.ChangePurchaseOrder) -> Outcome:
    """All of it or nothing. Lines that already are as wanted are left alone."""
    problems: list[Problem] = []
    for index, entry in enumerate(body.add):
        problems += _add(draft, f"add.{index}", index, entry)
    for index, changed in enumerate(body.change):
        problems += _alter(draft, f"change.{index}", changed)
    return draft.refuse(problems) if problems else draft.decided


def _add(draft: Draft, field: str, index: int, entry: m.OrderLine) -> list[Problem]:
    part = draft.reference.part(entry.part)
    if part is None:
        raise Waiting(*draft.reference.missing(part=entry.part))
    if problems := _revision(index, entry, draft.reference):
        return [Problem(f"{field}.revision", one.problem, one.remedy) for one in problems]
    ordered = draft.in_base(entry.part, entry.quantity)
    told = (entry.quantity.amount, entry.quantity.unit)
    known = draft.line(entry.line)
    if known is None:
        line = Line(
            entry.part, part.unit, ordered, told, entry.price, entry.due, entry.requisition, entry.revision
        )
        draft.add(entry.line, line, told=as_told(entry.quantity), price=entry.price, requisition=entry.requisition)
        _check_due(draft, entry.line)
        return []
    if known.part == entry.part and known.told is None:
        _altered(draft, entry.line, known, ordered, entry.quantity, entry.price, entry.due)
        return []
    if (known.part, known.told, known.price, known.due) == (entry.part, told, entry.price, entry.due):
        return []
    return [Problem(f"{field}.line", f"line {entry.line} is there already", "a free line number, or a change")]


def _alter(draft: Draft, field: str, entry: m.LineChange) -> list[Problem]:
    line = draft.line(entry.line)
    if line is None:
        return [Problem(f"{field}.line", f"the order has no line {entry.line}", "one of its lines, or add it")]
    ordered = line.ordered if entry.quantity is None else draft.in_base(line.part, entry.quantity)
    if not ordered:
        return [Problem(f"{field}.quantity", "nothing is ordered on this line", "how much is ordered")]
    if ordered < line.ordered - line.open:
        least = f"at least {plain(line.ordered - line.open)} {line.unit}"
        return [Problem(f"{field}.quantity", "so much came or was called off already", least)]
    price = line.price if entry.price is None else entry.price
    due = line.due if entry.due is None else entry.due
    if (ordered, price, due) != (line.ordered, line.price, line.due):
        _altered(draft, entry.line, line, ordered, entry.quantity, price, due)
    return []


def _altered(
    draft: Draft, number: int, line: Line, ordered: Decimal, told: Quantity | None, price: Any, due: Any
) -> None:
    was, due_was = line.ordered, line.due
    trial = line.copy()
    trial.ordered, trial.due = ordered, due
    covered = tuple(
        Covered(
            receipt=key, received_on=line.receipts[key].on, amount=share.amount, promised=share.promised,
            confirmed=share.confirmed,
        )
        for key, share in cover(trial, max(ordered - was, ZERO))
    )
    draft.record(
        f.PurchaseOrderLineChanged, number, line, ordered=ordered, was=was, covered=covered, price=price,
        due=due, told=as_told(told) if told else None,
    )
    if due != due_was:
        _check_due(draft, number)


def end(draft: Draft, body: m.CancelPurchaseOrder | m.ShortClosePurchaseOrder) -> Outcome:
    """Call off, or give up on, what is open. Asked again, nothing changes."""
    cancelling = isinstance(body, m.CancelPurchaseOrder)
    kind = f.PurchaseOrderCancelled if cancelling else f.PurchaseOrderShortClosed
    before = False
    for number in body.lines or draft.numbers:
        line = draft.line(number)
        if line is None:
            return draft.refuse([Problem("lines", f"the order has no line {number}", "some of its lines")])
        before = before or (line.cancelled if cancelling else line.short_closed) > 0
        if line.open > 0:
            draft.record(kind, number, line, amount=line.open, reason=body.reason)
    if not draft.facts and not before:
        return draft.refuse([Problem("lines", "nothing of it is open", "lines of which something is to come")])
    return draft.decided


def close(draft: Draft, body: m.Closed) -> Outcome:
    """What is open won't come."""
    for number in draft.numbers:
        line = draft.line(number)
        if line is not None and line.open > 0:
            draft.record(f.PurchaseOrderShortClosed, number, line, amount=line.open, reason=body.reason)
    if draft.facts or not draft.order.closed:
        draft.whole(f.PurchaseOrderClosed, reason=body.reason)
    return draft.decided


def review(draft: Draft, body: m.Reviewed) -> Outcome:
    """The same approval again changes nothing."""
    if body.approval is not draft.order.approval:
        draft.whole(f.PurchaseOrderReviewed, approval=body.approval, was=draft.order.approval, reason=body.reason)
    return draft.decided
