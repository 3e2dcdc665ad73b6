"""A process that queues messages for both of inventory's shards: ``python -m … DSN PUTS``."""

import sys

from infra.postgres import open_pool
from infra.queue.port import INTAKE, Queued
from infra.queue.postgres import PostgresQueue
from tests.integration.processes import say


def main(dsn: str, puts: int) -> None:
    with open_pool(dsn) as pool:
        queue = PostgresQueue(pool)
        for _ in range(puts):
            queue.put(INTAKE, [Queued("inventory", shard, "urn:erp", "e", b"body") for shard in (1, 0)])
            say("queued")
    say("done")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
