"""Brokers that ask everybody who he is: all our clients are let in by the same settings, and nobody else is where only
we may be."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml
from confluent_kafka import Consumer, KafkaError, Message, Producer
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)

from infra.errors import Misfit, NoKafka
from infra.kafka.brokers import Brokers
from infra.kafka.cluster import Cluster
from infra.kafka.topics import Topics, prepare
from infra.postgres import connect
from infra.settings import read_settings
from tests.integration.kafka.secured import PASSWORDS, certificates, secured
from tests.integration.kafka.workers import place
from tests.integration.processes import ROOT
from tests.plant import SITE, part

SERVICES: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


@dataclass
class Guarded:
    """Brokers that are up, and the certificate by which they are known."""

    cluster: Cluster
    authority: Path

    def brokers(self, user: str, password: str | None = None, mechanism: str = "PLAIN") -> Brokers:
        told = PASSWORDS[user] if password is None else password
        return Brokers(self.cluster.bootstrap, "SASL_SSL", mechanism, user, told, self.authority)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    cluster, authority = secured(tmp_path_factory.mktemp("secured"))
    try:
        cluster.up()
        made = Guarded(cluster, authority)
        admin = KafkaAdminClient(**made.brokers("broker").kafka_python())
        admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion("lotone", "SCRAM-SHA-512", PASSWORDS["lotone"])]
        )
        admin.close()
        yield made
    except NoKafka as error:
        pytest.skip(f"no Kafka: {error}")
    finally:
        cluster.down()


def test_a_wrong_password_is_told_at_once_and_says_what_to_look_at(guarded: Guarded) -> None:
    with pytest.raises(Misfit, match=r"don't let lotone in .*LOTONE_KAFKA_PASSWORD_FILE"):
        prepare(guarded.brokers("lotone", "a slip"), Topics({"orders": 1}))


def test_brokers_that_nobody_vouches_for_are_not_believed(guarded: Guarded, tmp_path: Path) -> None:
    other = Brokers(guarded.cluster.bootstrap, "SASL_SSL", "PLAIN", "lotone", "ours-only", certificates(tmp_path))
    with pytest.raises(Misfit, match=r"don't agree on TLS .*LOTONE_KAFKA_CA_FILE"):
        prepare(other, Topics({"orders": 1}))


def written(brokers: Brokers, topic: str) -> KafkaError | None:
    """What became of a record."""
    ends: list[KafkaError | None] = []
    producer = Producer({**brokers.librdkafka(), "log_level": 0})
    producer.produce(topic, b"{}", partition=0, on_delivery=lambda error, _: ends.append(error))
    assert producer.flush(30) == 0
    return ends[0]


def heard(brokers: Brokers, topic: str) -> Message:
    """The first thing that a reader hears of a topic."""
    settings = {"group.id": "anyone", "auto.offset.reset": "earliest", "log_level": 0, "enable.auto.commit": False}
    consumer = Consumer({**brokers.librdkafka(), **settings})
    try:
        consumer.subscribe([topic])
        found = consumer.poll(30)
        assert found is not None
        return found
    finally:
        consumer.close()


def test_workers_and_relay_are_let_in_and_only_they_write_commands_and_facts(
    guarded: Guarded, empty_database: str, prefix: str, tmp_path: Path
) -> None:
    """One worker proves who it is by PLAIN, the relay by SCRAM. Upstream has no rule against it in the intake."""
    (tmp_path / "password").write_text(PASSWORDS["lotone"] + "\n")
    told = {
        "LOTONE_KAFKA_SECURITY": "sasl_ssl",
        "LOTONE_KAFKA_SASL": "PLAIN",
        "LOTONE_KAFKA_USER": "lotone",
        "LOTONE_KAFKA_PASSWORD_FILE": str(tmp_path / "password"),
        "LOTONE_KAFKA_CA_FILE": str(guarded.authority),
    }
    stranger = guarded.brokers("stranger")
    with place(empty_database, guarded.cluster.bootstrap, prefix, tmp_path, forked=True) as there:
        worker = there.worker("catalogue", **told)
        there.until(lambda: "owning" in there.log(worker))
        there.relay(**told | {"LOTONE_KAFKA_SASL": "SCRAM-SHA-512"})
        producer = Producer({**stranger.librdkafka(), "log_level": 0})
        for event in (SITE, part("P-1")):
            headers = [("content-type", b"application/cloudevents+json")]
            producer.produce(f"{prefix}catalogue.intake", event, headers=headers)
        assert producer.flush(30) == 0
        there.until(lambda: there.outcomes().get("decided") == 2)
        fact = heard(guarded.brokers("lotone"), f"{prefix}catalogue.facts")
        assert fact.error() is None
        for topic in (f"{prefix}catalogue.commands", f"{prefix}orders.commands", f"{prefix}catalogue.facts"):
            refused = written(stranger, topic)
            assert refused is not None
            assert refused.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
            assert written(guarded.brokers("lotone"), topic) is None
        error = heard(stranger, f"{prefix}catalogue.facts").error()
        assert error is not None
        assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
        assert PASSWORDS["lotone"] not in there.log(worker)


def granted(row: str, prefix: str) -> Iterator[ACL]:
    """What a row of docs/operations.md would have our user be granted."""
    on, operations = (cell.strip() for cell in row.strip("|").split("|"))
    patterns = [name.replace("PREFIX", prefix).removesuffix("*") for name in re.findall(r"`(.+?)`", on)]
    kind = {"topics": ResourceType.TOPIC, "groups": ResourceType.GROUP}.get(on.split()[0], ResourceType.CLUSTER)
    places = [ResourcePattern(kind, name, ACLResourcePatternType.PREFIXED) for name in patterns]
    for word in re.findall(r"[A-Z][A-Za-z]+", operations.partition(":")[0]):
        operation = ACLOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).upper()]
        for place_ in places or [ResourcePattern(kind, "kafka-cluster")]:
            yield ACL("User:lotone", "*", operation, ACLPermissionType.ALLOW, place_)


def test_what_the_docs_say_our_user_needs_is_enough(empty_database: str, prefix: str, tmp_path: Path) -> None:
    """Where nobody may do anything that no rule allows him."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:topics|groups|the cluster).*\|$", page, re.MULTILINE)
    assert len(rows) == 3
    cluster, authority = secured(tmp_path, without_a_rule=False)
    (tmp_path / "password").write_text(PASSWORDS["lotone"])
    try:
        cluster.up()
        broker = Brokers(cluster.bootstrap, "SASL_SSL", "PLAIN", "broker", PASSWORDS["broker"], authority)
        admin = KafkaAdminClient(**broker.kafka_python())
        assert not admin.create_acls([acl for row in rows for acl in granted(row, prefix)])["failed"]
        told = {
            "LOTONE_KAFKA_SECURITY": "sasl_ssl", "LOTONE_KAFKA_SASL": "PLAIN", "LOTONE_KAFKA_USER": "lotone",
            "LOTONE_KAFKA_PASSWORD_FILE": str(tmp_path / "password"), "LOTONE_KAFKA_CA_FILE": str(authority),
        }  # fmt: skip
        with place(empty_database, cluster.bootstrap, prefix, tmp_path, forked=True) as there:
            worker = there.worker("catalogue", **told)
            there.until(lambda: "owning" in there.log(worker))
            planner, relay = there._start("planner", ["projections.planning"], told), there.relay(**told)
            pattern = ResourcePattern(ResourceType.TOPIC, f"{prefix}catalogue.intake")
            operations = (ACLOperation.WRITE, ACLOperation.DESCRIBE)
            admin.create_acls([ACL("User:stranger", "*", one, ACLPermissionType.ALLOW, pattern) for one in operations])
            stranger = Brokers(cluster.bootstrap, "SASL_SSL", "PLAIN", "stranger", PASSWORDS["stranger"], authority)
            producer = Producer({**stranger.librdkafka(), "log_level": 0})
            headers = [("content-type", b"application/cloudevents+json")]
            producer.produce(f"{prefix}catalogue.intake", SITE, headers=headers)
            assert producer.flush(30) == 0
            there.until(lambda: there.outcomes().get("decided") == 1 and "planning" in there.log(planner))
            with connect(empty_database) as connection:
                place_kept = "SELECT 1 FROM lotone.reader_cursor WHERE reader = %s AND domain = 'catalogue'"
                there.until(lambda: connection.execute(place_kept, [f"relay/{prefix}"]).fetchone())
            for process in (worker, planner, relay):
                assert "AUTHORIZATION" not in there.log(process)
        admin.close()
    except NoKafka as error:
        pytest.skip(f"no Kafka: {error}")
    finally:
        cluster.down()


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"kafka_security": "sasl_ssl"}, "asks for LOTONE_KAFKA_USER"),
        ({"kafka_user": "lotone"}, "set it to sasl_ssl"),
        ({"kafka_ca_file": "AUTHORITY"}, "uses no certificates"),
        ({"kafka_security": "ssl", "kafka_cert_file": "AUTHORITY"}, "go together"),
        ({"kafka_security": "ssl", "kafka_ca_file": "/nowhere.pem"}, "there is no file"),
        ({"kafka_security": "sasl_ssl", "kafka_password_file": "/nowhere"}, "PASSWORD_FILE can't be read"),
    ],
)
def test_settings_that_contradict_each_other_are_told(given: dict[str, str], what: str, tmp_path: Path) -> None:
    authority = certificates(tmp_path)
    asked = {name: str(authority) if value == "AUTHORITY" else value for name, value in given.items()}
    with pytest.raises(Misfit, match=what):
        Brokers.of(read_settings(kafka_bootstrap="127.0.0.1:9", **asked))


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    brokers = Brokers.of(read_settings(kafka_bootstrap="x:1", kafka_security="ssl", kafka_ca_file=tmp_path / "no.pem"))
    with pytest.raises(Misfit, match="files in PEM form"):
        brokers.kafka_python()


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Brokers("x:1", "SASL_SSL", "PLAIN", "lotone", "secret"))


