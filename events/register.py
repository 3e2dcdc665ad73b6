"""The one register of every type there is: its domain, kind, version, key and personal fields."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, get_args

from events.catalogue.facts import CatalogueFact
from events.catalogue.messages import CatalogueMessage
from events.inventory.facts import InventoryFact
from events.inventory.messages import InventoryMessage
from events.logistics.facts import LogisticsFact
from events.logistics.messages import LogisticsMessage
from events.model import Command, Fact, Observation, Payload, Request
from events.orders.facts import OrdersFact
from events.orders.messages import OrdersMessage
from events.planning.facts import PlanningFact
from events.planning.messages import PlanningMessage
from events.refusing import Refusing
from events.sealed import personal_fields
from events.suppliers.facts import SupplierFact
from events.suppliers.messages import SupplierMessage

PREFIX: Final = "lotone"


class Kind(StrEnum):
    """What a type may do: ask (and be refused), tell (and never be), be asked among ourselves, or stand."""

    REQUEST = "request"
    OBSERVATION = "observation"
    COMMAND = "command"
    FACT = "fact"


_BASES: Final[tuple[tuple[type[Payload] | type[Fact], Kind], ...]] = (
    (Request, Kind.REQUEST),
    (Observation, Kind.OBSERVATION),
    (Command, Kind.COMMAND),
    (Fact, Kind.FACT),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One type. ``wire`` is its name in a CloudEvent; ``personal`` the paths of its sealed fields."""

    model: type[Payload] | type[Fact]
    domain: str
    kind: Kind
    name: str
    version: int
    wire: str
    personal: tuple[str, ...]

    @property
    def schema_id(self) -> str:
        """The JSON Schema's name, and the last part of a ``dataschema`` address."""
        return f"{self.domain}.{self.name}.v{self.version}"


@cache
def entry(model: type[Payload] | type[Fact]) -> Entry:
    """A model's entry, read off the class."""
    kind = next(kind for base, kind in _BASES if issubclass(model, base))
    domain, name, version = model.DOMAIN, model.__name__, model.VERSION
    return Entry(model, domain, kind, name, version, f"{PREFIX}.{domain}.{name}.v{version}", personal_fields(model))


def _members(*unions: Any) -> tuple[Any, ...]:
    return tuple(member for union in unions for member in get_args(union))


MESSAGES: Final = tuple(
    entry(model)
    for model in _members(
        CatalogueMessage, OrdersMessage, InventoryMessage, SupplierMessage, LogisticsMessage, PlanningMessage
    )
)
FACTS: Final = tuple(
    entry(model)
    for model in _members(CatalogueFact, OrdersFact, InventoryFact, SupplierFact, LogisticsFact, PlanningFact)
)
EVERYTHING: Final = MESSAGES + FACTS

BY_WIRE: Final = {found.wire: found for found in MESSAGES}
"""What may arrive, by CloudEvent type."""
BY_FACT: Final = {(found.domain, found.name): found for found in FACTS}
"""What may stand in the ledger, by domain and name, at its newest version."""
REFUSING: Final = frozenset((found.domain, found.name) for found in FACTS if issubclass(found.model, Refusing))
"""The facts among them that say that what was asked isn't done."""
DOMAINS: Final = ("catalogue", "orders", "inventory", "suppliers", "logistics", "planning")
"""The domains of this release, in the order that breaks ties."""
