"""What every payload is made of: frozen pydantic models, in three kinds of message and one of fact.

The naming rule, in one line: a *request* and a *command* are imperative (``ReserveStock``), an *observation*
is a bare past participle (``Received``), a *fact* is a noun and a past participle (``StockReceived``).
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value that knows all its fields: an unknown one is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
