"""The catalogue service, assembled."""

from events.service import Service
from services.catalogue.decide import decide
from services.catalogue.react import react
from services.catalogue.state import FOLD, Statements, dump, evolve, initial, load


def build() -> Service[Statements]:
    return Service("catalogue", initial, evolve, decide, react, FOLD, dump, load)
