"""The outside: HTTP API, command line, and the one place that assembles everything (``system.py``)."""
