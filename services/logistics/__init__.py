"""Lanes and whether they are open; shipments from planning to proof of delivery, line by line."""
