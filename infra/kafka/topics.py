"""The topics of one ledger: made when they are missing, checked at every start, and told apart from others by their id.

For each domain there are ``<domain>.intake``, where anyone who may publish does, ``<domain>.commands``, where only we
do, and ``<domain>.facts``, which is kept for ever. Partition n is shard n.

The naive version creates topics when they aren't there and trusts them when they are. Then somebody adds a partition,
and every key hashes to another place; or turns compaction on, and facts of the same key vanish; or deletes a topic and
makes it anew, and offset 7 is another record than it was. Here each of these stops the start, with what to do about it.
"""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    KafkaError,
    SecurityDisabledError,
    TopicAlreadyExistsError,
)

from infra.errors import Misfit, Transient
from infra.kafka.brokers import Brokers, brokers_of
from infra.kafka.greeting import greet
from infra.queue.port import COMMANDS, INTAKE

FACTS: Final = "facts"
KINDS: Final = (INTAKE, COMMANDS, FACTS)
_DAY: Final = 24 * 3600 * 1000
LEAST: Final = 7 * _DAY
"""Milliseconds for which intake and commands must be kept at least, so that nothing goes before it was taken."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of one record that every topic must take at least: a fact may be eight times the largest event, as the door
admits it (``infra/edge.py``). At the brokers' own 1 MB, the first large fact would stop the relay."""
_KEPT: Final = {
    "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": str(LARGEST)
}
_UNKNOWN_TOPIC: Final = 3
_PATIENCE: Final = 30_000
_OURS: Final = (ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE, ACLOperation.DESCRIBE_CONFIGS)
_ANY: Final = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.TOPIC, None, ACLResourcePatternType.ANY),
)


@dataclass(frozen=True, slots=True)
class Topics:
    """Which topics a ledger has. ``shards`` is what its first record says; ``prefix`` sets ledgers apart that share a
    cluster."""

    shards: Mapping[str, int]
    prefix: str = ""

    def name(self, kind: str, domain: str) -> str:
        """The topic of a queue, or of a domain's facts. ``Misfit`` for a domain that this ledger doesn't have."""
        if domain not in self.shards:
            raise Misfit(f"there is no topic {kind} for {domain}: the ledger's first record says which there are")
        return f"{self.prefix}{domain}.{kind}"

    def all(self) -> Mapping[str, int]:
        """The partitions of every topic, by its name."""
        return {self.name(kind, domain): count for domain, count in sorted(self.shards.items()) for kind in KINDS}

    def of(self, kind: str) -> Mapping[str, str]:
        """The domain of each topic of a kind, by its name."""
        return {self.name(kind, domain): domain for domain in sorted(self.shards)}


@dataclass(frozen=True, slots=True)
class Checked:
    """Topics that are as they must be: their ids, and what isn't wrong but shouldn't be so in earnest."""

    ids: Mapping[str, UUID]
    warnings: Sequence[str]


@contextmanager
def administering(brokers: str | Brokers) -> Iterator[KafkaAdminClient]:
    """An admin client; ``Transient`` when the brokers don't answer, ``Misfit`` when they don't let us in."""
    at = brokers_of(brokers)
    bootstrap = at.bootstrap
    listening(bootstrap)
    try:
        greet(at)
        admin = KafkaAdminClient(**at.kafka_python(), client_id="lotone-admin")
        try:
            yield admin
        finally:
            admin.close()
    except AuthorizationError as error:
        raise Misfit(
            f"the brokers don't allow it to us ({error}): grant our user (LOTONE_KAFKA_USER) Create, Describe, "
            "DescribeConfigs, Read and Write on our topics, and Read on our groups (docs/operations.md)"
        ) from error
    except KafkaError as error:
        raise Transient(f"Kafka at {bootstrap} (LOTONE_KAFKA_BOOTSTRAP) doesn't answer: {error}") from error


def listening(bootstrap: str) -> None:
    """``Transient`` at once when none of the brokers is there."""
    if not any(_listens(server) for server in bootstrap.split(",")):
        raise Transient(f"nobody listens at {bootstrap} (LOTONE_KAFKA_BOOTSTRAP): are the brokers running?")


def _listens(server: str) -> bool:
    """kafka-python takes half a minute to say that nobody does."""
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5):
            return True
    except OSError:
        return False


def prepare(
    brokers: str | Brokers, topics: Topics, principal: str | None = None, intake_days: int | None = None
) -> Checked:
    """Make what is missing, refuse what doesn't fit (``Misfit``), find what isn't safe, protect the commands.

    ``intake_days``: what upstream itself publishes to intake, unsealed, stays so many days and no longer."""
    with administering(brokers) as admin:
        wanted = topics.all()
        found = _described(admin, wanted)
        missing = {name: count for name, count in wanted.items() if name not in found}
        if missing:
            _make(admin, missing, topics.of(INTAKE), intake_days)
            found = _described(admin, wanted)
            told_of(wanted, found)
        configs = _configs(admin, wanted)
        if wrong := [*_misfits(topics, found, configs), *_too_long(topics, configs, intake_days)]:
            raise Misfit("\n".join(wrong))
        warnings = [*_warnings(found, configs), *_unsealed(intake_days), *_protect(admin, topics, principal)]
        return Checked({name: UUID(topic["topic_id"]) for name, topic in found.items()}, warnings)


def _described(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, Any]:
    found = admin.describe_topics(list(names))
    return {topic["name"]: topic for topic in found if topic["error_code"] != _UNKNOWN_TOPIC}


def told_of(wanted: Iterable[str], found: Mapping[str, Any]) -> None:
    """``Transient`` while a topic that was made just now, by us or by another start, isn't told of by the brokers."""
    if absent := sorted(name for name in wanted if name not in found or not found[name]["partitions"]):
        raise Transient(f"{_short(absent)} was made just now, and the brokers don't tell of it yet: start again")


