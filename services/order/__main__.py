"""Run this service alone: ``python -m services.order``. ``lotone up`` runs all of them in one process."""

from infra.process import alone
from services.order.app import build

if __name__ == "__main__":
    alone(build())
