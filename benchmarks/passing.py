"""Stock Faust, unchanged, that only passes records from topic to topic: what ``benchmarks/kafka.py`` compares with.

``python -m benchmarks.passing BOOTSTRAP FROM TO FOLDER``. It forwards events, its own way to pass them on.
"""

import sys
from typing import Any

import faust


def app(bootstrap: str, origin: str, target: str, folder: str) -> faust.App:
    """One agent, with the settings that Faust comes with."""
    found = faust.App(
        f"passing-{origin}", broker=f"kafka://{bootstrap}", value_serializer="raw", web_enabled=False, datadir=folder,
        store="memory://", topic_disable_leader=True, consumer_auto_offset_reset="earliest",
    )  # fmt: skip
    out = found.topic(target, value_serializer="raw")

    async def passing(stream: Any) -> None:
        async for event in stream.events():
            await event.forward(out)

    found.agent(found.topic(origin, value_serializer="raw"), name="passing")(passing)
    return found


if __name__ == "__main__":
    faust.Worker(app(*sys.argv[1:5]), quiet=True, loglevel="warning").execute_from_commandline()
