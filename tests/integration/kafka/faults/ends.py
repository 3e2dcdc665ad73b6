"""What must hold once everything has died often enough: compared with what was told, with itself, and with Kafka.

In which order the events were taken doesn't matter to any of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final

import psycopg
from confluent_kafka import Consumer, TopicPartition

from events.codec import decode
from events.decision import Recorded
from infra.edge import OURS
from infra.kafka.queue import KafkaQueue
from infra.kafka.records import header
from infra.kafka.topics import FACTS
from infra.planning import PLANNER
from infra.reactions import queued
from infra.store import Store
from projections.api.system import planning, services
from tests.integration.chain_kills.ends import everything
from tests.integration.kafka.faults.history import Told
from tests.integration.kafka.faults.telling import expected
from tests.properties.test_inventory import Book, check_claims
from tests.properties.test_suppliers import adds_up
from tests.story import after

_SHOWN: Final = 5
_SILENT: Final = 60
Place = tuple[str, int]


def some(what: str, found: Iterable[Any]) -> Iterator[str]:
    """The first few of what differs, and how many there are."""
    if odd := list(found):
        yield f"{len(odd)} {what}: {', '.join(map(str, odd[:_SHOWN]))}"


def outcomes(base: Store, told: Iterable[Told]) -> Counter[str]:
    """How many of the events that were told ended how."""
    wanted, found = dict(expected(told)), _taken(base)
    return Counter(found[key][0] if key in found else "refused at the door" for key in wanted)


def differences(base: Store, told: Iterable[Told]) -> Iterator[str]:
    """All that is read from ledger and topics alone; proofs that decide and fold again are made elsewhere."""
    facts = everything(base)
    yield from taken_once(base, told)
    yield from decided_once(base, facts)
    yield from followed_once(base, facts)
    yield from conserved(facts)
    yield from published(base, facts)


def _taken(base: Store) -> Mapping[tuple[str, str], tuple[str, str, int, int, int]]:
    with psycopg.connect(base.dsn) as connection:
        rows = connection.execute("SELECT source, id, outcome, domain, shard, first, last FROM lotone.taken").fetchall()
    return {(source, id): tuple(rest) for source, id, *rest in rows}


def taken_once(base: Store, told: Iterable[Told]) -> Iterator[str]:
    """Every event was decided, is parked or was rejected; and nothing else was taken."""
    wanted, found = dict(expected(told)), _taken(base)
    with psycopg.connect(base.dsn) as connection:
        refused = {(source, id) for source, id in connection.execute("SELECT source, id FROM lotone.rejected")}
        parked = {(source, id) for source, id in connection.execute("SELECT source, id FROM lotone.parked")}
    yield from some("events are lost", (key for key, fits in wanted.items() if fits and key not in found))
    yield from some("unfit events are lost", (key for key, fits in wanted.items() if not fits and key not in refused))
    yield from some("were never told", (key for key in found if key not in wanted and not key[0].startswith(OURS)))
    said = {key for key, (outcome, *_) in found.items() if outcome == "parked"}
    yield from some("are parked and not marked so, or the other way", sorted(said ^ parked))
    rejected = (key for key, (outcome, *_) in found.items() if outcome == "rejected" and key not in refused)
    yield from some("are rejected and nothing says why", rejected)


def decided_once(base: Store, facts: Iterable[Recorded]) -> Iterator[str]:
    """The facts of a cause follow one another, all of one append, and are what its outcome says."""
    of_cause: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for at in facts:
        of_cause[at.domain, at.source, at.cause].append((at.shard, at.position))
    found = _taken(base)
    for (domain, source, cause), places in of_cause.items():
        shards, positions = {shard for shard, _ in places}, [position for _, position in places]
        if len(shards) != 1 or positions != list(range(positions[0], positions[0] + len(positions))):
            yield f"{source} {cause} was decided more than once in {domain}: {places[:_SHOWN]}"
        elif source != PLANNER:
            says = found.get((source, cause))
            if says != ("decided", domain, places[0][0], positions[0], positions[-1]):
                yield f"{source} {cause} has facts at {domain} {places[0]} to {positions[-1]}, and says {says}"
    ids = Counter(at.id for at in facts)
    yield from some("fact ids are there twice", (id for id, count in ids.items() if count > 1))


def followed_once(base: Store, facts: Iterable[Recorded]) -> Iterator[str]:
    """What follows from each fact was taken, and nothing that doesn't."""
    found = {key for key in _taken(base) if key[0].startswith(OURS)}
    react = {service.domain: service.react for service in (*services(), planning().service)}
    shards, wanted = base.genesis.shards, set[tuple[str, str]]()
    for at in facts:
        for number, command in enumerate(react[at.domain](decode(at), at)):
            one = queued(command, at, number, shards)
            wanted.add((one.source, one.id))
    yield from some("commands are lost", sorted(wanted - found))
    yield from some("commands follow from nothing", sorted(found - wanted))


