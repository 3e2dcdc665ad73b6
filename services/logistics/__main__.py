"""Run this service alone: ``python -m services.logistics``; or, with ``worker``, as one of its group on Kafka.

``lotone up`` runs all services in one process.
"""

import sys

from infra.process import started
from services.logistics.app import build

if __name__ == "__main__":
    started(build(), sys.argv[1:])
