"""A rebuild's long fold shared out to processes of their own, each with some of the shards.

Python folds on one core however many there are. Since a shard's facts change only its own part of a view, processes
need to agree on nothing: each folds its shards in memory and copies its rows into the same new tables. What they are
told and what they answer are lines of JSON over their standard input and output, so that no address or password shows
in the list of processes.
"""

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any, Final

import orjson
import psycopg

from events.codec import decode
from infra.errors import Corrupt, Transient
from infra.ledger.port import Cursor, ShardId
from infra.ledger.postgres import PostgresLedger
from projections.first_fold import Folded, Progress, Targets, fold_first
from projections.ownership import Failure, connect
from projections.view import View
from projections.views import BY_NAME

WORTH: Final = 50_000
"""Facts that are worth starting processes for: each takes a second to start."""
_MOST: Final = 8


def workers_for(targets: Targets, cores: int | None = None) -> int:
    """How many processes to fold with: none beside ours unless there is enough to do, in enough shards."""
    sizes = [max(until.values(), default=0) for until in targets.values()]
    if sum(sizes) < WORTH:
        return 1
    return max(1, min(cores or os.cpu_count() or 1, sum(1 for size in sizes if size), _MOST))


def shared_out(targets: Targets, workers: int) -> list[dict[ShardId, Mapping[str, int]]]:
    """The shards, so many heaps of about the same size."""
    heaps: list[dict[ShardId, Mapping[str, int]]] = [{} for _ in range(workers)]
    sizes = [0] * workers
    for shard in sorted(targets, key=lambda shard: (-max(targets[shard].values(), default=0), shard)):
        least = sizes.index(min(sizes))
        heaps[least][shard] = targets[shard]
        sizes[least] += max(targets[shard].values(), default=0)
    return heaps


def fold_apart(
    dsn: str, views: Mapping[View, int], targets: Targets, workers: int, progress: Progress
) -> dict[str, Folded]:
    """``fold_first`` in so many processes. The views are those of ``VIEWS``."""
    folded = {view.name: Folded() for view in views}
    generations = {view.name: generation for view, generation in views.items()}
    with ExitStack() as stack, selectors.DefaultSelector() as answers:
        for heap in shared_out(targets, workers):
            process = stack.enter_context(_Process({"dsn": dsn, "views": generations, "shards": _plain(heap)}))
            answers.register(process.answers, selectors.EVENT_READ, process)
        while answers.get_map():
            for key, _ in answers.select():
                told = key.data.answer()
                progress(told.get("read", 0))
                if "folded" in told:
                    answers.unregister(key.fileobj)
                    for name, part in told["folded"].items():
                        folded[name].join(_folded(part))
    return folded


class _Process:
    """One of the processes; it is ended with the block."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "projections.rebuild_worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.answers: IO[bytes] = self._process.stdout
        with self._process.stdin as told:
            told.write(orjson.dumps(job))

    def answer(self) -> dict[str, Any]:
        """The next thing it says. Its errors are raised here."""
        line = self.answers.readline()
        told: dict[str, Any] = orjson.loads(line) if line else {"gone": self._process.wait()}
        if "corrupt" in told:
            raise Corrupt(*told["corrupt"])
        if "transient" in told:
            raise Transient(told["transient"])
        if "gone" in told:
            raise Transient(f"a process of the rebuild ended by itself ({told['gone']}); its own words are on stderr")
        return told

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self.answers.close()


def _plain(heap: Targets) -> list[tuple[str, int, dict[str, int]]]:
    return [(domain, shard, dict(until)) for (domain, shard), until in heap.items()]


def _folded(part: Mapping[str, Any]) -> Folded:
    failure = part["failure"]
    return Folded(
        {(domain, shard): Cursor(position, bytes.fromhex(hash_)) for domain, shard, position, hash_ in part["cursors"]},
        part["facts"], part["rows"], None if failure is None else Failure(*failure),
    )


def _told(folded: Folded) -> dict[str, Any]:
    failure = folded.failure
    return {
        "cursors": [(*shard, cursor.position, cursor.hash.hex()) for shard, cursor in folded.cursors.items()],
        "facts": folded.facts,
        "rows": folded.rows,
        "failure": failure and (failure.domain, failure.shard, failure.position, failure.reason),
    }


def main() -> None:
    """What a process does: read its job, fold, and say how it goes."""
    import gc

    gc.disable()
    job = orjson.loads(sys.stdin.buffer.read())
    for line in _work(job):
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
        sys.stdout.buffer.flush()


def _work(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    views = {BY_NAME[name]: generation for name, generation in job["views"].items()}
    targets = {(domain, shard): until for domain, shard, until in job["shards"]}
    try:
        with connect(job["dsn"]) as connection, PostgresLedger(job["dsn"]) as ledger:
            folded = fold_first(connection, ledger, views, targets, decode, _say)
    except Corrupt as error:
        yield {"corrupt": (error.domain, error.shard, error.position, error.what)}
    except (Transient, psycopg.OperationalError, psycopg.InterfaceError) as error:
        yield {"transient": str(error)}
    else:
        yield {"folded": {name: _told(part) for name, part in folded.items()}}


def _say(count: int) -> None:
    sys.stdout.buffer.write(orjson.dumps({"read": count}) + b"\n")
    sys.stdout.buffer.flush()


def known(views: Sequence[View]) -> bool:
    """Whether another process would know these views by their names."""
    return all(BY_NAME.get(view.name) is view for view in views)


if __name__ == "__main__":
    main()
