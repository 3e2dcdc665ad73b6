"""Suppliers: purchase orders from placing to closing, and what suppliers say of themselves."""
