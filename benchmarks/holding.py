"""quixstreams as a peer: consume, decide, keep state, produce; what ``benchmarks/peers.py`` compares with.

``python -m benchmarks.holding EACH BOOTSTRAP FROM TO FOLDER``, by an interpreter that has what ``holding.txt`` pins;
Lotone's own hasn't. EACH is the records after which it commits, 0 for as it comes. ``Holding.java`` decides the same
in Kafka Streams; both are held against ``decided`` here.
"""

import sys
from typing import Any, Final

CARTON: Final = 12
_TAKES: Final = ("Issued", "ReserveStock")
_ASKS: Final = (*_TAKES, "Moved")


def decided(event: dict[str, Any], held: int) -> dict[str, Any]:
    """One fact of one event: there was enough, or it is refused; and what the stream holds afterwards."""
    data, kind = event["data"], event["type"].split(".")[2]
    asked = int(data["quantity"]["amount"]) * (CARTON if data["quantity"]["unit"] == "CT" else 1)
    enough = kind not in _ASKS or asked <= held
    if kind == "Received":
        held += asked
    elif kind == "Counted":
        held = asked
    elif kind in _TAKES and enough:
        held -= asked
    verdict = "Enough" if enough else "Refused"
    return {"type": verdict, "cause": event["id"], "part": data["part"], "asked": asked, "held": held}


def main(each: str, bootstrap: str, origin: str, target: str, folder: str) -> None:
    """One process, else with the settings that quixstreams comes with: RocksDB, and its changelog in Kafka."""
    from quixstreams import Application, State  # type: ignore[import-not-found]

    app = Application(
        bootstrap, consumer_group=origin, auto_offset_reset="earliest", state_dir=folder, loglevel="WARNING",
        commit_every=int(each),
    )

    def keeping(event: dict[str, Any], state: State) -> dict[str, Any]:
        fact = decided(event, state.get("held", 0))
        state.set("held", fact["held"])
        return fact

    frame = app.dataframe(app.topic(origin, value_deserializer="json"))
    frame.apply(keeping, stateful=True).to_topic(app.topic(target, value_serializer="json"))
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:6])
