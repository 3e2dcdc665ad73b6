"""The schema's history, in plain SQL, applied in the order of the files' names by ``infra/migrate.py``."""
