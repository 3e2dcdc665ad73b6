"""What is going to happen in the simulated world, and what it has told.

Things happen in the order of their times, and of their names where those are equal: never in the order in which they
were planned, which depends on the order facts were read in.
"""

import heapq
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from events.codec import encode
from events.model import Payload
from events.register import entry

Event = dict[str, Any]
Act = Callable[[datetime], None]
BUYER, PORTAL, CARRIER, SHOP, PERSON = "erp", "supplier-portal", "carrier", "shop", "planner-desk"


class Agenda:
    """Acts to come, each at its time; events told, until somebody takes them."""

    def __init__(self, zone: str) -> None:
        self.zone: Final = ZoneInfo(zone)
        self._coming: list[tuple[datetime, str, int, Act]] = []
        self._told: list[tuple[datetime, str, str, Event]] = []
        self._count = 0

    def at(self, when: datetime, name: str, act: Act) -> None:
        """This happens then. ``name`` says what, and breaks ties."""
        self._count += 1
        heapq.heappush(self._coming, (when, name, self._count, act))

    def until(self, now: datetime) -> list[Event]:
        """Let everything happen up to now; what was told meanwhile, in order."""
        while self._coming and self._coming[0][0] <= now:
            when, _, _, act = heapq.heappop(self._coming)
            act(when)
        told = sorted(self._told, key=lambda one: one[:3])
        self._told = [one for one in told if one[0] > now]
        return [event for when, _, _, event in told if when <= now]

    @property
    def coming(self) -> int:
        """How much is still going to happen."""
        return len(self._coming) + len(self._told)

    def tell(self, source: str, id: str, body: Payload, at: datetime, who: str | None = None) -> Event:
        """Say that it happened ``at``. ``id`` is made of what it is about, so that saying it again is a repeat."""
        event: Event = {
            "specversion": "1.0", "id": id, "source": source, "type": entry(type(body)).wire,
            "time": at.astimezone(self.zone).isoformat(), "subject": body.stream, "timezone": self.zone.key,
            "actor": who or source, "data": from_json(encode(body)),
        }
        self.send(event)
        return event

    def send(self, event: Event) -> None:
        """Have an event arrive at its own time, whatever it is."""
        at = datetime.fromisoformat(event["time"])
        self._told.append((at, event["source"], event["id"], event))
