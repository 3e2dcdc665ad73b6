"""The planner, assembled."""

from events.service import Service
from infra.planning import Planning
from projections.planning.planner import LotonePlanner
from projections.planning.react import react
from projections.planning.requests import FOLD, Said, decide, dump, evolve, initial, load


def build() -> Planning:
    """Planning's rules for what people ask, and how a new planner is made."""
    service: Service[Said] = Service("planning", initial, evolve, decide, react, FOLD, dump, load)
    return Planning(service, LotonePlanner)
