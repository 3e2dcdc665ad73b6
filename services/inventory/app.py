"""The inventory service, assembled."""

from events.service import Service
from services.inventory.book import State
from services.inventory.decide import decide
from services.inventory.react import react
from services.inventory.state import FOLD, dump, evolve, initial, load


def build() -> Service[State]:
    """The rules of stock, for the runtime to run."""
    return Service("inventory", initial, evolve, decide, react, FOLD, dump, load)
