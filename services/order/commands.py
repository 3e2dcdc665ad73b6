"""What this service decides on."""

from events.orders.messages import OrdersMessage

__all__ = ["OrdersMessage"]
