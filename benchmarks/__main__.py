"""``python -m benchmarks NAME``: run one, and see what it measured."""

import argparse
from collections.abc import Callable

from benchmarks import chain, kills, planning, rebuild, stages, story, throughput


def main() -> None:
    """Choose a benchmark and its size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[
        "throughput", "stages", "rebuild", "story", "planning", "chain", "kills", "all",
    ])
    parser.add_argument("--events", type=int, default=20_000, help="events for throughput and stages (20000)")
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts for rebuild (1000000)")
    parser.add_argument("--orders", type=int, help="orders of the bicycle maker, for story (1000) and kills (100)")
    parser.add_argument("--requirements", type=int, default=50_000, help="open requirements for planning (50000)")
    parser.add_argument("--bicycles", type=int, default=300, help="orders of a bicycle for chain (300)")
    parser.add_argument("--kills", type=int, default=100, help="for kills: times that the story is killed (100)")
    parser.add_argument("--profile", action="store_true", help="for planning: only say what takes the time")
    chosen = parser.parse_args()
    sizes: dict[Callable[..., None], tuple[int, ...]] = {
        throughput.run: (chosen.events,), stages.run: (chosen.events,), rebuild.run: (chosen.facts,),
        story.run: (1_000 if chosen.orders is None else chosen.orders,), chain.run: (chosen.bicycles,),
        planning.profile if chosen.profile else planning.run: (chosen.requirements,),
        kills.run: (chosen.kills, 100 if chosen.orders is None else chosen.orders),
    }
    for benchmark, size in sizes.items():
        if chosen.name in ("all", benchmark.__module__.rpartition(".")[2]):
            benchmark(*size)


if __name__ == "__main__":
    main()
