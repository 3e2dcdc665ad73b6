"""The order service, assembled."""

from events.service import Service
from services.order.decide import decide
from services.order.react import react
from services.order.state import FOLD, State, dump, evolve, initial, load


def build() -> Service[State]:
    """The rules of orders and runs, for the runtime to run."""
    return Service("orders", initial, evolve, decide, react, FOLD, dump, load)
