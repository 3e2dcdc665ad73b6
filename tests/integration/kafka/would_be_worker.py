"""A worker that decides nothing: ``python -m … BOOTSTRAP GROUP TOPIC OFFSET FOLDER [POLL [CLAIMING]]``, the offset
to begin at, the longest silence that is let pass, and the seconds that claiming a shard takes.

It says what it is given, slice by slice; a record that says ``fail`` makes its agent fail.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from faust import Worker
from faust.types import TP

from infra.kafka.transport import SliceApp
from tests.integration.processes import say


class Owner:
    """Begins where it's told to, after a while."""

    def __init__(self, offset: int, claiming: float) -> None:
        self.offset, self.claiming = offset, claiming

    async def begin(self, assigned: set[TP]) -> Mapping[TP, int]:
        say(f"begin {sorted(tp.partition for tp in assigned)}")
        await asyncio.sleep(self.claiming)
        return dict.fromkeys(assigned, self.offset)

    async def end(self) -> None:
        say("end")

    def room(self, tp: TP) -> bool:
        return True

    async def take(self, tp: TP, records: Sequence[Any]) -> None:
        say(f"slice {tp.partition} {records[0].offset} {len(records)}")
        if any(record.value == b"fail" for record in records):
            raise RuntimeError("as it was told to")


def main(
    bootstrap: str, group: str, topic: str, offset: str, folder: str, poll: str = "300", claiming: str = "0"
) -> None:
    logging.basicConfig(level=logging.ERROR)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    owner = Owner(int(offset), float(claiming))
    app = SliceApp(group, bootstrap, owner, 6.0, folder, 1)
    app.conf.broker_max_poll_interval = float(poll)
    app.slices([topic], owner.take)
    worker = Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
