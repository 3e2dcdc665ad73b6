"""Read models: what the facts amount to, folded into PostgreSQL tables and queried through the API."""
