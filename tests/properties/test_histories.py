"""Random histories through the door, the runtime and all services: what must hold whatever is told, and whatever
happens to those who decide."""

from collections import Counter, defaultdict
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.codec import decode, encode
from events.decision import Recorded
from events.inventory import facts as f
from events.suppliers import facts as sf
from infra.ledger.verify import verify
from infra.runtime import Limits
from infra.sharding import shard_of
from services.catalogue.app import build as catalogue
from services.inventory.app import build as inventory
from services.logistics.app import build as logistics
from services.order.app import build as order
from services.supplier.app import build as supplier
from tests.plant import SHARDS, Plant
from tests.properties.telling import Again, Key, New, Played, Step, anything, at_one_shard, histories, play
from tests.properties.test_inventory import Book, check_claims
from tests.properties.test_suppliers import adds_up

SERVICES = {service.domain: service for service in (catalogue(), order(), inventory(), supplier(), logistics())}
ordinary = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
limits = st.builds(
    Limits, batch=st.sampled_from([1, 2, 5, 500]), snapshot=st.sampled_from([1, 3, 1000]),
    states=st.sampled_from([1, 2, 1000]),
)
"""Batches of any size, snapshots at every fact or never, and a cache that holds one stream or all of them."""


@ordinary
@given(histories(anything), limits)
def test_every_event_has_one_outcome_and_nothing_stays_undecided(history: list[Step], limits: Limits) -> None:
    played = play(history, limits)
    ledger, plant = played.ledger, played.plant
    told: dict[Key, list[bytes]] = defaultdict(list)
    for key, digest in played.deliveries:
        told[key].append(digest)
    taken = ledger.taken(told)
    assert ledger.parked() == []
    assert taken.keys() == told.keys()
    for key, digests in told.items():
        first, refusals = taken[key], ledger.rejected_of(*key)
        same = Counter(digests)[first.digest]
        assert same >= 1
        assert first.repeats == same - 1, "each repeat is counted"
        against = [refused for refused in refusals if refused.other_digest is not None]
        assert len(against) == len(digests) - same, "each contradiction is kept"
        assert {refused.other_digest for refused in against} <= {first.digest}
        assert len(refusals) - len(against) == (first.outcome == "rejected")
        assert {at.cause for at in ledger.facts_of(first)} <= {key[1]}
    facts = [at for domain in SERVICES for at in plant.facts(domain)]
    by_cause = Counter((at.source, at.cause) for at in facts)
    all_taken = ledger.taken(by_cause)
    assert all(count == all_taken[key].last - all_taken[key].first + 1 for key, count in by_cause.items())
    assert verify(ledger).ok


@ordinary
@given(histories(anything), limits)
def test_material_is_conserved_and_nothing_is_reserved_twice(history: list[Step], limits: Limits) -> None:
    plant = play(history, limits).plant
    for stream, records in by_stream(plant, "inventory").items():
        state, book = SERVICES["inventory"].initial(stream), Book()
        for at in records:
            fact = decode(at)
            book.fold(fact)
            state = SERVICES["inventory"].evolve(state, fact, at)
        for bucket, shelf in state.shelves.items():
            assert shelf.on_hand == book.on_hand(bucket)
        assert {bucket for bucket, _ in book.accounts} <= state.shelves.keys()
        check_claims(SimpleNamespace(book=book), state)  # type: ignore[arg-type]
    for stream, records in by_stream(plant, "suppliers").items():
        order = folded("suppliers", stream, records).order
        for line in order.lines.values() if order else ():
            adds_up(line)


