"""A small factory of our own making, for ``lotone demo``: it makes cargo bicycles. Master data and a fortnight."""

from infra.sample.events import DIRECTORY, MONDAY, days, fortnight

__all__ = ["DIRECTORY", "MONDAY", "days", "fortnight"]