def _make(
    admin: KafkaAdminClient, missing: Mapping[str, int], intake: Mapping[str, str], intake_days: int | None
) -> None:
    """Together; whoever starts at the same moment may have made some, which are checked like all others."""
    for name, count in missing.items():
        bounded = intake_days is not None and name in intake
        kept = {**_KEPT, "retention.ms": str((intake_days or 0) * _DAY)} if bounded else _KEPT
        try:
            admin.create_topics(
                {name: {"num_partitions": count, "replication_factor": -1, "configs": kept}}, timeout_ms=_PATIENCE
            )
        except TopicAlreadyExistsError:
            continue
    admin.wait_for_topics(list(missing), timeout_ms=_PATIENCE)


def _configs(admin: KafkaAdminClient, names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    told = admin.describe_configs(asked, config_filter="all")["topic"]
    if hidden := sorted(name for name, entries in told.items() if "cleanup.policy" not in entries):
        raise Misfit(f"the brokers hide how {_short(hidden)} are kept: grant our user DescribeConfigs on our topics")
    return {name: {key: found["value"] for key, found in entries.items()} for name, entries in told.items()}


def _misfits(
    topics: Topics, found: Mapping[str, Any], configs: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    facts = topics.of(FACTS)
    for name, count in topics.all().items():
        has = len(found[name]["partitions"]) if name in found else 0
        if has != count:
            yield (
                f"topic {name} has {has} partitions, and the ledger has {count} shards there: partitions never change, "
                "so keep this topic aside under another cluster or LOTONE_KAFKA_PREFIX, and let this start make it anew"
            )
            continue
        told = configs[name]
        if told["cleanup.policy"] != "delete":
            yield (
                f"topic {name} has cleanup.policy={told['cleanup.policy']}, which takes records away by their keys: "
                "set it to delete, and compare the topic with the ledger before going on"
            )
        if int(told["max.message.bytes"]) < LARGEST:
            yield (
                f"topic {name} takes records of {told['max.message.bytes']} bytes at most, and one larger would stand "
                f"in the way of all behind it: set max.message.bytes to {LARGEST}"
            )
        kept, size = int(told["retention.ms"]), int(told["retention.bytes"])
        if name in facts and (kept, size) != (-1, -1):
            yield (
                f"topic {name} is kept for {kept} ms and {size} bytes, and facts are kept for ever: set retention.ms "
                "and retention.bytes to -1"
            )
        elif name not in facts and (0 <= kept < LEAST or size != -1):
            yield (
                f"topic {name} is kept for {kept} ms and {size} bytes, so that a record may go before it is taken: set "
                f"retention.ms to -1 (or {LEAST} at least) and retention.bytes to -1"
            )


def _too_long(
    topics: Topics, configs: Mapping[str, Mapping[str, str]], intake_days: int | None
) -> Iterator[str]:
    """Whoever says how long a person's fields may lie in the clear is kept to it."""
    for name in topics.of(INTAKE) if intake_days is not None else ():
        kept, most = int(configs[name]["retention.ms"]), (intake_days or 0) * _DAY
        if not 0 <= kept <= most:
            yield (
                f"topic {name} is kept for {kept} ms (-1: for ever), and LOTONE_KAFKA_INTAKE_DAYS says {intake_days} "
                f"days: set its retention.ms to {most}"
            )


def _unsealed(intake_days: int | None) -> Iterator[str]:
    if intake_days is None:
        yield (
            "what upstream itself publishes to intake lies there for ever, persons' fields in the clear: let upstream "
            "use POST /events, or set LOTONE_KAFKA_INTAKE_DAYS"
        )


def _warnings(found: Mapping[str, Any], configs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What loses records when a broker is lost. Said once for all topics that have it."""
    few = sorted(name for name, topic in found.items() if len(topic["partitions"][0]["replica_nodes"]) < 3)
    unsure = sorted(name for name, told in configs.items() if int(told["min.insync.replicas"]) < 2)
    unclean = sorted(name for name, told in configs.items() if told["unclean.leader.election.enable"] != "false")
    if few:
        yield f"fewer than 3 copies of {_short(few)}: in production keep 3"
    if unsure:
        yield f"min.insync.replicas below 2 of {_short(unsure)}: one lost disk loses what was acknowledged; set it to 2"
    if unclean:
        yield f"unclean.leader.election.enable on {_short(unclean)}: it forgets acknowledged records; set it to false"


def _short(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more topics" if len(names) > 2 else "")


def _protect(admin: KafkaAdminClient, topics: Topics, principal: str | None) -> Iterator[str]:
    """Let nobody but us write commands and facts, where the brokers can see to that."""
    try:
        admin.describe_acls(_ANY)
    except SecurityDisabledError:
        yield "no ACL for commands and facts: the brokers have no authorizer, so anyone who reaches them may write"
        return
    except ClusterAuthorizationFailedError:
        yield "who may write commands and facts is hidden from us: see to it by ACLs, or grant us Alter on the cluster"
        return
    if principal is None:
        yield "no ACL for commands and facts: name the user we connect as in LOTONE_KAFKA_PRINCIPAL, like User:lotone"
        return
    failed = admin.create_acls(
        [
            ACL(principal, "*", operation, ACLPermissionType.ALLOW, ResourcePattern(ResourceType.TOPIC, name))
            for name in (topics.name(kind, domain) for kind in (COMMANDS, FACTS) for domain in topics.shards)
            for operation in _OURS
        ]
    )["failed"]
    if failed:
        raise Misfit(f"the ACLs of commands and facts were refused ({failed[0]}): grant us Alter on the cluster")