def watched(cluster: Cluster, check: list[str]) -> None:
    """The check of health tells a broker that answers from one that is frozen, whose port still listens."""
    [broker] = cluster.nodes()
    assert broker.pid
    assert subprocess.run(check, check=False, timeout=30).returncode == 0
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        assert subprocess.run(check, check=False, timeout=30).returncode != 0
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def test_the_brokers_of_docker_compose_let_in_whom_they_should(tmp_path: Path) -> None:
    """Its very settings, but for addresses and folders; its script's rule for upstream is put here by hand."""
    passwords = {f"KAFKA_{name.upper()}_PASSWORD": f"word-of-{name}" for name in ("admin", "lotone", "upstream")}
    told = SERVICES["kafka"]["environment"]
    places = ("LISTENERS", "ADVERTISED", "QUORUM", "LOG_DIRS", "NODE_ID", "PROCESS_ROLES", "OUTSIDE", "CONTROLLER_L")
    properties = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in told.items()
        if name.startswith("KAFKA_") and not any(word in name.removeprefix("KAFKA_") for word in places)
    }
    for name, value in properties.items():
        filled = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: passwords[found[1]], value)
        properties[name] = filled.replace("INSIDE", "BROKER").replace("OUTSIDE:SASL_PLAINTEXT,", "")
    properties = {name.replace("inside", "broker"): value for name, value in properties.items()}
    users = {name: ("SASL_PLAINTEXT", "PLAIN", name, f"word-of-{name}") for name in ("admin", "lotone", "upstream")}
    cluster = Cluster(tmp_path / "composed", properties, Brokers("", *users["admin"]).kafka_python())
    cluster.up()
    try:
        well = SERVICES["kafka"]["healthcheck"]["test"][1:]
        watched(cluster, [one.replace("9092", cluster.bootstrap.rpartition(":")[2]).replace("$$", "$") for one in well])
        lotone, upstream = (Brokers(cluster.bootstrap, *users[name]) for name in ("lotone", "upstream"))
        assert not [told for told in prepare(lotone, Topics({"orders": 1}), "User:lotone").warnings if "ACL" in told]
        admin = KafkaAdminClient(**Brokers(cluster.bootstrap, *users["admin"]).kafka_python())
        pattern = ResourcePattern(ResourceType.TOPIC, "orders.intake")
        for operation in (ACLOperation.WRITE, ACLOperation.DESCRIBE):
            admin.create_acls([ACL("User:upstream", "*", operation, ACLPermissionType.ALLOW, pattern)])
        admin.close()
        assert written(upstream, "orders.intake") is None
        assert written(lotone, "orders.commands") is None
        for topic in ("orders.commands", "orders.facts"):
            refused = written(upstream, topic)
            assert refused is not None
            assert refused.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    finally:
        cluster.down()
