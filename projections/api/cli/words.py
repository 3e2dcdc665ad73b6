"""The planner's reasons in words that a person at a desk uses."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from events.values import plain
from projections.causes import Step
from projections.decisions_queries import WayLine
from projections.order_board_queries import ScheduleLine

_STATUS: Final[Mapping[str, str]] = {
    "proposed": "waits for a person",
    "decided": "decided",
    "approved": "approved",
    "refused": "refused",
    "overridden": "overridden",
    "withdrawn": "not needed any more",
}
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


def n(amount: Decimal | None) -> str:
    """An amount, or nothing."""
    return "" if amount is None else plain(amount)


def when(moment: datetime | None, *, seconds: bool = False) -> str:
    """A moment to the minute, or to the second, by the clock of who reads it (this machine's zone, or ``TZ``), with its
    offset from UTC; or nothing. Days without a time are the site's.
    """
    if moment is None:
        return ""
    local = moment.astimezone()
    offset = local.isoformat()[-6:]
    shown = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    return f"{shown}Z" if offset == "+00:00" else f"{shown}{offset}"


def days(hours: int) -> str:
    """So many hours as a person says it.

    >>> days(0), days(5), days(24), days(61)
    ('', '5 hours', '1 day', '3 days')
    """
    if not hours:
        return ""
    if hours < 24:
        return f"{hours} hour{'s' * (hours != 1)}"
    whole = -(-hours // 24)
    return f"{whole} day{'s' * (whole != 1)}"


def status(told: str) -> str:
    """How a decision stands."""
    return _STATUS.get(told, told.replace("_", " "))


def supply(key: str) -> str:
    """A supply's key in words.

    >>> supply("purchase/4711/2"), supply("run/R7-1"), supply("stock/plant/BOLT")
    ('purchase order 4711 line 2', 'run R7-1', 'BOLT in stock at plant')
    """
    kind, _, rest = key.partition("/")
    head, _, last = rest.rpartition("/")
    if kind == "purchase":
        return f"purchase order {head} line {last}"
    if kind == "stock":
        site, _, part = rest.partition("/")
        return f"{part} in stock at {site}"
    return f"{kind} {rest}"


def requirement(id_: str) -> str:
    """A requirement's id in words.

    >>> requirement("order/SO-1/1/2"), requirement("run/R7-1/3"), requirement("stock/plant/BOLT")
    ('order SO-1 line 1 schedule 2', 'run R7-1, component 3', 'stock of BOLT at plant')
    """
    kind, _, rest = id_.partition("/")
    parts = rest.rsplit("/", 2 if kind == "order" else 1)
    match kind, parts:
        case "order", [number, line, schedule]:
            return f"order {number} line {line} schedule {schedule}"
        case "run", [run, need]:
            return f"run {run}, component {need}"
        case "stock", _:
            site, _, part = rest.partition("/")
            return f"stock of {part} at {site}"
        case _:
            return f"{kind} {rest}"


def way(one: WayLine) -> str:
    """One way to cover it."""
    key = one.supply or ""
    match one.kind:
        case "stock":
            return f"take {supply(key)}" if key else f"take {one.part} from stock"
        case "run":
            return f"take it from {supply(key)}" if key else "take it from a run"
        case "purchase":
            whose = f" of {one.supplier}" if one.supplier else ""
            return f"wait for {supply(key)}{whose}" if key else f"wait for a purchase{whose}"
        case "elsewhere":
            return f"send {one.part} from {one.from_site or key}" + _over(one)
        case "substitute":
            return f"use {one.part} instead" + (f" ({supply(key)})" if key else "")
        case "build":
            return f"build {one.part} in a new run"
        case "buy":
            return f"buy {one.part} from {one.supplier or 'a supplier'}" + _over(one)
        case _:
            return f"{one.kind} {one.part}"


def _over(one: WayLine) -> str:
    return f", over {', '.join(one.lanes)}" if one.lanes else ""


def in_time(one: WayLine) -> str:
    """When it comes, and how long after it is needed."""
    there = when(one.available_at) or one.due or "nobody knows when"
    return f"{there}, {days(one.late_hours)} after the need" if one.late_hours else there


def fact(name: str) -> str:
    """A fact's type in words.

    >>> fact("PurchaseOrderDelayed")
    'purchase order delayed'
    """
    return _CAPITAL.sub(" ", name.partition(".")[0]).lower()


def step(one: Step) -> str:
    """One link of a chain of causes."""
    details = ", ".join(f"{name} {_value(value)}" for name, value in one.what.items() if _value(value))
    told = f"{'  ' * one.depth}{fact(one.type)}" + (f" ({details})" if details else "")
    if one.event:
        return f"{told}; told by {one.actor} at {when(one.occurred_at)}, as event {one.cause} of {one.source}"
    return f"{told}; at {when(one.recorded_at)}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "/".join(str(inner) for inner in value.values())
    if isinstance(value, list):
        return "" if not value else f"{len(value)}"
    return str(value)


def promised(wanted: date, given: date | None) -> str:
    """A promise against what was wanted.

    >>> promised(date(2026, 3, 20), None), promised(date(2026, 3, 20), date(2026, 3, 22))
    ('nothing is promised', 'promised for 2026-03-22, 2 days after the wish')
    """
    return "nothing is promised" if given is None else f"promised for {given}, {_against(wanted, given)}"


def delivered(wanted: date, given: date | None, came: date) -> str:
    """A delivery against what was wanted, and against what was promised at last.

    >>> day = date(2026, 3, 20)
    >>> delivered(day, day, date(2026, 3, 24))
    'delivered 2026-03-24, 4 days after the wish; it was promised for 2026-03-20'
    >>> delivered(day, None, day)
    'delivered 2026-03-20, in time'
    """
    told = f"delivered {came}, {_against(wanted, came)}"
    return told if given in (None, came) else f"{told}; it was promised for {given}"


def _against(wanted: date, day: date) -> str:
    late = (day - wanted).days
    return f"{late} day{'s' * (late != 1)} after the wish" if late > 0 else "in time"


def kept(line: ScheduleLine) -> str:
    """What a schedule line's customer was promised, or what came of it."""
    if line.state in ("cancelled", "refused"):
        return ""
    if line.delivered_on is None:
        return promised(line.wanted, line.promised)
    if not line.open:
        return delivered(line.wanted, line.promised, line.delivered_on)
    part = f"{plain(line.delivered - line.damaged)} delivered by {line.delivered_on}"
    return f"{part}, the rest {promised(line.wanted, line.promised)}"
