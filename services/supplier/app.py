"""The supplier service, assembled."""

from events.service import Service
from services.supplier.decide import decide
from services.supplier.order import State
from services.supplier.react import react
from services.supplier.state import FOLD, dump, evolve, initial, load


def build() -> Service[State]:
    """The rules of purchase orders, for the runtime to run."""
    return Service("suppliers", initial, evolve, decide, react, FOLD, dump, load)
