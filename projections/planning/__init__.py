"""The planner: what it knows of all domains, and how it decides at a cut."""
