"""The one IO shell: taken once with all its effects, repeats harmless, waiting kept, nothing lost on the way."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest
from msgspec import structs

from events.codec import decode
from infra.edge import Admitted, original
from infra.errors import Conflict, Fenced, Transient
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Batch
from infra.ledger.verify import verify
from infra.queue.memory import MemoryQueue
from infra.queue.port import COMMANDS, INTAKE, Queued
from infra.queue.wire import pack, unpack
from infra.reactions import queued
from infra.runtime import Limits
from infra.sharding import shard_of
from services.inventory.app import build as inventory
from tests.plant import SHARDS, SITE, START, Plant, event, part, placed, received

KNOWN = (SITE, part("SADDLE"))


@pytest.fixture
def plant() -> Plant:
    return Plant()


def test_an_event_becomes_facts_that_name_their_cause(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1", amount="2", unit="CT"))
    [at] = plant.facts("inventory")
    assert (at.type, at.stream, at.source, at.cause, at.actor) == (
        "StockReceived",
        "stock/SADDLE@plant",
        "test",
        "r1",
        "test",
    )
    assert at.reference == 2
    assert plant.outcome("r1") == "decided"


def test_a_repeat_changes_nothing_and_is_counted(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1"), received("r1"))
    plant.later(days=365)
    plant.tell(received("r1"))
    assert plant.types("inventory") == ["StockReceived"]
    assert plant.ledger.taken([("test", "r1")])["test", "r1"].repeats == 2


def test_a_repeat_may_differ_in_spelling_but_not_in_content(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1", amount="10"), received("r1", amount="10.00"))
    assert plant.ledger.rejected() == []


def test_a_contradiction_is_rejected_with_both_digests_and_the_first_stands(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1", amount="10"), received("r1", amount="11"))
    [refused] = plant.ledger.rejected()
    first = plant.ledger.taken([("test", "r1")])["test", "r1"]
    assert refused.other_digest == first.digest
    assert refused.problems[0].field == "id"
    raw = original(plant.keys, refused)
    assert raw is not None
    assert b'"11"' in raw
    assert plant.types("inventory") == ["StockReceived"]


def test_what_refers_to_something_unknown_waits_and_is_released(plant: Plant) -> None:
    plant.tell(SITE, received("r1"))
    assert plant.outcome("r1") == "parked"
    assert plant.ledger.parked()[0].missing == ("part/SADDLE",)
    plant.tell(part("SADDLE"))
    assert plant.outcome("r1") == "decided"
    assert plant.types("inventory") == ["StockReceived"]
    assert plant.ledger.parked() == []


def test_waiting_survives_a_restart_during_which_it_became_known(plant: Plant) -> None:
    plant.tell(SITE, received("r1"))
    plant.publish(part("SADDLE"))
    after = Plant(plant.ledger, plant.queue, keys=plant.keys, cursors=plant.cursors)
    after.settle()
    assert after.outcome("r1") == "decided"


def test_what_waits_in_vain_is_rejected_with_its_bytes(plant: Plant) -> None:
    plant.tell(SITE, received("r1"))
    plant.later(days=8)
    plant.settle()
    assert plant.outcome("r1") == "rejected"
    [refused] = plant.ledger.rejected()
    assert "part/SADDLE" in refused.problems[0].problem
    assert b"SADDLE" in (original(plant.keys, refused) or b"")
    assert plant.ledger.parked() == []


def test_a_repeat_of_what_waits_is_a_repeat(plant: Plant) -> None:
    plant.tell(SITE, received("r1"), received("r1"))
    plant.tell(part("SADDLE"), received("r1"))
    assert plant.types("inventory") == ["StockReceived"]
    assert plant.ledger.taken([("test", "r1")])["test", "r1"].repeats == 2


def test_those_who_wait_are_released_in_the_order_they_came(plant: Plant) -> None:
    plant.tell(SITE, *(received(f"r{n}") for n in range(5)))
    plant.tell(part("SADDLE"))
    assert [at.cause for at in plant.facts("inventory")] == [f"r{n}" for n in range(5)]


def test_time_never_goes_back_within_a_shard(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1"))
    plant.now -= timedelta(hours=1)
    plant.tell(received("r2"))
    first, second = plant.facts("inventory")
    assert second.recorded_at >= first.recorded_at


def test_after_a_lost_append_everything_is_read_again(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.tell(*KNOWN)
    plant.publish(received("r1"))
    genuine = plant.ledger.append

    def lose(batches: object) -> None:
        raise Conflict("somebody was quicker")

    monkeypatch.setattr(plant.ledger, "append", lose)
    with pytest.raises(Conflict):
        plant.engine.step()
    monkeypatch.setattr(plant.ledger, "append", genuine)
    plant.engine.claim()
    plant.settle()
    assert plant.types("inventory") == ["StockReceived"]
    assert verify(plant.ledger).ok


def test_a_state_loaded_from_a_snapshot_decides_the_same() -> None:
    often, never = Plant(limits=Limits(snapshot=3)), Plant(limits=Limits(snapshot=10**6))
    for plant in (often, never):
        plant.tell(*KNOWN)
        for n in range(20):
            plant.tell(received(f"r{n}", amount=str(n + 1)))
            if plant is often:
                plant.engine.claim()
    assert [at.decided for at in often.facts("inventory")] == [at.decided for at in never.facts("inventory")]


@pytest.mark.parametrize("batch", [1, 2, 7, 500])
def test_the_size_of_batches_changes_no_decision(batch: int) -> None:
    events = [SITE, received("early"), part("SADDLE"), *(received(f"r{n}") for n in range(10)), received("r3")]
    one, other = Plant(limits=Limits(batch=batch)), Plant(limits=Limits(batch=3))
    for plant in (one, other):
        plant.tell(*events)
    assert sorted(at.decided for at in one.facts("inventory")) == sorted(at.decided for at in other.facts("inventory"))


def test_commands_that_follow_from_a_fact_are_sent_once_however_often_it_is_read(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1", line={"document": "PO-1", "line": 1}))
    sent = plant.queue.ends("commands")
    again = Plant(plant.ledger, plant.queue, keys=plant.keys)  # its cursors begin anew
    again.settle()
    assert sum(again.queue.ends("commands").values()) == 2 * sum(sent.values()) > 0
    assert len(again.ledger.parked("suppliers")) == 1


def test_one_id_told_to_two_shards_at_once_is_a_contradiction_and_stops_nobody(plant: Plant) -> None:
    plant.tell(SITE, part("SADDLE"), part("BELL"))
    assert shard_of("stock/SADDLE@plant", 2) != shard_of("stock/BELL@plant", 2)
    plant.tell(received("r1", "SADDLE"), received("r1", "BELL"), received("r2", "BELL"))
    assert [at.cause for at in plant.facts("inventory")] == ["r1", "r2"]
    [refused] = plant.ledger.rejected()
    assert refused.other_digest == plant.ledger.taken([("test", "r1")])["test", "r1"].digest


def test_what_waits_for_a_thing_is_tried_at_every_fact_of_it(plant: Plant) -> None:
    vendor = event("catalogue.DefineSupplier", "v", {"id": "V", "name": "V"})
    revision = event("catalogue.RevisePart", "rev", {"part": "SADDLE", "revision": "A"})
    plant.tell(*KNOWN, vendor, revision, received("r1", line={"document": "PO-1", "line": 1}))
    plant.tell(placed("p1", revision="NONE"))
    assert (plant.types("suppliers"), len(plant.ledger.parked())) == (["PurchaseOrderRefused"], 1)
    plant.tell(placed("p2", revision="A"))
    assert plant.types("suppliers") == ["PurchaseOrderRefused", "PurchaseOrderPlaced", "PurchaseOrderReceived"]
    assert plant.ledger.parked() == []


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_what_cannot_be_read_is_rejected_in_its_turn(batch: int) -> None:
    plant = Plant(limits=Limits(batch=batch))
    plant.tell(*KNOWN)
    [found] = plant.publish(received("r1"))
    assert isinstance(found, Admitted)
    for number in ("r1", "r2"):
        wire = structs.replace(unpack(found.queued.body), id=number, type="lotone.inventory.Unheard.v1", digest=b"x")
        plant.queue.put(INTAKE, [found.queued._replace(id=number, body=pack(wire))])
    plant.settle()
    assert [(plant.outcome("r1"), plant.outcome("r2"))] == [("decided", "rejected")]
    assert [(refused.id, refused.other_digest is None) for refused in plant.ledger.rejected()] == [
        ("r1", False),
        ("r2", True),
    ]


@pytest.mark.parametrize("restart", [False, True])
def test_who_waits_for_something_else_now_keeps_its_place_even_over_a_restart(plant: Plant, restart: bool) -> None:
    assert shard_of("stock/SADDLE@plant", 2) == shard_of("stock/TUBE@plant", 2)
    plant.tell(SITE, received("first", "SADDLE", location="BIN"), received("second", "TUBE"))
    plant.tell(part("SADDLE"))
    assert [one.missing for one in plant.ledger.parked()] == [("location/plant/BIN",), ("part/TUBE",)]
    plant.publish(part("TUBE"), event("catalogue.DefineLocation", "bin", {"site": "plant", "id": "BIN"}))
    if restart:
        plant = Plant(plant.ledger, plant.queue, keys=plant.keys, cursors=plant.cursors)
    plant.settle()
    assert [at.cause for at in plant.facts("inventory")] == ["first", "second"]


def test_an_engine_never_takes_back_what_another_has_taken_over(plant: Plant) -> None:
    plant.tell(*KNOWN)
    successor = Plant(plant.ledger, plant.queue, keys=plant.keys, cursors=plant.cursors)
    with pytest.raises(Fenced):
        plant.engine.claim()
    successor.tell(received("r1"))
    assert successor.types("inventory") == ["StockReceived"]


def test_a_fact_says_who_caused_it_and_both_times_and_so_do_the_facts_that_follow(plant: Plant) -> None:
    vendor = event("catalogue.DefineSupplier", "v", {"id": "V", "name": "V"})
    line = {"document": "PO-1", "line": 1}
    told = {"actor": "clerk-7", "timeprecision": "day", "timezone": "Europe/Berlin", "correlationid": "order-1"}
    plant.tell(*KNOWN, vendor, placed("p1"))
    plant.later(days=2)
    plant.tell(received("r1", line=line).removesuffix(b"}") + b"," + orjson.dumps(told).removeprefix(b"{"))
    [came], followed = plant.facts("inventory"), plant.facts("suppliers")[-1]
    assert (came.type, followed.type) == ("StockReceived", "PurchaseOrderReceived")
    for at in (came, followed):
        assert (at.actor, at.correlation, at.occurred_at, at.precision, at.zone, at.recorded_at) == (
            "clerk-7",
            "order-1",
            START,
            "day",
            "Europe/Berlin",
            START + timedelta(days=2),
        )
    assert (followed.source, followed.cause) == ("lotone/inventory/1", f"{came.position}.0")


def test_commands_of_one_fact_have_ids_of_their_own_derived_from_it(plant: Plant) -> None:
    plant.tell(*KNOWN, received("r1", line={"document": "PO-1", "line": 1}))
    [at] = plant.facts("inventory")
    [command] = inventory().react(decode(at), at)
    first, again, second = (unpack(queued(command, at, n, SHARDS).body) for n in (0, 0, 1))
    assert (first.source, first.id, first.causation) == ("lotone/inventory/1", "1.0", at.id)
    assert (first, second.id) == (again, "1.1")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_engine_that_is_fenced_stops_and_says_why() -> None:
    class Contested(MemoryLedger):
        """Somebody else takes a shard over just before the first append."""

        def append(self, batches: Sequence[Batch]) -> None:
            self.claim("catalogue", 0, "somebody else")
            super().append(batches)

    contested = Plant(Contested(SHARDS))
    contested.publish(SITE)
    thread = threading.Thread(target=contested.engine.run, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert "Fenced" in (contested.engine.failure or "")
    assert contested.types("catalogue") == []


def test_a_command_that_could_not_be_put_is_put_later() -> None:
    class Failing(MemoryQueue):
        """Takes no command the first time."""

        fails = True

        def put(self, kind: str, messages: Sequence[Queued]) -> None:
            if kind == COMMANDS and self.fails:
                self.fails = False
                raise Transient("not just now")
            super().put(kind, messages)

    plant = Plant(queue=Failing(SHARDS))
    plant.publish(*KNOWN, received("r1", line={"document": "PO-1", "line": 1}))
    plant.engine.drain()
    with pytest.raises(Transient):
        plant.reactions.step()
    again = Plant(plant.ledger, plant.queue, keys=plant.keys, cursors=plant.cursors)
    again.settle()
    assert [waiting.missing for waiting in again.ledger.parked()] == [("purchase-order/PO-1",)]


def test_a_release_whose_append_was_lost_is_tried_again() -> None:
    class Losing(MemoryLedger):
        """Loses appends on demand."""

        loses = False

        def append(self, batches: Sequence[Batch]) -> None:
            if self.loses:
                raise Transient("not just now")
            super().append(batches)

    ledger = Losing(SHARDS)
    plant = Plant(ledger)
    plant.tell(SITE, received("r1"))
    plant.publish(part("SADDLE"))
    plant.engine.step()  # the part is known from now on
    ledger.loses = True
    with pytest.raises(Transient):
        plant.engine.step()
    ledger.loses = False
    plant.engine.claim()
    plant.settle()
    assert plant.outcome("r1") == "decided"


def test_a_cache_smaller_than_a_batch_decides_the_same() -> None:
    names = [name for name in (f"PART-{n}" for n in range(20)) if shard_of(f"stock/{name}@plant", 2) == 1][:4]
    told = [received(f"{name}-{n}", name) for n in range(3) for name in names]
    small, large = Plant(limits=Limits(states=1)), Plant(limits=Limits(states=1_000))
    for plant in (small, large):
        plant.tell(*map(part, names), *told)  # all of it waits for the site, and is then decided in one batch
        plant.tell(SITE, *(received(f"later-{name}", name) for name in names))
    assert len(small.facts("inventory")) == 16
    assert [at.decided for at in small.facts("inventory")] == [at.decided for at in large.facts("inventory")]
    assert verify(small.ledger).ok
