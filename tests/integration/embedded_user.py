"""A process that uses a folder's embedded PostgreSQL: ``python -m … FOLDER [wait]``; it prints the server's id."""

import signal
import sys
from pathlib import Path

from infra.embedded import EmbeddedPostgres
from tests.integration.processes import say

if __name__ == "__main__":
    with EmbeddedPostgres(sys.argv[1]):
        say((Path(sys.argv[1]) / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        if sys.argv[2:]:
            signal.pause()
