"""The logistics service, assembled."""

from events.service import Service
from services.logistics.decide import decide
from services.logistics.react import react
from services.logistics.shipment import State
from services.logistics.state import FOLD, dump, evolve, initial, load


def build() -> Service[State]:
    """The rules of lanes and shipments, for the runtime to run."""
    return Service("logistics", initial, evolve, decide, react, FOLD, dump, load)
