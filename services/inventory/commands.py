"""What this service decides on."""

from events.inventory.messages import InventoryMessage

__all__ = ["InventoryMessage"]
