"""``python -m benchmarks NAME``: run one, and see what it measured."""

import argparse
from collections.abc import Callable

from benchmarks import chain, cost, faults, kafka, kills, latency, peers, planning, rebuild, stages, story, throughput
from infra.logs import configure
from infra.settings import Settings


def main() -> None:
    """Choose a benchmark and its size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[
        "throughput", "stages", "rebuild", "story", "planning", "chain", "kills", "kafka", "latency", "cost", "peers",
        "faults", "all",
    ])
    parser.add_argument("--events", type=int, help="events: 20000; for faults 100000")
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts for rebuild, and at last for cost: 1000000")
    parser.add_argument("--first", type=int, default=100_000, help="for cost: facts at the first measuring (100000)")
    parser.add_argument("--orders", type=int, help="orders of the bicycle maker, for story (1000) and kills (100)")
    parser.add_argument("--requirements", type=int, default=50_000, help="open requirements for planning (50000)")
    parser.add_argument("--bicycles", type=int, default=300, help="orders of a bicycle for chain (300)")
    parser.add_argument("--kills", type=int, help="for kills and faults: how many at random (100, 200)")
    parser.add_argument("--rate", type=int, default=500, help="for faults: events a second (500)")
    parser.add_argument("--minutes", type=float, default=45, help="for faults: in which they may begin (45)")
    parser.add_argument("--seed", type=int, default=faults.SEED, help=f"for faults: what befalls whom ({faults.SEED})")
    parser.add_argument("--profile", action="store_true", help="for planning: only say what takes the time")
    chosen = parser.parse_args()
    configure(Settings())
    events = chosen.events or 20_000
    sizes: dict[Callable[..., None], tuple[int, ...]] = {
        throughput.run: (events,), stages.run: (events,), kafka.run: (events,), latency.run: (events,),
        cost.run: (chosen.first, chosen.facts, events), peers.run: (events,),
        rebuild.run: (chosen.facts,),
        story.run: (1_000 if chosen.orders is None else chosen.orders,), chain.run: (chosen.bicycles,),
        planning.profile if chosen.profile else planning.run: (chosen.requirements,),
        kills.run: (chosen.kills or 100, 100 if chosen.orders is None else chosen.orders),
        faults.run: (
            chosen.events or 100_000, chosen.rate, 200 if chosen.kills is None else chosen.kills, chosen.seed,
            chosen.minutes,
        ),
    }
    for benchmark, size in sizes.items():
        if chosen.name in ("all", benchmark.__module__.rpartition(".")[2]):
            benchmark(*size)


if __name__ == "__main__":
    main()
