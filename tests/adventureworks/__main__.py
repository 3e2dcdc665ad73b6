"""python -m tests.adventureworks OUT_DIR writes the import directory and the history, and reports."""

import json
import sys
from pathlib import Path

from tests.adventureworks.contradictions import contradictions
from tests.adventureworks.convert import history, write_import
from tests.adventureworks.rows import ABSENT, Files


def main(arguments: list[str]) -> int:
    """Write both and report."""
    if len(arguments) != 1 or ABSENT:
        sys.stderr.write(f"{ABSENT or 'usage: python -m tests.adventureworks OUT_DIR'}\n")
        return 2
    files, out = Files(), Path(arguments[0])
    write_import(files, out / "import")
    events = history(files)
    with (out / "history.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
    lines = [f"{out / 'import'}: for lotone import"]
    lines += [f"{out / 'history.jsonl'}: {len(events)} events for lotone publish"]
    lines += ["", "What contradicts itself (told as it is):", *map(str, contradictions(files))]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
