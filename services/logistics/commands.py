"""What this service decides on."""

from events.logistics.messages import LogisticsMessage

__all__ = ["LogisticsMessage"]