def conserved(facts: Iterable[Recorded]) -> Iterator[str]:
    """Material adds up in every bucket, claims and purchase order lines too, and nothing is promised twice."""
    streams: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for at in facts:
        if at.domain in ("inventory", "suppliers"):
            streams[at.domain, at.stream].append(at)
    made = {service.domain: service for service in services()}
    for (domain, stream), records in streams.items():
        state, book = made[domain].initial(stream), Book()
        for at in records:
            fact = decode(at)
            if domain == "inventory":
                book.fold(fact)
            state = made[domain].evolve(state, fact, at)
        try:
            _adds_up(domain, state, book)
        except AssertionError as error:
            yield f"{stream} doesn't add up: {error}"
    books = after.Books()
    books.add(facts)
    yield from some("things are odd", after.unkept(books))


def _adds_up(domain: str, state: Any, book: Book) -> None:
    if domain == "suppliers":
        for line in state.order.lines.values() if state.order else ():
            adds_up(line)
        return
    for bucket, shelf in state.shelves.items():
        assert shelf.on_hand == book.on_hand(bucket), f"{bucket}: {shelf.on_hand} is not {book.on_hand(bucket)}"
    assert {bucket for bucket, _ in book.accounts} <= state.shelves.keys()
    check_claims(SimpleNamespace(book=book), state)  # type: ignore[arg-type]


def published(base: Store, facts: Iterable[Recorded]) -> Iterator[str]:
    """Each fact is in its topic with its hash; without repeats they stand there as in the ledger."""
    wanted: dict[Place, list[bytes]] = defaultdict(list)
    for at in facts:
        wanted[at.domain, at.shard].append(at.hash)
    heard, odd = read_topics(base)
    yield from odd
    for place, hashes in sorted(wanted.items()):
        if heard.get(place, []) != hashes:
            yield f"topic {place[0]}.facts, partition {place[1]}: {len(heard.get(place, []))} of {len(hashes)} facts"


def repeats(base: Store) -> int:
    """How many facts were published more than once."""
    heads = sum(cursor.position for cursor in base.ledger.heads().values())
    assert isinstance(base.queue, KafkaQueue)
    return sum(base.queue.ends(FACTS).values()) - heads


def read_topics(base: Store) -> tuple[Mapping[Place, list[bytes]], list[str]]:
    """The hashes of facts by position, as whoever listens takes them, and what he can't take."""
    assert isinstance(base.queue, KafkaQueue)
    topics, bootstrap = base.queue.places.topics, base.settings.kafka_bootstrap
    told = {"group.id": "faults", "log_level": 0, "enable.auto.commit": False}
    consumer = Consumer({"bootstrap.servers": bootstrap, **told})
    heard: dict[Place, list[bytes]] = defaultdict(list)
    odd: list[str] = []
    try:
        for name, domain in topics.of(FACTS).items():
            for shard in range(topics.shards[domain]):
                _read(consumer, TopicPartition(name, shard, 0), heard[domain, shard], odd)
    finally:
        consumer.close()
    return heard, odd


def _read(consumer: Consumer, place: TopicPartition, hashes: list[bytes], odd: list[str]) -> None:
    _, end = consumer.get_watermark_offsets(place, timeout=30)
    consumer.assign([place])
    silent = 0
    while end and consumer.position([place])[0].offset < end and silent < _SILENT:
        found = consumer.consume(5_000, timeout=0.5)
        silent = 0 if found else silent + 1
        for message in found:
            headers: Any = message.headers() or ()
            position, hash_ = int(header(headers, "lotone_position") or 0), header(headers, "lotone_hash") or b""
            now = bytes.fromhex(hash_.decode())
            if position == len(hashes) + 1:
                hashes.append(now)
            elif position > len(hashes) or hashes[position - 1] != now:
                odd.append(f"{place.topic}/{place.partition}: position {position} after {len(hashes)}")
