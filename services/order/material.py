"""What became of a run's material, as inventory tells it; and what the shop floor threw away of it.

Issues are spread over the requirements of their part, in their order, as far as each is still to be filled. Material
for a run that nobody has scheduled is recorded all the same, so that the run finds it when it is.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from events.decision import Outcome
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import ZERO, RunDiscrepancy, RunState
from events.units import round_up
from events.values import plain
from services.order.floor import Floor
from services.order.run import Need, Run

_UNDONE: Final = {
    "RunMaterialIssued": "StockIssued", "Backflush": "StockIssued", "RunMaterialReturned": "StockReturned",
    "RunMaterialScrapped": "StockScrapped",
}
"""By what a movement was here, the inventory fact that told of it."""


def issue(floor: Floor, body: m.FollowIssue) -> Outcome:
    """Material was handed to the run, picked or backflushed."""
    if body.requirement is not None:
        said = _said(body, body.quantity.amount, body.requirement)
        floor.add(f.RunMaterialIssued(**said, backflush=True, **_order(floor)))
    else:
        for n, amount in _spread(floor, body.part, body.quantity.amount):
            floor.add(f.RunMaterialIssued(**_said(body, amount, n), **_order(floor)))
    _check_run(floor, body.part, body.quantity.amount, body.quantity.unit, body.movement)
    _check_issue(floor, body)
    return floor.decided


def give_back(floor: Floor, body: m.FollowReturn) -> Outcome:
    """The run gave material back."""
    said = _said(body, body.quantity.amount, _first(floor, body.part))
    floor.add(f.RunMaterialReturned(**said, **_order(floor)))
    _check_run(floor, body.part, None, body.quantity.unit, body.movement)
    _check_net(floor, body.part, RunDiscrepancy.OVER_RETURNED, "came back", body.movement)
    return floor.decided


def scrap(floor: Floor, body: m.FollowScrap) -> Outcome:
    """Stock was thrown away in the run: it went in and out at once."""
    said = _said(body, body.quantity.amount, _first(floor, body.part))
    floor.add(f.RunMaterialScrapped(**said, drawn=True, **_order(floor)))
    _check_run(floor, body.part, None, body.quantity.unit, body.movement)
    return floor.decided


def scrap_inside(floor: Floor, body: m.ComponentScrapped) -> Outcome:
    """What had been issued was thrown away: more will be needed."""
    known = floor.book.material(body.part)
    unit = known.unit if known else floor.part(body.part).unit
    amount = floor.in_base(body.part, body.quantity, unit)
    floor.add(f.RunMaterialScrapped(
        run=floor.id, component=body.part, site=floor.run.site, unit=unit, amount=amount, n=_first(floor, body.part),
        reason=body.reason, **_order(floor),
    ))
    _check_net(floor, body.part, RunDiscrepancy.OVER_SCRAPPED, "was thrown away", None)
    return floor.decided


def store(floor: Floor, body: m.FollowOutput) -> Outcome:
    """The run's output is in stock."""
    run, amount, unit = floor.book.run, body.quantity.amount, body.quantity.unit
    if run is not None and body.part != run.part:
        detail = f"{plain(amount)} {unit} of {body.part} came out of a run that builds {run.part}"
        floor.note(
            RunDiscrepancy.WRONG_PART, detail, part=body.part, amount=amount, unit=unit, movement=body.movement
        )
        return floor.decided
    floor.add(f.RunOutputStored(
        run=floor.id, part=body.part, site=body.site, unit=unit, amount=amount, movement=body.movement, lot=body.lot,
        serial=body.serial, order=run.order_ref if run else None,
    ))
    _check_run(floor, body.part, amount, unit, body.movement)
    if run is not None and body.site != run.site:
        detail = f"the output of a run at {run.site} was put into stock at {body.site}"
        floor.note(
            RunDiscrepancy.WRONG_SITE, detail, part=body.part, amount=amount, unit=unit, movement=body.movement
        )
    return floor.decided


