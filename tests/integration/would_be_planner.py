"""A process that plans, or stands by, with the tiny planner: ``python -m …``; settings come from the environment."""

from infra.process import planning_alone
from tests.tiny_planner import tiny

if __name__ == "__main__":
    planning_alone(tiny())
