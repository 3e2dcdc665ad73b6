"""Upstream may publish in transactions: what isn't committed yet, or never will be, is nothing to be taken."""

from contextlib import closing

from confluent_kafka import Producer

from infra.kafka.fetching import Fetcher
from infra.kafka.topics import Topics, prepare
from infra.queue.port import INTAKE
from tests.integration.processes import until


def test_records_of_a_transaction_that_is_open_are_no_backlog(broker: str, prefix: str) -> None:
    topics = Topics({"inventory": 1}, prefix)
    prepare(broker, topics)
    place = (topics.name(INTAKE, "inventory"), 0)
    upstream = Producer({"bootstrap.servers": broker, "transactional.id": place[0]})
    upstream.init_transactions(20)
    upstream.begin_transaction()
    upstream.produce(place[0], b"told", partition=0)
    assert upstream.flush(20) == 0
    with closing(Fetcher(broker)) as fetcher:
        assert fetcher.bounds(place) == (0, 0)
        assert fetcher.ends([place]) == {place: 0}
        upstream.commit_transaction(20)
        until(lambda: fetcher.ends([place])[place] > 0)
        assert [record.value for record in fetcher.read(place, 0, 9, fetcher.bounds(place)[1])] == [b"told"]
