"""Requisitions that the purchasing system answered with an order, or declined.

An order's line that names a requisition takes its place: what claimed the requisition claims the line, the most urgent
first, by claims of their own (a claim's id is its reservation's, and a requisition had none). What the line is less
than the requisition is decided anew.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.planning import facts as f
from events.planning.shapes import SupplyKey, UnpegReason
from projections.planning.steps.draft import Draft
from projections.planning.steps.mending import urgency
from projections.planning.world.alarms import expected
from projections.planning.world.planned import Fate, Peg
from projections.planning.world.views import SupplyView

ZERO: Final = Decimal(0)


def answer(draft: Draft) -> None:
    """Every requisition that was looked at and has been answered or declined."""
    for id in [one for one in draft.supplies if one.startswith("requisition/")]:
        requisition = id.removeprefix("requisition/")
        found = draft.plan.requisitions.get(requisition)
        if found is None:
            continue
        lines = draft.parts.purchases.answers.get(requisition)
        if lines and found.fate is Fate.OPEN:
            _answered(draft, requisition, [draft.parts.purchases.lines[key].id for key in sorted(lines)])
        elif found.fate is Fate.DECLINED:
            for peg in draft.pegs_on(id):
                draft.unpeg(peg, draft.joins.pegs[peg.id].pending, UnpegReason.DECLINED)


def _answered(draft: Draft, requisition: str, lines: list[str]) -> None:
    found = draft.plan.requisitions[requisition]
    first = draft.joins.supplies.get(lines[0])
    draft.add(f"requisition/{requisition}", f.RequisitionAnswered.trusted(
        requisition=requisition, supplier=first.supplier if first is not None else found.supplier, part=found.part,
        site=found.site, unit=found.unit, number=_key(lines[0])[0], line=_key(lines[0])[1],
        amount=draft.parts.purchases.lines[_key(lines[0])].ordered,
    ))
    claims = sorted(draft.pegs_on(f"requisition/{requisition}"), key=lambda peg: urgency(draft, peg))
    for peg in claims:
        left = draft.joins.pegs[peg.id].pending
        draft.unpeg(peg, left, UnpegReason.ANSWERED)
        for line in lines:
            view = draft.joins.supplies.get(line)
            if view is None or view.part != peg.part or view.site != peg.site or not left:
                continue
            moved = min(left, view.free)
            if moved > 0:
                _move(draft, peg, view, moved)
                left -= moved
    for line in lines:
        draft.supplies[line] = None
        draft.blame(line, f"requisition/{requisition}")


def _key(line: str) -> tuple[str, int]:
    number, _, last = line.removeprefix("purchase/").rpartition("/")
    return number, int(last)


def _move(draft: Draft, peg: Peg, view: SupplyView, amount: Decimal) -> None:
    """The same claim, on the order's line."""
    at = expected(draft.parts, view, draft.now) or peg.available_at
    factor = Fraction(peg.factor)
    draft.add(f"requirement/{peg.requirement}", f.SupplyPegged.trusted(
        peg=draft.id("P"), requirement=peg.requirement, supply=SupplyKey.purchase(*_key(view.id)), part=peg.part,
        site=peg.site, unit=peg.unit, amount=amount, decision=peg.decision, purpose=peg.purpose,
        priority=peg.priority, needed_by=peg.needed_by, available_at=min(at, peg.available_at),
        numerator=factor.numerator, denominator=factor.denominator,
    ))
    draft.look(peg.requirement)
