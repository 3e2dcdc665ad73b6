"""All views from a million facts, as a ratio to the floor measured in the same run.

The floor is what no rebuild can do without: read and decode the same facts, and copy as many rows of the same widths
into tables without indexes. What a rebuild does beyond it is folding, keys and indexes, and the swap.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import load
from benchmarks.place import PARTS, fill, fresh
from events.codec import decode
from infra.ledger.postgres import PostgresLedger
from infra.postgres import connect
from infra.store import Store
from projections.engine import ViewEngine
from projections.rebuild import rebuild_views
from projections.schema import SCHEMA
from projections.views import VIEWS

TABLES = tuple(table.name for view in VIEWS for table in view.tables)


def run(facts: int) -> None:
    """Fill, measure the floor, measure the rebuild."""
    print(f"rebuild of {len(VIEWS)} views from about {facts} facts")
    with fresh() as base:
        recorded, seed = 0, 1
        while recorded < facts:
            wanted = min(100_000, max(1_000, int((facts - recorded) * 0.8)))
            recorded = fill(base, list(load.movements(wanted, PARTS, seed)), say=f"filling, {recorded} facts so far")
            seed += 1
        views = ViewEngine(base.dsn, base.ledger, VIEWS)
        views.attach()
        views.close()
        rebuilt, seconds, memory = _apart(_rebuild, base.dsn)
        rows = {name: _copied_out(base, name) for name in TABLES}
        _, floor_read, floor_memory = _apart(_read_and_decode, base.dsn)
        floor_copy = _copy_in(base, rows)
        total = sum(len(text.splitlines()) for text in rows.values())
        floor = floor_read + floor_copy
        print(f"  facts {recorded}, rows {total}")
        parts = f"{floor_read:.1f} read and decode + {floor_copy:.1f} copy"
        print(f"  floor   {floor:6.1f} s ({parts}), {recorded / floor:.0f} facts/s, {floor_memory} MiB")
        print(f"  rebuild {seconds:6.1f} s, {recorded / seconds:.0f} facts/s, {memory} MiB")
        print(f"  ratio to the floor {floor / seconds:.2f}")
        failed = [found.failed for found in rebuilt if found.failed]
        assert not failed, failed


def _apart(work: Callable[[str], Any], dsn: str) -> tuple[Any, float, int]:
    """In a process of its own: the answer, the seconds, and the most memory it had, in MiB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, dsn))


def _measured(work: Callable[[str], Any], dsn: str) -> tuple[Any, float, int]:
    began = time.perf_counter()
    answer = work(dsn)
    return answer, time.perf_counter() - began, _peak()


def _peak() -> int:
    """The most memory of this process since it began, and of its largest child, in MiB. (``ru_maxrss`` of one's own
    would count what the parent held when it forked.)"""
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return (int(own.split()[1]) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024


def _rebuild(dsn: str) -> Any:
    with PostgresLedger(dsn) as ledger:
        return rebuild_views(dsn, ledger, VIEWS)


def _read_and_decode(dsn: str) -> int:
    wanted = {(fact.DOMAIN, fact.__name__) for view in VIEWS for fact in view.folds}
    count = 0
    with PostgresLedger(dsn) as ledger:
        for domain, shards in ledger.genesis().shards.items():
            for shard in range(shards):
                for at in ledger.scan(domain, shard):
                    if (at.domain, at.type) in wanted:
                        decode(at)
                        count += 1
    return count


def _copied_out(base: Store, table: str) -> bytes:
    say = f"COPY {SCHEMA}.{table} TO STDOUT".encode()
    with connect(base.dsn) as connection, connection.cursor() as cursor, cursor.copy(say) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy_in(base: Store, rows: dict[str, bytes]) -> float:
    with connect(base.dsn) as connection:
        for table in rows:
            connection.execute(f"CREATE TABLE floor_{table} (LIKE {SCHEMA}.{table})".encode())
        began = time.perf_counter()
        for table, text in rows.items():
            _load(connection, table, text)
        return time.perf_counter() - began


def _load(connection: psycopg.Connection[Any], table: str, text: bytes, block: int = 1 << 20) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY floor_{table} FROM STDIN".encode()) as copy:
        for at in range(0, len(text), block):
            copy.write(text[at : at + block])
