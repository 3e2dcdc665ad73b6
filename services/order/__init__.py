"""Customers' orders from placed to delivered, and runs from scheduled to built."""
