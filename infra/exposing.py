"""``/metrics`` and ``/healthz`` of a process that has no API of its own, on ``LOTONE_METRICS_PORT``.

``/healthz`` answers 200 while every part of the process runs, and 503 with what troubles it when one doesn't: a process
whose deciding thread is dead isn't healthy, though it answers. ``python -m infra.exposing`` asks it, for containers.
"""

import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from infra import logs, metrics
from infra.errors import Misfit
from infra.settings import Settings, read_settings

_log = structlog.get_logger("lotone.metrics")
Troubles = Callable[[], Sequence[str]]
Gauges = Callable[[], Iterator[GaugeMetricFamily]]


class _Told(Collector):
    """Gauges that are read when they are asked for."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return self._gauges()


class _Server(ThreadingHTTPServer):
    """Each asker in a thread of his own."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked may have gone meanwhile; what else goes wrong is told as all of our errors are."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            _log.error("not answered", why=logs.told(error))


@contextmanager
def exposed(settings: Settings, troubles: Troubles, gauges: Gauges = lambda: iter(())) -> Iterator[None]:
    """Answer until the block ends, if a port is set. ``gauges`` join what the process counts."""
    if not settings.metrics_port:
        yield
        return

    def told() -> Iterator[GaugeMetricFamily]:
        yield metrics.gauge(metrics.PARTS_FAILED, (((), len(troubles())),))
        yield from gauges()

    registry = CollectorRegistry()
    registry.register(_Told(told))
    where = (settings.host, settings.metrics_port)
    try:
        server = _Server(where, _answering(registry, troubles))
    except OSError as error:
        raise Misfit(
            f"metrics can't be told on {where[0]}:{where[1]} ({error}): set LOTONE_METRICS_PORT to a free port, or to 0"
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answering(registry: CollectorRegistry, troubles: Troubles) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Two addresses, and no log of who asks."""

        def do_GET(self) -> None:
            if self.path == "/metrics":
                body = generate_latest(metrics.PROCESS) + generate_latest(registry)
                self._answer(200, CONTENT_TYPE_LATEST, body)
            elif self.path == "/healthz":
                found = list(troubles())
                body = json.dumps({"status": "troubled" if found else "alive", "troubles": found}).encode()
                self._answer(503 if found else 200, "application/json", body)
            else:
                self._answer(404, "text/plain", b"there are /metrics and /healthz\n")

        def log_message(self, *_: Any) -> None:
            return

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def asked(port: int, path: str = "/healthz") -> str | None:
    """None when the process on this machine is well, else what is wrong."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode("utf-8", "replace")
    except OSError as error:
        return str(error)


def main(arguments: Sequence[str]) -> None:
    """Ask the process of this container how it is: its metrics port, or with the word ``api`` its API's readiness."""
    settings = read_settings()
    wrong = asked(settings.port, "/readyz") if list(arguments) == ["api"] else asked(settings.metrics_port)
    if wrong is not None:
        sys.exit(wrong[:2000])


if __name__ == "__main__":
    main(sys.argv[1:])
