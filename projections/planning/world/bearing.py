"""What a fact is about alone, of the thing it touches: one component of a run, or one line of an order.

It touches the whole run or order, which is looked at as one. But what is decided for another component or line then
isn't decided because of it, and doesn't name it as a cause.
"""

from typing import Any

from events.orders import facts as o


def about(fact: Any, domain: str) -> str | None:
    """The component or line; none: all of what it touches."""
    match fact:
        case o.MaterialFact():
            return component(fact.component)
        case o.RunDeviated():
            return None if fact.required is None else component(fact.required)
        case o.RunDiscrepancyFound():
            return None if fact.part is None else component(fact.part)
        case o.OrderLineCancelled() | o.ScheduleFact() | o.OrderDiscrepancyFound():
            return None if fact.line is None else line(fact.line)
        case _:
            moved = domain == "inventory" and getattr(fact, "run", None) is not None
            return component(fact.part) if moved else None


def component(part: str) -> str:
    return f"part/{part}"


def line(number: int) -> str:
    return f"line/{number}"
