"""What was sent: by a supplier's notice, by our own warehouse, or by nobody's word but the departure's."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Discrepancy, Purpose, ShipmentLine, site_node, supplier_node
from events.suppliers.measures import local_day
from events.values import plain
from services.logistics.draft import Draft, Entry, Waiting, as_told
from services.logistics.shipment import ZERO, Line, Shipment
from services.logistics.state import describe, notice_content

# -- a supplier's notice ---------------------------------------------------------------------------------------


def announce(shipment: Shipment | None, message: Message[Any], body: m.Announced, reference: Reference) -> Outcome:
    """The latest notice says what was sent. An earlier one that is told late is recorded, and moves nothing."""
    missing = dict.fromkeys(reference.missing(supplier=body.supplier, site=body.site))
    for told in body.lines:
        missing |= dict.fromkeys(reference.missing(part=told.part))
    if missing:
        raise Waiting(*missing)
    places = supplier_node(body.supplier), site_node(body.site)
    draft = Draft(message, body.shipment, shipment or Shipment(Purpose.INBOUND, *places), reference)
    before = {number: line.noticed for number, line in draft.shipment.lines.items()}
    called_off(draft)
    first = shipment is None or shipment.notice is None
    draft.move(
        f.ShipmentAnnounced, _noticed(draft, body), supplier=body.supplier, site=body.site, carrier=body.carrier,
        tracking=body.tracking, arrives_at=body.expected, arrives_on=_day(body, reference),
        told_at=message.time, current=_newest(shipment, message),
    )
    fact = draft.facts[-1]
    assert isinstance(fact, f.ShipmentAnnounced)
    if shipment is None or first:
        compare_place(draft, *places)
    elif notice_content(fact) != shipment.notice:
        _differs(draft, fact, before)
    elif message.time == shipment.noticed_at:
        return Decided(())
    if fact.current and draft.shipment.planned:
        compare(draft, {} if first else before, whole=True)
    return draft.decided


def _newest(shipment: Shipment | None, message: Message[Any]) -> bool:
    return shipment is None or shipment.noticed_at is None or message.time >= shipment.noticed_at


def _day(body: m.Announced, reference: Reference) -> date | None:
    site = reference.site(body.site)
    return None if body.expected is None or site is None else local_day(body.expected, zone=site.zone)


def _noticed(draft: Draft, body: m.Announced) -> list[Entry]:
    """Each line of a notice on the shipment's line that it means; and nothing on what an earlier notice had besides."""
    lines, entries = draft.shipment.lines, {}
    for told, number in _meant(draft.shipment, body.lines):
        part = draft.reference.part(told.part)
        assert part is not None, "a notice waits for its parts"
        describe(lines.setdefault(number, Line(told.part, part.unit)), told)
        entries[number] = Entry(number, draft.in_base(told.part, told.quantity), as_told(told.quantity, part.unit))
    for number, line in lines.items():
        if number not in entries and line.noticed:
            entries[number] = Entry(number, ZERO)
    return [entries[number] for number in sorted(entries)]


def _meant(shipment: Shipment, told: Sequence[ShipmentLine]) -> list[tuple[ShipmentLine, int]]:
    """The line of the same number, if it holds the part; else another that does; else a new one."""
    known = shipment.lines
    meant = {one.line: one.line for one in told if one.line in known and known[one.line].part == one.part}
    taken, free = set(meant), shipment.free_number()
    for one in sorted(told, key=lambda line: line.line):
        if one.line in meant:
            continue
        same = [number for number in shipment.of_part(one.part) if number not in taken]
        if same:
            meant[one.line] = same[0]
        elif one.line not in known and one.line not in taken:
            meant[one.line] = one.line
        else:
            meant[one.line], free = free, free + 1
        taken.add(meant[one.line])
    return [(one, meant[one.line]) for one in told]


def _differs(draft: Draft, fact: f.ShipmentAnnounced, before: Mapping[int, Decimal]) -> None:
    """Another notice was told of the same shipment."""
    stays = "the later one holds" if fact.current else "the later one was told before, and stays"
    for moved in fact.lines:
        was = before.get(moved.line, ZERO)
        if moved.amount != was:
            detail = f"one notice says {plain(moved.amount)}, another {plain(was)}; {stays}"
            draft.note(Discrepancy.TOLD_TWICE, detail, moved.line, abs(moved.amount - was))


# -- our own warehouse -----------------------------------------------------------------------------------------


