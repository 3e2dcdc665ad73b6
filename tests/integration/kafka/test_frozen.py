"""Brokers that are frozen take connections and say nothing: who asks for readiness is told so, and soon."""

import socket
import time
from contextlib import closing
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.errors import Transient
from infra.kafka.topics import Topics
from projections.api.readiness import _backlog
from tests.integration.kafka.test_queue import opened


def test_brokers_that_never_answer_are_told_of_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        at = f"127.0.0.1:{frozen.getsockname()[1]}"
        with closing(opened(at, Topics({"inventory": 1}, "any."))) as queue:
            base: Any = SimpleNamespace(
                settings=SimpleNamespace(kafka_bootstrap=at), queue=queue, ledger=SimpleNamespace(offsets=dict)
            )
            began = time.monotonic()
            with pytest.raises(Transient, match="doesn't answer within 5 s"):
                _backlog(cast(Any, base))
            assert time.monotonic() - began < 7
