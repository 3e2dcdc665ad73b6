"""Routing: which supply covers which need, over which lanes, and why not another. Pure; ``planning/shapes.py`` tells
what it is asked and what it answers."""

from projections.routing.choice import route
from projections.routing.journey import journey, leaving, usual_transit

__all__ = ["journey", "leaving", "route", "usual_transit"]