def follow_sent(shipment: Shipment | None, message: Message[Any], body: m.FollowSent, reference: Reference) -> Outcome:
    """Goods left our stock: for a planned shipment, or for one that this makes known."""
    if missing := reference.missing(part=body.part):
        raise Waiting(*missing)
    places = site_node(body.from_site), site_node(body.to_site) if body.to_site else None
    draft = Draft(message, body.shipment, shipment or Shipment(body.purpose, *places), reference)
    amount = draft.in_base(body.part, body.quantity)
    called_off(draft)
    room = {number: line.planned - line.handed for number, line in draft.shipment.lines.items()}
    before = {number: line.told for number, line in draft.shipment.lines.items()}
    new = not draft.shipment.of_part(body.part)
    entries = spread(draft, body.part, amount, room)
    draft.move(f.ShipmentSent, entries, movement=body.movement, site=body.from_site)
    if shipment is None:
        draft.note(Discrepancy.UNPLANNED, "goods left in a shipment that nobody had planned")
        return draft.decided
    compare_place(draft, places[0], places[1] or draft.shipment.to_node)
    if new:
        detail = f"part {body.part} was sent, and isn't planned"
        draft.note(Discrepancy.WRONG_PART, detail, entries[0].line, amount)
    elif draft.shipment.planned:
        compare(draft, before)
    return draft.decided


def unsend(draft: Draft, body: m.FollowSendingReversal) -> Outcome:
    """Goods didn't leave after all."""
    amount = draft.in_base(body.part, body.quantity)
    lines = draft.shipment.lines
    entries, left = [], amount
    for number in reversed(draft.shipment.of_part(body.part)):
        taken = min(left, lines[number].handed)
        left -= taken
        if taken:
            entries.append(Entry(number, taken))
    if entries:
        draft.move(f.ShipmentSendingReversed, reversed(entries), movement=body.movement)
    if left:
        detail = f"{plain(amount)} of {body.part} didn't leave, but only {plain(amount - left)} had"
        draft.note(Discrepancy.REVERSED_MORE, detail, None, left)
    return draft.decided


def spread(draft: Draft, part: str, amount: Decimal, room: Mapping[int, Decimal]) -> list[Entry]:
    """Amounts of a part on its lines: in order, while there is room; the rest on the last; or all on a new line."""
    numbers = draft.shipment.of_part(part)
    if not numbers:
        known = draft.reference.part(part)
        assert known is not None, "this waits for its part"
        numbers = [draft.shipment.free_number()]
        draft.shipment.lines[numbers[0]] = Line(part, known.unit)
    shares: dict[int, Decimal] = {}
    for number in numbers:
        shares[number] = min(max(room.get(number, ZERO), ZERO), amount)
        amount -= shares[number]
    shares[numbers[-1]] += amount
    return [Entry(number, share) for number, share in shares.items() if share]


# -- by its leaving --------------------------------------------------------------------------------------------


def presume(draft: Draft) -> None:
    """It has left, and nobody told what was sent: that is what was planned, until somebody does."""
    lines = draft.shipment.lines
    if any(line.told or line.presumed for line in lines.values()):
        return
    entries = [Entry(number, lines[number].planned) for number in draft.shipment.numbers if lines[number].planned]
    if entries:
        draft.move(f.ShipmentSent, entries, presumed=True)


def leave(draft: Draft) -> None:
    """It was told of what can't have happened before it left."""
    if not draft.shipment.left and not draft.shipment.cancelled:
        draft.note(Discrepancy.BEFORE_DEPARTURE, "nobody had told that it left")
    called_off(draft)
    if not draft.shipment.departed:
        presume(draft)


def called_off(draft: Draft) -> None:
    """It goes on although it was called off."""
    if draft.shipment.cancelled:
        draft.note(Discrepancy.CANCELLED, "it was called off, and goes on all the same")


# -- against the plan ------------------------------------------------------------------------------------------


def compare_place(draft: Draft, from_node: str, to_node: str | None) -> None:
    """Say so when goods left from, or go to, another place than planned."""
    for was, node, where in ((draft.shipment.from_node, from_node, "from"), (draft.shipment.to_node, to_node, "to")):
        if was is not None and node is not None and was != node:
            draft.note(Discrepancy.WRONG_PLACE, f"sent {where} {node}, planned {where} {was}", node=node)


def compare(draft: Draft, before: Mapping[int, Decimal], whole: bool = False) -> None:
    """Say so where more was sent than planned, or, when ``whole`` was told, less. ``before`` was said before."""
    for number in draft.shipment.numbers:
        line, was = draft.shipment.lines[number], before.get(number)
        if line.told == was:
            continue
        detail = f"{plain(line.told)} sent, {plain(line.planned)} planned"
        more = line.told - max(line.planned, was or ZERO)
        if more > 0:
            draft.note(Discrepancy.SENT_MORE, detail, number, more)
        elif whole and line.told < line.planned:
            draft.note(Discrepancy.SENT_LESS, detail, number, line.planned - line.told)
