"""What the planner decides, what people say about it, and what then stands."""
