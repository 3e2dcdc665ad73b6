"""Run this service alone: ``python -m services.catalogue``. ``lotone up`` runs all of them in one process."""

from infra.process import alone
from services.catalogue.app import build

if __name__ == "__main__":
    alone(build())
