"""Customers' orders, and the runs that build for them or for stock."""
