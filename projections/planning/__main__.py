"""Run the planner alone, or stand by while another one plans: ``python -m projections.planning``."""

from infra.process import planning_alone
from projections.planning.app import build

if __name__ == "__main__":
    planning_alone(build())
