"""The one place with IO: settings, ledger, queues, runtime, keys, PostgreSQL."""
