"""What the tests of the API say to it: events of a part of their own, and what every problem must be."""

from typing import Any

import httpx

from tests.plant import event

DOOR = {"part": "API-1", "site": "kassel", "location": "DOCK", "quantity": {"amount": "5", "unit": "C62"}}
PROBLEM = "application/problem+json"


def define(part: str, number: str | None = None) -> bytes:
    told = {"id": part, "name": part, "unit": "C62", "make_or_buy": "buy"}
    return event("catalogue.DefinePart", number or f"define {part}", told, source="api")


def found(number: str, part: str = "API-1", source: str = "api", amount: str = "5", **more: Any) -> bytes:
    """Stock turned up: nothing needs to have been there before."""
    told = {**DOOR, "part": part, "quantity": {"amount": amount, "unit": "C62"}}
    return event("inventory.Found", number, told, source=source, **more)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """A problem document of this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert told["title"]
    assert told["detail"]
    return told


def lines(*events: bytes) -> bytes:
    """A file of events."""
    return b"".join(each + b"\n" for each in events)
