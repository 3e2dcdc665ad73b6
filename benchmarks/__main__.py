"""``python -m benchmarks NAME``: run one, and see what it measured."""

import argparse

from benchmarks import rebuild, stages, story, throughput


def main() -> None:
    """Choose a benchmark and its size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=["throughput", "stages", "rebuild", "story", "all"])
    parser.add_argument("--events", type=int, default=20_000, help="events for throughput and stages (20000)")
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts for rebuild (1000000)")
    parser.add_argument("--orders", type=int, default=1_000, help="orders for the story (1000)")
    chosen = parser.parse_args()
    sizes = {
        throughput.run: chosen.events, stages.run: chosen.events, rebuild.run: chosen.facts, story.run: chosen.orders,
    }
    for benchmark, size in sizes.items():
        if chosen.name in ("all", benchmark.__module__.rpartition(".")[2]):
            benchmark(size)


if __name__ == "__main__":
    main()
