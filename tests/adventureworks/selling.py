"""A thousand orders for AdventureWorks' bicycles: invented (the files hold no sales), the same for the same seed."""

from datetime import date, datetime, time, timedelta
from typing import Any

from tests.adventureworks import derived
from tests.adventureworks.chain import CHANCE, event
from tests.adventureworks.convert import base_units, code
from tests.adventureworks.leads import leads
from tests.adventureworks.rows import Files

_NAMES = ("Ada", "Bo", "Chloe", "Dario", "Edda", "Farid", "Greta", "Hiro", "Ines", "Jaro", "Kim", "Lena", "Milo")


def orders(files: Files, count: int = derived.ORDERS) -> list[dict[str, Any]]:
    """``PlaceOrder`` events in the order of their times. Fewer are the first of the same ones."""
    days = working_days(derived.CUT_OVER + timedelta(days=1), derived.ORDER_DAYS)
    told = [_order(files, n, days[n * len(days) // derived.ORDERS]) for n in range(min(count, derived.ORDERS))]
    return sorted(told, key=lambda one: (datetime.fromisoformat(one["time"]), one["id"]))


def working_days(first: date, count: int) -> list[date]:
    """The first so many days that aren't a weekend."""
    every = (first + timedelta(days=n) for n in range(2 * count + 7))
    return [day for day in every if day.weekday() < 5][:count]


def _order(files: Files, n: int, day: date) -> dict[str, Any]:
    number = f"SO-{10001 + n}"
    at = derived.local(day, time(8)) + timedelta(minutes=CHANCE.between(0, 540, number, "minute"))
    person = f"customer-{CHANCE.between(1, 400, number, 'customer')}"
    name = CHANCE.pick(_NAMES, person)
    lines = derived.LINES[1] if CHANCE.happens(derived.SECOND_LINE, number, "lines") else derived.LINES[0]
    return event("PlaceOrder", "orders", number, at, {
        "number": number,
        "customer": {"person": person, "value": name},
        "ship_to": {"person": person, "value": f"{CHANCE.between(1, 99, person)} Main Street"},
        "destination": f"zone/{CHANCE.pick(tuple(derived.ZONES), number, 'zone')}",
        "priority": derived.URGENT_PRIORITY if urgent(number) else 0,
        "lines": [_line(files, number, n, line, day, person, name) for line in range(1, lines + 1)],
    })


def urgent(number: str) -> bool:
    """Whether who orders is in a hurry."""
    return CHANCE.happens(derived.URGENT, number, "urgent")


def _wanted(day: date, lead: int, number: str, line: int) -> date:
    """The Friday of a week."""
    days = lead // derived.URGENT_SHARE if urgent(number) else lead
    earliest = day + timedelta(days=days + CHANCE.between(*derived.MARGIN_DAYS, number, line, "wanted"))
    return earliest + timedelta(days=(derived.WISH_WEEKDAY - earliest.weekday()) % 7)


def _line(files: Files, number: str, n: int, line: int, day: date, person: str, name: str) -> dict[str, Any]:
    """The first 97 orders want one bicycle each, so that every model is wanted; then it is chance."""
    product = files.bicycles[n] if line == 1 and n < len(files.bicycles) else (
        CHANCE.pick(files.bicycles, number, line, "bicycle")
    )
    quantity = CHANCE.pick(derived.QUANTITIES, number, line, "quantity")
    wanted = _wanted(day, leads(files)[product], number, line)
    told: dict[str, Any] = {
        "line": line, "part": code(files.products[product]), "site": derived.SITE,
        "schedules": [{
            "schedule": 1, "wanted": wanted.isoformat(),
            "quantity": {"amount": str(quantity), "unit": base_units(files)[product]},
        }],
    }
    if CHANCE.happens(derived.ENGRAVED, number, line, "engraved"):
        told["personalisation"] = {"person": person, "value": name}
    return told
