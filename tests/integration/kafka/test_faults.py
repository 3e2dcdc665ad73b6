"""One fault of each kind, on the distributed form while events come: nothing is lost, and nothing is done twice.

The long form, with three brokers and two processes of each, is ``python -m benchmarks faults``.
"""

import pytest

from infra.errors import NoKafka
from tests.integration.kafka.faults.campaign import Size
from tests.integration.kafka.faults.whole import tell
from tests.integration.processes import say

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(290)]

CREW = {
    "catalogue": 1, "inventory": 2, "order": 1, "supplier": 1, "logistics": 1, "relay": 1, "planner": 1,
    "projections": 1,
}
POINTS = {
    "inventory": ("append.in", "queue.put.after"), "relay": ("relay.between",), "planner": ("planner.decided",),
    "projections": ("views.in",),
}
ONE_OF_EACH = Size(
    kills=3, brokers=1, naps=1, zombies=1, outages=1, outage=3.0, workers=1, burst=80, gap=1.0, points=POINTS, most=2
)


def test_one_fault_of_each_kind_loses_nothing_and_does_nothing_twice() -> None:
    try:
        outcome = tell(2_000, 500, ONE_OF_EACH, 20261123, say, patience=120, crew=CREW, brokers=1)
    except NoKafka as error:
        pytest.skip(f"no Kafka: {error}")
    assert outcome.differences == []
    assert outcome.waiting == [], "each named point was come to"
    assert outcome.outcomes["decided"] + outcome.outcomes["parked"] + outcome.outcomes["refused at the door"] == (
        outcome.outcomes.total()
    )
