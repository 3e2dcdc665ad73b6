"""Replenishment: what stock asks for, and the one purchasing stage that merges it with what routing buys. Pure;
``planning/shapes.py`` tells what it is asked and what it answers."""

from projections.replenishment.purchasing import purchase
from projections.replenishment.stock import overstocked, reorder_needs, still_needed

__all__ = ["overstocked", "purchase", "reorder_needs", "still_needed"]
