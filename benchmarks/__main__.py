"""``python -m benchmarks NAME``: run one, and see what it measured."""

import argparse

from benchmarks import rebuild, stages, throughput

NAMES = {"throughput": throughput.run, "stages": stages.run, "rebuild": rebuild.run}


def main() -> None:
    """Choose a benchmark and its size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--events", type=int, default=20_000, help="events for throughput and stages (20000)")
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts for rebuild (1000000)")
    chosen = parser.parse_args()
    for name in NAMES if chosen.name == "all" else [chosen.name]:
        NAMES[name](chosen.facts if name == "rebuild" else chosen.events)


if __name__ == "__main__":
    main()
