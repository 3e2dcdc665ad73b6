"""Events a second, from HTTP to a readable view and from a file, against one real ``lotone up``.

The clock runs from the first byte sent until every event is decided, followed up and folded into every view. The
client prepares its bodies before; it shares the machine's cores with the server and PostgreSQL.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks import load
from infra.settings import Settings
from infra.store import store
from projections.api.hosting import settle

PARTS = 500
BATCH = "application/cloudevents-batch+json"
LOTONE = str(Path(sys.executable).parent / "lotone")


@contextmanager
def up(folder: Path) -> Iterator[int]:
    """A running ``lotone up`` on a free port; stopped as Ctrl-C would."""
    command = [LOTONE, "up", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"ready on http://[^:]+:(\d+)", line):
                yield int(found.group(1))
                break
        process.send_signal(signal.SIGINT)
        process.wait(60)


def post(port: int, bodies: list[bytes]) -> list[float]:
    """Send bodies one after another on one connection; seconds each took."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took: list[float] = []
    said = b"[]"
    for body in bodies:
        began = time.perf_counter()
        while True:
            connection.request("POST", "/events", body, {"content-type": BATCH})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 429:
                break
            time.sleep(0.05)
        assert answer.status == 202, said[:500]
        took.append(time.perf_counter() - began)
    connection.close()
    invalid = [found for found in json.loads(said) if found["status"] != "taken"] if took else []
    assert not invalid, invalid[:2]
    return took


def batches(events: list[bytes], size: int) -> list[bytes]:
    return [b"[" + b",".join(events[at : at + size]) + b"]" for at in range(0, len(events), size)]


def post_all(port: int, bodies: list[bytes], publishers: int) -> list[float]:
    """Several publishers, each on a connection of its own."""
    with ThreadPoolExecutor(publishers) as pool:
        shares = [bodies[n::publishers] for n in range(publishers)]
        return [seconds for took in pool.map(lambda share: post(port, share), shares) for seconds in took]


def over_http(events: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-"))
    try:
        with up(folder) as port, store(Settings(data=folder)) as base:
            post(port, batches(load.catalogue(PARTS), 1000))
            settle(base)
            seeds = count(1)
            for size, publishers in ((1000, 1), (100, 1), (100, 8), (10, 1), (10, 16), (1, 1), (1, 32)):
                number = max(1000, events // {1: 10, 10: 4}.get(size, 1))
                bodies = batches(list(load.movements(number, PARTS, next(seeds))), size)
                began = time.perf_counter()
                took = sorted(post_all(port, bodies, publishers))
                taken = time.perf_counter() - began
                settle(base)
                readable = time.perf_counter() - began
                p50, p99 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.99))
                rates = f"{number / taken:>6.0f} events/s taken, {number / readable:>6.0f} readable"
                print(f"  http, {size:>4} in a batch, {publishers:>2} at once: {rates}", end="")
                print(f"; a request p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def from_file(events: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-"))
    try:
        (folder / "catalogue.jsonl").write_bytes(b"\n".join(load.catalogue(PARTS)))
        (folder / "events.jsonl").write_bytes(b"\n".join(load.movements(events, PARTS)))
        environment = {**os.environ, "LOTONE_DATA": str(folder / "data")}
        command = [LOTONE, "publish", "--json"]
        subprocess.run(
            [*command, str(folder / "catalogue.jsonl")], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        began = time.perf_counter()
        subprocess.run([*command, str(folder / "events.jsonl")], check=True, env=environment, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - began
        print(f"  file, published: {events / took:>7.0f} events/s readable, starting and stopping everything included")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(events: int) -> None:
    """Both ways in."""
    print(f"throughput, {events} events over {PARTS} parts")
    over_http(events)
    from_file(events)
