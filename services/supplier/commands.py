"""What this service decides on."""

from events.suppliers.messages import SupplierMessage

__all__ = ["SupplierMessage"]
