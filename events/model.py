"""What every payload is made of: frozen pydantic models, in three kinds of message and one of fact.

The naming rule, in one line: a *request* and a *command* are imperative (``ReserveStock``), an *observation*
is a bare past participle (``Received``), a *fact* is a noun and a past participle (``StockReceived``).
"""

from functools import cache
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict

_SET: Final = object.__setattr__


class Model(BaseModel):
    """A frozen value that knows all its fields: an unknown one is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def trusted(cls, **fields: Any) -> Self:
        """The same as calling the class, at a quarter of the cost, for values that were validated before.

        Nothing is checked or converted here: values come from a validated message, or are right by construction.
        """
        made = cls.__new__(cls)
        _SET(made, "__dict__", {**_defaults(cls), **fields})
        _SET(made, "__pydantic_fields_set__", set(fields))
        _SET(made, "__pydantic_extra__", None)
        _SET(made, "__pydantic_private__", None)
        return made


@cache
def _defaults(kind: type[Model]) -> dict[str, Any]:
    """All fields in their declared order, which is the order they are stored in; required ones are empty as yet."""
    return {name: None if field.is_required() else field.default for name, field in kind.model_fields.items()}


class Payload(Model):
    """What a message carries. ``stream`` is the one stream it concerns, and also the key that picks its shard."""

    DOMAIN: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @property
    def stream(self) -> str:
        """The stream this message is decided in, e.g. ``stock/SADDLE-1@plant``."""
        raise NotImplementedError(type(self).__name__)


class Request(Payload):
    """An event that asks; it may be refused, with reasons."""


class Observation(Payload):
    """An event that tells what happened; it is never refused. What it breaks is stated."""


class Command(Payload):
    """What one of our own services, or the planner, asks of another. Never accepted from outside."""


class Fact(Model):
    """What a service has recorded as so. Never changed, never deleted."""

    DOMAIN: ClassVar[str]
    VERSION: ClassVar[int] = 1
