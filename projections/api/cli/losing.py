"""Why each way of a decision wasn't gone, in words, each figure with what it is held against."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from events.values import plain
from projections.api.cli.words import days, when
from projections.decisions_queries import DecisionAnswer, WayLine

_LOST: Final[Mapping[str, str]] = {
    "lane_closed": "a lane on its way is closed",
    "lane_full": "a lane on its way is full",
    "no_lane": "there is no way from there",
    "supplier_down": "the supplier can't deliver",
    "supplier_inactive": "we don't buy there any more",
    "needs_approval": "it needs somebody's approval first",
    "refused_by_a_person": "a person refused it",
    "would_wait_for_the_same": "it would wait for the same thing",
    "order_service_refused_the_run": "such a run was refused before",
    "another_was_chosen_by_a_person": "a person chose another way",
    "run_is_frozen": "the run is frozen",
    "planned_by_the_erp": "its purchases are planned by the ERP",
    "no_price": "it has no price",
    "another_configuration": "it is built otherwise than was ordered",
    "part_is_superseded": "the part was superseded: what is left of it is used up, and no more is had",
    "no_quantity_can_be_ordered": "the supplier's minimum, multiple and maximum allow no quantity of it",
}


def unserved(found: DecisionAnswer) -> str:
    """Why something of it is short, in a word."""
    refused = any(way.why == "refused_by_a_person" for way in found.alternatives)
    return "a person refused a way to serve it" if refused else "nothing serves it"


def why_lost(one: WayLine, found: DecisionAnswer) -> str:
    """Why a way of this decision wasn't gone, with by how much, and against what."""
    told = _told(one, found)
    return f"{told} until {when(one.until)}" if one.until else told


def _told(one: WayLine, found: DecisionAnswer) -> str:
    match one.why:
        case "dearer":
            return _dearer(one, found)
        case "later":
            return _later(one)
        case "not_enough":
            lacks = f": {plain(one.by)} {found.decision.unit} would still be missing" if one.by else ""
            return f"there isn't enough of it{lacks}"
        case "not_better_enough_to_change":
            by = f" {_money(one.by, found)}" if one.by else ""
            return f"it is better{by and ' by' + by}, but not by enough to change"
        case _:
            return _LOST.get(one.why or "", (one.why or "").replace("_", " "))


def _dearer(one: WayLine, found: DecisionAnswer) -> str:
    """Of a reorder, what was chosen is told at its price, and the others landed: so are both here."""
    if not one.by:
        return "no better: comes after it in the fixed order"
    told = f"it costs {_money(one.by, found)} more"
    if one.cost is None or any(way.cost is None for way in found.decision.chosen):
        return told
    amount = "landed" if one.amount is None else "for as much"
    return f"{told}: {_money(one.cost, found)}, not {_money(one.cost - one.by, found)} {amount}"


def _money(cost: Decimal, found: DecisionAnswer) -> str:
    return f"{plain(cost)} {found.currency}"


def _later(one: WayLine) -> str:
    """``by`` is how much more late it would be; where that is all its lateness, what was chosen comes in time."""
    if not one.by:
        return "nobody knows when it comes" if one.available_at is None else "it comes later"
    if one.late_hours > one.by:
        return f"it comes {days(int(one.by))} later than what was chosen"
    return f"it comes {days(one.late_hours or int(one.by))} after the need, what was chosen in time"
