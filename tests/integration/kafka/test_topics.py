"""Topics are made as they must be; one that is otherwise stops the start and says what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePatternFilter,
    ResourceType,
)

from infra.errors import Misfit, Transient
from infra.kafka.cluster import Cluster
from infra.kafka.topics import Topics, prepare, told_of


@pytest.fixture
def admin(broker: str) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=broker)
    yield client
    client.close()


def test_what_is_missing_is_made_and_what_is_there_is_kept(broker: str, prefix: str) -> None:
    topics = Topics({"catalogue": 1, "orders": 3}, prefix)
    first = prepare(broker, topics)
    assert sorted(first.ids) == sorted(topics.all())
    assert prepare(broker, topics).ids == first.ids


@pytest.mark.parametrize("found", [{}, {"orders.facts": {"partitions": []}}])
def test_a_topic_that_another_start_makes_at_this_moment_asks_only_for_another_start(found: dict[str, object]) -> None:
    with pytest.raises(Transient, match=r"orders\.facts was made just now, .* start again"):
        told_of(["orders.facts"], found)


def test_one_node_is_not_for_production_and_hears_it(broker: str, prefix: str) -> None:
    told = "\n".join(prepare(broker, Topics({"orders": 1}, prefix), "User:lotone").warnings)
    assert "fewer than 3 copies" in told
    assert "min.insync.replicas below 2" in told
    assert "the brokers have no authorizer" in told


def test_other_partitions_than_shards_are_refused(broker: str, prefix: str, admin: KafkaAdminClient) -> None:
    admin.create_topics({f"{prefix}orders.commands": {"num_partitions": 3}})
    with pytest.raises(Misfit, match=r"orders\.commands has 3 partitions, and the ledger has 2 shards"):
        prepare(broker, Topics({"orders": 2}, prefix))


@pytest.mark.parametrize(
    ("kind", "configs", "what"),
    [
        ("facts", {"cleanup.policy": "compact"}, "takes records away by their keys"),
        ("intake", {"cleanup.policy": "compact,delete"}, "takes records away by their keys"),
        ("facts", {"retention.ms": "604800000"}, "facts are kept for ever"),
        ("intake", {"retention.ms": "1000"}, "may go before it is taken"),
        ("commands", {"retention.bytes": "1000000"}, "may go before it is taken"),
        ("facts", {"max.message.bytes": "1048588"}, "set max.message.bytes to 33554432"),
    ],
)
def test_what_would_lose_records_is_refused(
    broker: str, prefix: str, admin: KafkaAdminClient, kind: str, configs: dict[str, str], what: str
) -> None:
    topics = Topics({"orders": 1}, prefix)
    prepare(broker, topics)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.name(kind, "orders"), configs=configs)])
    with pytest.raises(Misfit, match=what):
        prepare(broker, topics)


def test_what_upstream_leaves_in_the_clear_is_kept_as_long_as_was_said_and_no_longer(
    broker: str, prefix: str, admin: KafkaAdminClient
) -> None:
    topics = Topics({"orders": 1}, prefix)
    assert not any("in the clear" in told for told in prepare(broker, topics, intake_days=30).warnings)
    names = [topics.name(kind, "orders") for kind in ("intake", "commands", "facts")]
    told = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])["topic"]
    assert [told[name]["retention.ms"]["value"] for name in names] == [str(30 * 24 * 3600 * 1000), "-1", "-1"]
    with pytest.raises(Misfit, match=r"LOTONE_KAFKA_INTAKE_DAYS says 7 days: set its retention\.ms to 604800000"):
        prepare(broker, topics, intake_days=7)
    assert any("in the clear" in told for told in prepare(broker, topics).warnings)


def test_a_domain_that_this_ledger_has_not_is_a_misfit() -> None:
    with pytest.raises(Misfit, match="no topic intake for planning"):
        Topics({"orders": 1}).name("intake", "planning")


def test_brokers_that_are_not_there_are_waited_for() -> None:
    with pytest.raises(Transient, match="nobody listens at"):
        prepare("127.0.0.1:9", Topics({"orders": 1}))


def test_only_we_may_write_commands_where_the_brokers_see_to_that(tmp_path: Path) -> None:
    cluster = Cluster(
        tmp_path,
        {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        },
    )
    cluster.up()
    try:
        topics = Topics({"orders": 1})
        assert any("LOTONE_KAFKA_PRINCIPAL" in told for told in prepare(cluster.bootstrap, topics).warnings)
        assert not any("ACL" in told for told in prepare(cluster.bootstrap, topics, "User:lotone").warnings)
        assert writers(cluster.bootstrap) == {("orders.commands", "User:lotone"), ("orders.facts", "User:lotone")}
    finally:
        cluster.down()


def writers(bootstrap: str) -> set[tuple[str, str]]:
    """Who may write where."""
    everywhere = ResourcePatternFilter(ResourceType.TOPIC, None, ACLResourcePatternType.ANY)
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        found, _ = client.describe_acls(
            ACLFilter(None, None, ACLOperation.WRITE, ACLPermissionType.ALLOW, everywhere)
        )
        return {(acl.resource_pattern.resource_name, acl.principal) for acl in found}
    finally:
        client.close()
