"""What became of the goods: there, handed over, taken in, or lost. It happened, so it is recorded whatever is known."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from events.decision import Outcome
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Amounts, Damaged, Discrepancy
from events.values import plain
from services.logistics.draft import Change, Draft, Entry, Waiting
from services.logistics.sending import leave, spread
from services.logistics.shipment import ZERO, Line


def lose(draft: Draft, body: m.Lost) -> Outcome:
    """Goods are lost on the way."""
    leave(draft)
    said = _said(draft)
    entries = _named(draft, body.lines) if body.lines is not None else _all(draft, lambda line: line.in_transit)
    if entries:
        draft.move(f.ShipmentLost, entries, reason=body.reason)
    else:
        _nothing(draft, body.lines, "lost")
    _too_many_lost(draft, said)
    return draft.decided


def arrive(draft: Draft, body: m.Arrived) -> Outcome:
    """Goods are where they were to go."""
    leave(draft)
    entries = _named(draft, body.lines) if body.lines is not None else _rest(draft, lambda line: line.landed)
    if entries:
        _more(draft, draft.move(f.ShipmentArrived, entries), Discrepancy.ARRIVED_MORE)
    else:
        _nothing(draft, body.lines, "there")
    return draft.decided


def deliver(draft: Draft, body: m.Delivered) -> Outcome:
    """Goods were handed over. The proof is kept even where nothing was left to deliver."""
    leave(draft)
    told = _named(draft, body.lines) if body.lines is not None else _rest(draft, lambda line: line.delivered)
    entries, damaged = _damaged(draft, body, told)
    changes = draft.move(
        f.ShipmentDelivered, entries, damaged=damaged, proof=body.proof, recipient=body.recipient
    )
    _more(draft, changes, Discrepancy.DELIVERED_MORE)
    if not entries:
        _nothing(draft, body.lines, "delivered")
    return draft.decided


def _damaged(draft: Draft, body: m.Delivered, told: Sequence[Entry]) -> tuple[list[Entry], tuple[Damaged, ...]]:
    """What was delivered, with how much of it is damaged; and the damage as it was told."""
    amounts: dict[int, Decimal] = {}
    damaged: list[Damaged] = []
    delivered = {entry.line: entry.amount for entry in told}
    for one in body.damaged:
        entry = draft.entry(one)
        if entry is None:
            continue
        amounts[entry.line] = entry.amount
        damaged.append(Damaged(line=entry.line, amount=entry.amount, reason=one.reason))
        more = entry.amount - delivered.get(entry.line, ZERO)
        if more > 0:
            detail = f"{plain(entry.amount)} damaged of {plain(delivered.get(entry.line, ZERO))} delivered"
            draft.note(Discrepancy.DAMAGED_MORE, detail, entry.line, more)
    entries = [
        Entry(entry.line, entry.amount, entry.told, damaged=min(amounts.get(entry.line, ZERO), entry.amount))
        for entry in told
    ]
    return entries, tuple(damaged)


def follow_arrival(draft: Draft, body: m.FollowArrival) -> Outcome:
    """Goods came into our stock, and so much was found missing beside them."""
    if missing := draft.reference.missing(part=body.part):
        raise Waiting(*missing)
    leave(draft)
    arrived = draft.in_base(body.part, body.quantity)
    short = ZERO if body.short is None else draft.in_base(body.part, body.short)
    lines = draft.shipment.lines
    said = _said(draft)
    new = not draft.shipment.of_part(body.part)
    room = {number: line.basis - line.stored - line.short for number, line in lines.items()}
    came = {entry.line: entry.amount for entry in spread(draft, body.part, arrived, room)}
    room = {number: room.get(number, ZERO) - came.get(number, ZERO) for number in lines}
    lacks = {entry.line: entry.amount for entry in spread(draft, body.part, short, room)}
    entries = [
        Entry(number, came.get(number, ZERO), short=lacks.get(number, ZERO))
        for number in draft.shipment.of_part(body.part) if number in came or number in lacks
    ]
    changes = draft.move(f.ShipmentArrived, entries, stored=True)
    if new and entries:
        detail = f"part {body.part} came, and nobody had said that it was sent"
        draft.note(Discrepancy.WRONG_PART, detail, entries[0].line, arrived)
    _more(draft, changes, Discrepancy.ARRIVED_MORE)
    _too_many_lost(draft, said)
    return draft.decided


def unarrive(draft: Draft, body: m.FollowArrivalReversal) -> Outcome:
    """Goods didn't come into our stock after all."""
    arrived = draft.in_base(body.part, body.quantity)
    short = ZERO if body.short is None else draft.in_base(body.part, body.short)
    entries = []
    for number in reversed(draft.shipment.of_part(body.part)):
        line = draft.shipment.lines[number]
        back, found = min(arrived, line.stored), min(short, line.short)
        arrived, short = arrived - back, short - found
        if back or found:
            entries.append(Entry(number, back, short=found))
    if entries:
        draft.move(f.ShipmentArrivalReversed, reversed(entries))
    if arrived or short:
        detail = f"{plain(arrived + short)} of {body.part} more was taken back than had come or been missing"
        draft.note(Discrepancy.REVERSED_MORE, detail, None, arrived + short)
    return draft.decided


# -- which lines, and how much ---------------------------------------------------------------------------------


def _named(draft: Draft, told: Iterable[Amounts]) -> list[Entry]:
    entries = [draft.entry(one) for one in told]
    return [entry for entry in entries if entry is not None]


def _all(draft: Draft, amount: Callable[[Line], Decimal]) -> list[Entry]:
    lines = draft.shipment.lines
    return [Entry(number, amount(lines[number])) for number in draft.shipment.numbers if amount(lines[number]) > 0]


def _rest(draft: Draft, before: Callable[[Line], Decimal]) -> list[Entry]:
    """All that wasn't told before and isn't lost; where nothing else is left, what was lost is found."""
    rest = _all(draft, lambda line: line.sent - line.lost - before(line))
    return rest or _all(draft, lambda line: line.sent - before(line))


def _nothing(draft: Draft, told: Sequence[Amounts] | None, what: str) -> None:
    """Of lines that aren't known, that was said already."""
    if told is None:
        draft.note(Discrepancy.NOTHING, f"told to be {what}, but nothing was left to be")


# -- what doesn't fit ------------------------------------------------------------------------------------------


def _more(draft: Draft, changes: Iterable[Change], kind: Discrepancy) -> None:
    """More is there than was sent, or something that was lost."""
    for change in changes:
        line = draft.shipment.lines[change.line]
        more = change.over - change.over_before
        if more > 0:
            draft.note(kind, f"{plain(line.arrived)} came of {plain(line.basis)} sent", change.line, more)
        found = change.before.lost - change.after.lost
        if found > 0:
            draft.note(Discrepancy.LOST_ARRIVED, f"{plain(found)} had been lost, and came", change.line, found)


def _said(draft: Draft) -> dict[int, tuple[Decimal, Decimal]]:
    """Of each line, how much was said to be lost, and how much of that can't be."""
    return {number: (line.said_lost, line.said_lost - line.lost) for number, line in draft.shipment.lines.items()}


def _too_many_lost(draft: Draft, before: dict[int, tuple[Decimal, Decimal]]) -> None:
    """More is newly said to be lost than can be."""
    for number, (said, wrong) in _said(draft).items():
        said_before, wrong_before = before.get(number, (ZERO, ZERO))
        more = min(said - said_before, wrong - wrong_before)
        if more > 0:
            detail = f"{plain(said)} said to be lost, {plain(said - wrong)} can be"
            draft.note(Discrepancy.LOST_MORE, detail, number, more)
