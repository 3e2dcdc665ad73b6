"""What suppliers say before goods come: what they confirm, what they put off, what they have shipped."""

from itertools import groupby

from events.decision import Outcome
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import ZERO, Contradiction, Promised
from events.values import plain
from services.supplier.draft import Draft, as_told
from services.supplier.order import Line


def confirm(draft: Draft, body: m.Confirmed) -> Outcome:
    """The latest word counts; an earlier one told late is recorded, and changes nothing but who confirmed when."""
    if draft.day < draft.order.ordered_on:
        draft.note(Contradiction.BEFORE_ORDERED, f"confirmed on {draft.day}, ordered on {draft.order.ordered_on}")
    for entry in body.lines:
        line = draft.line(entry.line)
        if line is None:
            draft.note(Contradiction.UNKNOWN_LINE, f"line {entry.line} was confirmed", entry.line)
            continue
        _confirm(draft, body, entry, line)
    return draft.decided


def _confirm(draft: Draft, body: m.Confirmed, entry: m.ConfirmedLine, line: Line) -> None:
    schedule = _schedule(draft, entry, line)
    confirmed = sum((promise.amount for promise in schedule), ZERO)
    current = line.promised_at is None or draft.time >= line.promised_at
    draft.record(
        f.PurchaseOrderConfirmed, entry.line, line, confirmed=confirmed, wanted=line.wanted, schedule=schedule,
        told_at=draft.time, told_on=draft.day, current=current, confirmation=body.confirmation,
    )
    detail = f"{plain(confirmed)} confirmed, {plain(line.wanted)} wanted"
    if confirmed < line.wanted:
        draft.note(Contradiction.CONFIRMED_LESS, detail, entry.line, line.wanted - confirmed)
    elif confirmed > line.wanted:
        draft.note(Contradiction.CONFIRMED_MORE, detail, entry.line, confirmed - line.wanted)


def _schedule(draft: Draft, entry: m.ConfirmedLine, line: Line) -> tuple[Promised, ...]:
    told = sorted(entry.schedule, key=lambda promise: promise.promised)
    return tuple(
        Promised(amount=sum((draft.in_base(line.part, one.quantity) for one in promises), ZERO), promised=day)
        for day, promises in groupby(told, key=lambda promise: promise.promised)
    )


def delay(draft: Draft, body: m.Delayed) -> Outcome:
    """The latest word counts, as with confirmations; and a confirmation later than it outdates it."""
    named = body.lines or [number for number in draft.numbers if _is_open(draft.line(number))]
    if not named:
        draft.note(Contradiction.NOTHING_OPEN, f"delayed to {body.expected}, though nothing is to come")
    for number in named:
        line = draft.line(number)
        if line is None:
            draft.note(Contradiction.UNKNOWN_LINE, f"line {number} was delayed to {body.expected}", number)
            continue
        later = [told for told in (line.delayed_at, line.promised_at) if told is not None and told > draft.time]
        draft.record(
            f.PurchaseOrderDelayed, number, line, told_at=draft.time, until=body.expected,
            was=line.expected or line.promised, current=not later, reason=body.reason,
        )
    return draft.decided


def _is_open(line: Line | None) -> bool:
    return line is not None and line.open > 0


def ship(draft: Draft, body: m.Shipped) -> Outcome:
    """A despatch told twice is one despatch."""
    for entry in body.lines:
        line = draft.line(entry.line)
        if line is None:
            draft.note(Contradiction.UNKNOWN_LINE, f"despatch {body.despatch} names line {entry.line}", entry.line)
            continue
        amount = draft.in_base(line.part, entry.quantity)
        before = line.despatches.get(body.despatch)
        if before is None:
            _ship(draft, body, entry, line)
        elif before != amount:
            detail = f"despatch {body.despatch} was {plain(before)}, now it is {plain(amount)}; the first stays"
            draft.note(Contradiction.TOLD_TWICE, detail, entry.line, abs(amount - before))
    return draft.decided


def follow_notice(draft: Draft, body: m.FollowNotice) -> Outcome:
    """A shipping notice is a despatch under its shipment's id; the day it tells is when the line is now expected."""
    entry = m.ShippedLine(line=body.line, quantity=body.quantity)
    told = m.Shipped(number=draft.number, lines=(entry,), despatch=body.shipment, expected=body.expected)
    outcome = ship(draft, told)
    line = draft.line(body.line)
    if body.expected is None or line is None or not line.open or body.expected == (line.expected or line.promised):
        return outcome
    return delay(draft, m.Delayed(number=draft.number, lines=(body.line,), expected=body.expected))


def _ship(draft: Draft, body: m.Shipped, entry: m.ShippedLine, line: Line) -> None:
    amount, day = draft.in_base(line.part, entry.quantity), draft.day
    before = [receipt for receipt in line.receipts.values() if receipt.on < day]
    early = min(amount, sum((receipt.amount for receipt in before), ZERO) - line.shipped)
    draft.record(
        f.PurchaseOrderShipped, entry.line, line, amount=amount, shipped=line.shipped + amount, shipped_at=draft.time,
        shipped_on=day, despatch=body.despatch, arrives=body.expected, ship_method=body.ship_method,
        tracking=body.tracking, told=as_told(entry.quantity),
    )
    if day < draft.order.ordered_on:
        detail = f"shipped on {day}, ordered on {draft.order.ordered_on}"
        draft.note(Contradiction.BEFORE_ORDERED, detail, entry.line, amount)
    if early > 0:
        detail = f"received on {min(receipt.on for receipt in before)}, shipped only on {day}"
        draft.note(Contradiction.BEFORE_SHIPPED, detail, entry.line, early)
    if line.shipped > line.wanted:
        detail = f"{plain(line.shipped)} shipped, {plain(line.wanted)} wanted"
        draft.note(Contradiction.SHIPPED_MORE, detail, entry.line, min(amount, line.shipped - line.wanted))
