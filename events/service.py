"""The shape of a service: three pure names, and what follows from its facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from events.catalogue.reference import Reference
from events.decision import Message, Outcome, Recorded
from events.model import Fact, Payload

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A domain's rules. The runtime (``infra/runtime.py``) does everything else.

    ``initial(stream)`` is the state before any fact. ``evolve(state, fact, at)`` returns the state after it, never
    refuses, and owns the state it is given: it may change it in place. ``decide(state, reference, message, now)``
    is pure. ``react(fact, at)`` names the commands that follow from a fact, with the same answer every time; a request
    may be one of them, where one of our own asks what others may ask too (``ReserveStock``).
    ``fold`` numbers the shape of the state: raise it whenever ``evolve`` or the state changes, so that snapshots of
    another shape are left aside; ``dump`` and ``load`` turn a state into a snapshot's bytes and back.
    """

    domain: str
    initial: Callable[[str], S]
    evolve: Callable[[S, Any, Recorded], S]
    decide: Callable[[S, Reference, Message[Any], datetime], Outcome]
    react: Callable[[Fact, Recorded], Sequence[Payload]]
    fold: int
    dump: Callable[[S], bytes]
    load: Callable[[bytes], S]
