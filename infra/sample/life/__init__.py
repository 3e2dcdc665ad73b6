"""The world around a factory, simulated: it reads what was decided, and answers as upstream systems do."""
