"""Run this service alone: ``python -m services.logistics``. ``lotone up`` runs all of them in one process."""

from infra.process import alone
from services.logistics.app import build

if __name__ == "__main__":
    alone(build())
