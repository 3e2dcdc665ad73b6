"""What is used in place of a requirement's part. It happened, approved or not; what it lacks is stated."""

from decimal import Decimal
from fractions import Fraction

from events.catalogue.records import SubstituteRecord
from events.decision import Outcome
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import ZERO, RunDiscrepancy, unlike
from events.values import plain
from services.order.floor import Floor
from services.order.run import Need


def substitute(floor: Floor, body: m.Substituted) -> Outcome:
    """So much of another part is used for a requirement. After the freeze, somebody must have approved it; before, if
    the catalogue says so."""
    run = floor.run
    need = run.needs.get(body.requirement)
    amount = floor.in_base(body.part, body.quantity)
    listed = _listed(floor, need.part, body.part) if need else None
    factor = listed.factor if listed else _alike(floor, need, body.part)
    floor.add(f.RunDeviated(
        run=floor.id, n=body.requirement, required=need.part if need else None, part=body.part, site=run.site,
        unit=floor.part(body.part).unit, amount=amount, numerator=factor.numerator if factor else None,
        denominator=factor.denominator if factor else None, approver=body.approver, reason=body.reason,
        after_freeze=run.frozen, order=run.order_ref, builds=run.part,
        configuration=None if run.configuration is None or need is None else unlike(run.configuration, floor.id),
    ))
    _check_approval(floor, body, amount, listed)
    if need is None:
        detail = f"run {floor.id} has no requirement {body.requirement}, for which {body.part} is used"
        _note(floor, RunDiscrepancy.UNKNOWN_REQUIREMENT, detail, body.part, amount)
        return floor.decided
    if listed is None:
        detail = f"the catalogue doesn't list {body.part} as a substitute of {need.part}"
        _note(floor, RunDiscrepancy.UNLISTED, detail, body.part, amount)
    _check_amount(floor, body)
    _check_time(floor, body)
    return floor.decided


def _listed(floor: Floor, part: str, by: str) -> SubstituteRecord | None:
    known = floor.reference.substitutes(part, floor.message.time, floor.run.site, floor.run.part)
    return next((one for one in known if one.substitute == by), None)


def _alike(floor: Floor, need: Need | None, by: str) -> Fraction | None:
    """One for one, if both are counted alike; else nobody knows."""
    known = floor.reference.part(by)
    return Fraction(1) if need and known and known.unit == need.unit else None


def _check_approval(floor: Floor, body: m.Substituted, amount: Decimal, listed: SubstituteRecord | None) -> None:
    """Only whether an approver is named is looked at, never who it is."""
    asked = floor.run.frozen or bool(listed and listed.needs_approval)
    if body.approver is None and asked:
        when = "after the run was frozen" if floor.run.frozen else "though it needs an approval"
        detail = f"{body.part} is used for requirement {body.requirement} {when}, and nobody is named who approved it"
        _note(floor, RunDiscrepancy.UNAPPROVED, detail, body.part, amount)


def _check_amount(floor: Floor, body: m.Substituted) -> None:
    """More than the requirement can't be replaced."""
    need = floor.run.needs[body.requirement]
    replaced = sum((one.instead.covers for one in need.deviations), Fraction(0))
    if replaced > need.amount:
        detail = f"more than the {plain(need.amount)} {need.unit} of {need.part} that are required are replaced"
        _note(floor, RunDiscrepancy.OVER_SUBSTITUTED, detail, body.part, floor.in_base(body.part, body.quantity))


def _check_time(floor: Floor, body: m.Substituted) -> None:
    """Told when output reports had taken the original for it: stock holds more of it than the book says."""
    run, need = floor.run, floor.run.needs[body.requirement]
    places = {part: floor.places(part) for part in need.parts}
    over = need.backflushed.get(need.part, ZERO) - need.taken(run.flushed, run.amount, places)[need.part]
    if over > 0:
        detail = f"{plain(over)} {need.unit} of {need.part} were backflushed, in place of which {body.part} was used"
        _note(floor, RunDiscrepancy.SUBSTITUTED_LATE, detail, need.part, over)


def _note(floor: Floor, kind: RunDiscrepancy, detail: str, part: str, amount: Decimal) -> None:
    floor.note(kind, detail, part=part, amount=amount, unit=floor.part(part).unit)
