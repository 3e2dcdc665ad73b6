"""What samples of logistics' types are made of, beside what ``make.py`` knows by the names of fields."""

from typing import Any, Final

STORM: Final = "a storm on the pass"
LATER: Final = "2026-04-21T16:00:00Z"

SAMPLES: Final[dict[str, Any]] = {
    "lane": "proseware-bothell-road",
    "from_node": "supplier/proseware",
    "to_node": "site/bothell",
    "distance_km": "1240.5",
    "least": 20,
    "usual": 26,
    "most": 60,
    "fixed": "85",
    "per_kg": "0.42",
    "per_unit": "0.05",
    "cutoff": "14:00:00",
    "lanes": ["proseware-bothell-road"],
    "via": ["hub/spokane"],
    "depart_at": "2026-04-13T15:00:00Z",
    "arrive_at": "2026-04-17T07:00:00Z",
    "was_depart_at": "2026-04-12T15:00:00Z",
    "was_arrive_at": "2026-04-16T07:00:00Z",
    "carrier": "northwind-freight",
    "node": "hub/spokane",
    "hours": 30,
    "extra_hours": 12,
    "estimate": LATER,
    "departed_at": "2026-04-13T15:20:00Z",
    "reached_at": "2026-04-14T22:05:00Z",
    "arrives_at": "2026-04-17T07:00:00Z",
    "arrives_on": "2026-04-17",
    "movement": "inventory/1/815",
    "asked": "CancelShipment",
    "schedule": 1,
    "sent": "200",
    "arrived": "0",
    "lost": "0",
    "damaged": "3",
}
"""A value for each name of a field."""

EXCEPTIONS: Final[dict[str, Any]] = {
    "logistics.LaneFact.reason": STORM,
    "logistics.LaneObservation.reason": STORM,
    "logistics.LaneObservation.until": LATER,
    "logistics.LaneStateFact.until": LATER,
    "logistics.ShipmentFact.expected": LATER,
    "logistics.ShipmentFact.until": LATER,
    "logistics.ShipmentObservation.expected": LATER,
    "logistics.Delayed.hours": ...,  # it is one or the other
    "logistics.ShipmentObservation.reason": STORM,
    "logistics.ShipmentFact.reason": STORM,
    "logistics.ShipmentFact.was": "2026-04-17T07:00:00Z",
    "logistics.CancelShipment.reason": "the order was cancelled",
    "logistics.ShipmentCancelled.reason": "the order was cancelled",
    "logistics.Amounts.unit": "C62",
    "logistics.Damage.amount": "3",
    "logistics.Damaged.amount": "3",
    "logistics.Damage.reason": "dented boxes",
    "logistics.Damaged.reason": "dented boxes",
    "logistics.Capacity.quantity": {"amount": "9000", "unit": "KGM"},
    "logistics.CarriedLine.was": 900000001,
    "logistics.ShipmentCommand.quantity": {"amount": "200", "unit": "C62"},
    "logistics.ShipmentCommand.short": {"amount": "2", "unit": "C62"},
    "logistics.Moved.amount": "198",
    "logistics.Moved.short": "2",
    "logistics.ShipmentDiscrepancyFound.amount": "2",
    "logistics.ShipmentDiscrepancyFound.detail": "198 sent, 200 planned",
    "logistics.Trouble.problem": "it has left",
    "logistics.Trouble.field": "shipment",
    "logistics.Trouble.remedy": "tell what becomes of it",
}
"""Where a name alone doesn't say it."""