def reverse(floor: Floor, body: m.FollowReversal) -> Outcome:
    """A movement never happened. One that isn't known can't be undone."""
    known, amount, unit = floor.book.movements.get(body.movement), body.quantity.amount, body.quantity.unit
    if known is None or known.part != body.part or _UNDONE.get(known.kind, "StockProduced") != body.undone:
        detail = f"{body.undone} of {plain(amount)} {unit} of {body.part} is undone, which the run was never told"
        floor.note(
            RunDiscrepancy.UNKNOWN_MOVEMENT, detail, part=body.part, amount=amount, unit=unit, movement=body.movement
        )
    elif body.undone == "StockProduced":
        run = floor.book.run
        floor.add(f.RunOutputUnstored(
            run=floor.id, part=body.part, site=body.site, unit=unit, amount=amount, movement=body.movement,
            order=run.order_ref if run else None,
        ))
    else:
        floor.add(f.RunMaterialReversed(
            run=floor.id, component=body.part, site=body.site, unit=unit, amount=amount, movement=body.movement,
            n=_first(floor, body.part), undone=body.undone, backflush=known.kind == "Backflush", **_order(floor),
        ))
        if body.undone == "StockIssued":
            _check_net(floor, body.part, RunDiscrepancy.OVER_RETURNED, "came back", body.movement)
    return floor.decided


def _said(body: m.MaterialCommand, amount: Decimal, n: int | None) -> dict[str, Any]:
    return {
        "run": body.run, "component": body.part, "site": body.site, "unit": body.quantity.unit, "amount": amount,
        "movement": body.movement, "n": n, "revision": body.revision, "lot": body.lot, "serial": body.serial,
    }


def _order(floor: Floor) -> dict[str, Any]:
    return {"order": floor.book.run.order_ref} if floor.book.run else {}


def _needs(floor: Floor, part: str) -> list[tuple[int, Need]]:
    run = floor.book.run
    return [(n, need) for n, need in sorted(run.needs.items()) if part in need.parts] if run else []


def _first(floor: Floor, part: str) -> int | None:
    return next((n for n, _ in _needs(floor, part)), None)


def _spread(floor: Floor, part: str, amount: Decimal) -> Iterator[tuple[int | None, Decimal]]:
    """Portions of an issue, by requirement: each is filled in turn, and the last takes what is beyond."""
    needs = _needs(floor, part)
    known = floor.book.material(part)
    before = known.net if known else ZERO
    for n, need in needs[:-1]:
        most = sum((one.amount for one in need.deviations if one.part == part), ZERO)
        most = need.amount if part == need.part else most
        room = max(most - max(before, ZERO), ZERO)
        before = max(before - most, ZERO)
        portion = min(room, amount)
        if portion:
            yield n, portion
            amount -= portion
    if amount:
        yield (needs[-1][0] if needs else None), amount


def _check_run(floor: Floor, part: str, amount: Decimal | None, unit: str, movement: str) -> None:
    """Whether there is such a run, and it isn't called off."""
    run = floor.book.run
    if run is None:
        if not floor.book.stray:
            detail = f"material moved for run {floor.id}, which nobody has scheduled"
            floor.note(RunDiscrepancy.UNKNOWN_RUN, detail, part=part, amount=amount, unit=unit, movement=movement)
    elif run.state is RunState.CANCELLED and amount is not None:
        detail = f"{plain(amount)} {unit} of {part} moved for run {floor.id}, which was called off"
        floor.note(RunDiscrepancy.AFTER_CANCELLATION, detail, part=part, amount=amount, unit=unit, movement=movement)


def _check_issue(floor: Floor, body: m.FollowIssue) -> None:
    run = floor.book.run
    if run is None:
        return
    part, amount, unit = body.part, body.quantity.amount, body.quantity.unit
    most = _most(floor, run, part)
    if most is None:
        detail = f"{plain(amount)} {unit} of {part} were issued, which run {floor.id} doesn't need"
        floor.note(
            RunDiscrepancy.NOT_REQUIRED, detail, part=part, amount=amount, unit=unit, movement=body.movement
        )
    elif (over := min(floor.book.materials[part].net - most, amount)) > 0:
        detail = f"{plain(over)} {unit} of {part} were issued beyond the {plain(most)} that run {floor.id} needs"
        floor.note(RunDiscrepancy.OVER_ISSUED, detail, part=part, amount=over, unit=unit, movement=body.movement)


def _most(floor: Floor, run: Run, part: str) -> Decimal | None:
    """What it may be given of a part: what is required, or what more than was to be built used up."""
    allowed = run.allowed(part)
    if allowed is None or run.built <= run.amount:
        return allowed
    return max(allowed, round_up(Fraction(run.used(part, run.built)), floor.places(part)))


def _check_net(floor: Floor, part: str, kind: RunDiscrepancy, what: str, movement: str | None) -> None:
    """Whether more went out of the run than ever came in."""
    material = floor.book.materials[part]
    if material.net < 0:
        detail = f"{plain(-material.net)} {material.unit} of {part} {what} that had never been issued"
        floor.note(kind, detail, part=part, amount=-material.net, unit=material.unit, movement=movement)
