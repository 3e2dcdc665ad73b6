"""Six weeks of the sample factory: what customers order, and what goes wrong; the world around it does the rest.

All of it is made up. It is the story of ``lotone demo``: two dozen orders that are promised, disrupted, re-routed,
built and delivered.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from events.planning.messages import SetPolicy
from events.planning.shapes import AutonomyRule, DecisionKind, PolicyShape
from infra.importing import read_directory
from infra.sample.life import script as s
from infra.sample.life.agenda import PERSON, SHOP
from infra.sample.life.chance import Chance
from infra.sample.life.story import Story
from infra.sample.offering import Offers, chosen, offers
from infra.sample.world import DIRECTORY, PLANT, ZONE

SEED: Final = 3
BEGINS: Final = datetime(2026, 1, 5, 18, tzinfo=ZONE)
"""The first evening: the Monday after the opening stock's cut-off."""
ORDERS: Final = 24
LONGEST: Final = 70
_PEOPLE: Final = ("Ada", "Bela", "Caro", "Deniz", "Elif", "Finn", "Gesa", "Hugo", "Ida", "Jon")
_MODELS: Final = ("LONG-1", "LONG-1", "TRIKE-1")
POLICY: Final = PolicyShape(
    currency="EUR", lateness_cost_per_day=Decimal(60), switch_threshold=Decimal(15), freeze_days=1,
    promise_slack_days=1, alone=tuple(
        AutonomyRule(kind=kind, up_to=Decimal(3000) if kind is DecisionKind.REORDER else None) for kind in DecisionKind
    ),
)


def weeks(seed: int = SEED, count: int = ORDERS) -> Story:
    """The story, with as many orders as are asked for."""
    found = read_directory(DIRECTORY)
    offered = offers(found.events)
    orders = [_order(offered, Chance(seed), n, count) for n in range(count)]
    return Story(
        seed=seed, zone=ZONE.key, begins=BEGINS, days=LONGEST, opening=[*found.events, _policy()],
        orders=orders, script=SCRIPT, noise=list(_noise(orders[0])), hours=(12, 18),
    )


SCRIPT: Final[tuple[s.Steps, ...]] = (
    s.Refuse(day=0),
    s.Override(day=4),
    s.Amend(day=3, frozen=False, by=1),
    s.CloseSupplier(day=3, supplier="REIFEN-NORD", days=12),
    s.Cancel(day=5, frozen=False),
    s.Scrap(day=4, for_order=True),
    s.Late(day=6, slack=False),
    s.Late(day=6, slack=True),
    s.Amend(day=8, frozen=True, by=-1),
    s.CloseSupplier(day=9, supplier="ANTRIEB", days=12, says=False),
    s.LoseStock(day=11, site=PLANT, part="RIM-26"),
    s.Cancel(day=12, frozen=True),
    s.CloseLane(day=14, days=6),
    s.Release(day=15),
)
"""The tyre maker has another supplier's tyres in its place, the motor maker nobody's."""


def _event(kind: str, domain: str, source: str, id: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": id, "source": source, "type": f"lotone.{domain}.{kind}.v1", "time": at.isoformat(),
        "timezone": ZONE.key, "actor": source, "data": data,
    }


def _policy() -> dict[str, Any]:
    told = SetPolicy.model_validate({**POLICY.model_dump(), "reason": "how we begin"})
    return _event("SetPolicy", "planning", PERSON, "policy/0", BEGINS, told.model_dump(mode="json"))


def _noise(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The shop sends an order twice, word by word, and then once more with another quantity, which can't both be true.
    It wants what nobody builds, and a choice that excludes another; and a warehouse forgets to say where."""
    at = datetime.fromisoformat(order["time"])
    yield {**deepcopy(order), "time": order["time"]}
    other = deepcopy(order)
    other["data"]["lines"][0]["schedules"][0]["quantity"]["amount"] = "9"
    yield other
    for name, part, choices in (
        ("SO-901", "LONG-9", []),
        ("SO-902", "LONG-1", [{"option": "BOX", "choice": "NONE"}, {"option": "RANGE", "choice": "FAR"}]),
    ):
        wrong = deepcopy(order["data"])
        wrong["number"] = name
        wrong["lines"][0] |= {"part": part, "options": choices}
        yield _event("PlaceOrder", "orders", SHOP, name, at + timedelta(days=1), wrong)
    yield _event("Received", "inventory", f"{PLANT}/wms", "wms-broken-1", at + timedelta(days=2), {
        "part": "BELL", "site": PLANT, "quantity": {"amount": "zwölf", "unit": "boxes"},
    })


def _workday(n: int) -> date:
    """The n-th working day after the story's first."""
    return BEGINS.date() + timedelta(days=1 + n + 2 * ((n + 1) // 5))


def _order(offered: Offers, chance: Chance, n: int, count: int) -> dict[str, Any]:
    number, day = f"SO-{101 + n}", _workday(n * 18 // count)
    at = datetime(day.year, day.month, day.day, 8, tzinfo=ZONE) + timedelta(minutes=chance.between(0, 500, number))
    person = f"customer-{chance.between(1, 30, number, 'who')}"
    wanted = day + timedelta(days=chance.between(11, 30, number, "wanted"))
    name, part = chance.pick(_PEOPLE, person), chance.pick(_MODELS, number, "model")
    return _event("PlaceOrder", "orders", SHOP, number, at, {
        "number": number, "customer": {"person": person, "value": name},
        "ship_to": {"person": person, "value": f"Lindenweg {chance.between(1, 80, person)}"},
        "destination": chance.pick(("zone/NORTH", "zone/SOUTH"), number, "where"),
        "priority": 10 if chance.happens(0.1, number, "urgent") else 0,
        "lines": [{
            "line": 1, "part": part, "site": PLANT, "options": chosen(offered, part, chance, number),
            "personalisation": {"person": person, "value": f"for {name}"},
            "schedules": [{
                "schedule": 1, "wanted": wanted.isoformat(),
                "quantity": {"amount": str(chance.pick((1, 1, 1, 1, 2), number, "many")), "unit": "C62"},
            }],
        }],
    })