@ordinary
@given(histories(anything), limits)
def test_what_follows_from_a_fact_follows_once(history: list[Step], limits: Limits) -> None:
    plant = play(history, limits).plant
    sent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for domain, service in SERVICES.items():
        for at in plant.facts(domain):
            fact = decode(at)
            for number, command in enumerate(service.react(fact, at)):
                if command.DOMAIN not in SERVICES:  # they are told, and decide elsewhere
                    continue
                [taken] = plant.ledger.taken([(f"lotone/{domain}/{at.shard}", f"{at.position}.{number}")]).values()
                assert taken.outcome in ("decided", "rejected")
                answers = [decode(answer) for answer in plant.ledger.facts_of(taken)]
                if isinstance(fact, f.StockReceived) and taken.outcome == "decided":
                    assert sum(isinstance(a, sf.PurchaseOrderReceived) and a.receipt == at.id for a in answers) <= 1
                    assert answers, "what came is followed, or what doesn't fit is said"
            match fact:
                case f.StockTransferred():
                    sent[fact.to_site, fact.part] += fact.amount
                case f.MovementReversed(undone="StockTransferred"):
                    sent[fact.other_site or "", fact.part] -= fact.amount or 0
                case f.TransferExpected():
                    sent[fact.site, fact.part] -= fact.amount
                case f.TransferWithdrawn():
                    sent[fact.site, fact.part] += fact.amount
    assert not any(sent.values()), "what was sent is expected"


@ordinary
@given(histories(anything), limits)
def test_what_is_kept_in_memory_is_what_the_record_says(history: list[Step], limits: Limits) -> None:
    plant = play(history, limits).plant
    for worker in plant.engine.workers:
        service = SERVICES[worker.domain]
        for stream, held in worker._states._held.items():
            records = plant.ledger.stream(worker.domain, worker.shard, stream)
            assert held.version == len(records)
            assert held.state == folded(worker.domain, stream, records)
            assert held.state == service.load(service.dump(held.state))
        assert len(worker._states._held) <= max(limits.states, 1)
        assert worker._waiting._parked == worker._waiting._by_name == {}
    for domain in SERVICES:
        for at in plant.facts(domain):
            handed = plant.handing._facts.get(at.hash)
            assert handed is None or (handed == decode(at) and encode(decode(at)) == at.data)


@ordinary
@given(histories(anything), limits)
def test_the_same_intake_with_the_same_cuts_gives_the_same_bytes(history: list[Step], limits: Limits) -> None:
    one, other = play(history, limits), play(history, limits)
    for domain in SERVICES:
        assert one.plant.facts(domain) == other.plant.facts(domain), "even positions, times and hashes"
    assert outcomes(one) == outcomes(other)


@ordinary
@given(histories(at_one_shard), limits)
def test_restarts_and_lost_appends_change_nothing_that_was_decided_from_intake(
    history: list[Step], limits: Limits
) -> None:
    """Commands may come to the suppliers' shards a little earlier or later; catalogue and inventory hear of none."""
    disturbed, calm = play(history, limits), play(history, limits, calmly=True)
    for domain in ("catalogue", "inventory"):
        assert decided(disturbed.plant, domain) == decided(calm.plant, domain)


@ordinary
@given(histories(at_one_shard), limits, limits)
def test_where_batches_are_cut_changes_no_stock_once_the_catalogue_is_known(
    history: list[Step], one: Limits, other: Limits
) -> None:
    """But for one id told to two shards: which of them hears of it first does depend on the cuts."""
    calm = [Step(word_for_word(step.told), "" if step.after in ("later", "back") else step.after) for step in history]
    first, second = (play(calm, each, calmly=True, defined=True) for each in (one, other))
    assert decided(first.plant, "inventory") == decided(second.plant, "inventory")


def word_for_word(told: New | Again) -> New | Again:
    """A contradiction as the repeat of what it contradicts."""
    return told if isinstance(told, New) else Again(told.back)


def by_stream(plant: Plant, domain: str) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = defaultdict(list)
    for at in plant.facts(domain):
        assert at.shard == shard_of(at.stream, SHARDS[domain])
        found[at.stream].append(at)
    return found


def folded(domain: str, stream: str, records: Any) -> Any:
    """A stream's state, from its first fact."""
    state = SERVICES[domain].initial(stream)
    for at in records:
        state = SERVICES[domain].evolve(state, decode(at), at)
    return state


def decided(plant: Plant, domain: str) -> list[Any]:
    """The decided bytes, shard by shard."""
    return [(at.shard, at.decided) for at in plant.facts(domain)]


def outcomes(played: Played) -> dict[Key, str]:
    keys = [key for key, _ in played.deliveries]
    return {key: taken.outcome for key, taken in played.ledger.taken(keys).items()}
