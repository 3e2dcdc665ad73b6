"""A stream of the catalogue. All that a decision needs is in the reference, which is every stream folded; so what is
kept for one stream is only how much was said in it."""

from dataclasses import dataclass

from events.catalogue.facts import CatalogueFact
from events.decision import Recorded

FOLD = 1


@dataclass(frozen=True, slots=True)
class Statements:
    """How many facts a stream holds."""

    count: int = 0


def initial(stream: str) -> Statements:  # noqa: ARG001 - all streams begin alike
    return Statements()


def evolve(state: Statements, fact: CatalogueFact, at: Recorded) -> Statements:  # noqa: ARG001
    return Statements(state.count + 1)


def dump(state: Statements) -> bytes:
    return str(state.count).encode()


def load(kept: bytes) -> Statements:
    return Statements(int(kept))
