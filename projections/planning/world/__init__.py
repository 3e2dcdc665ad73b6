"""What the planner knows: one part for each domain, folded from its facts, and the joins over them."""
