"""What every ledger promises. ``test_ledger.py`` runs it against each implementation."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.decision import Problem
from infra.errors import Conflict, Corrupt, Fenced, Misfit
from infra.ledger.port import ORIGIN, Batch, Cursor, Ledger, Rejected, Snapshot, Taken
from infra.ledger.verify import verify
from tests.history import NOON, Owner, a_fact, a_rejection, chained

DIGEST = b"d" * 32


class LedgerContract:
    """Needs the fixtures ``ledger`` (empty, with two inventory and two supplier shards) and ``another`` (a
    second handle on the same record, as another process would have)."""

    # -- where it stands -------------------------------------------------------------------------------------------

    def test_a_new_shard_stands_before_its_first_fact(self, ledger: Ledger) -> None:
        claim = ledger.claim("inventory", 0, "me")
        assert claim.head == Cursor(0, ORIGIN)
        assert claim.offsets == {"intake": 0, "commands": 0}
        assert ledger.heads()["inventory", 1] == Cursor(0, ORIGIN)
        assert ledger.heads().keys() == ledger.offsets().keys()
        assert len(ledger.heads()) == sum(ledger.genesis().shards.values())

    def test_a_claim_finds_what_was_appended(self, ledger: Ledger, another: Ledger) -> None:
        owner = Owner(ledger)
        batch = owner.batch("stock/A@x")
        batch.offsets, batch.clock = {"intake": 7, "commands": 2}, NOON
        ledger.append([batch])
        owner.appended(batch)
        claim = another.claim("inventory", 0, "you")
        assert claim.epoch > owner.claim.epoch
        assert (claim.head, claim.offsets, claim.clock) == (owner.head, {"intake": 7, "commands": 2}, NOON)
        assert another.offsets()["inventory", 0] == {"intake": 7, "commands": 2}

    def test_offsets_that_a_batch_does_not_name_stay(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        for offsets in ({"intake": 7}, {"commands": 2}):
            batch = owner.batch()
            batch.offsets = dict(offsets)
            ledger.append([batch])
        assert ledger.offsets()["inventory", 0] == {"intake": 7, "commands": 2}

    def test_the_clock_of_a_shard_never_goes_back(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        for clock in (NOON, NOON - timedelta(days=1), None):
            batch = owner.batch()
            batch.clock = clock
            ledger.append([batch])
        assert ledger.claim("inventory", 0, "me").clock == NOON

    def test_a_shard_that_the_genesis_does_not_know_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(Misfit):
            ledger.claim("inventory", 99, "me")

    # -- appending -------------------------------------------------------------------------------------------------

    def test_facts_come_back_as_they_were_appended(self, ledger: Ledger, another: Ledger) -> None:
        owner = Owner(ledger)
        facts = owner.append("stock/A@x", "stock/B@x", "stock/A@x")
        bare = a_fact(stream="stock/Ü@x", version=1)._replace(
            zone=None, traceparent=None, data=b"\x00\xff", actor="", occurred_at=NOON.replace(year=1, microsecond=1)
        )
        more = chained(owner.ledger_id, owner.head, [bare])
        ledger.append([Batch(owner.claim, owner.head, facts=more)])
        assert list(another.read("inventory", 0, Cursor(), 10)) == facts + more
        assert list(another.scan("inventory", 0)) == facts + more
        assert another.heads()["inventory", 0] == Cursor(4, more[-1].hash)
        assert verify(another).ok

    def test_many_shards_are_appended_together_or_not_at_all(self, ledger: Ledger) -> None:
        one, two = Owner(ledger), Owner(ledger, "suppliers", 1)
        ledger.append([two.batch("supplier/S"), one.batch("stock/A@x")])
        stale = two.batch("supplier/S")
        one.appended(one.batch("stock/A@x"))
        with pytest.raises(Conflict):
            ledger.append([one.batch("stock/A@x"), stale])
        assert [head.position for _, head in sorted(ledger.heads().items()) if head.position] == [1, 1]

    def test_an_append_on_another_head_is_a_conflict(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        batch = owner.batch("stock/A@x")
        ledger.append([batch])
        with pytest.raises(Conflict):
            ledger.append([batch])

    def test_an_append_on_another_hash_is_a_conflict(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        owner.append("stock/A@x")
        owner.head = owner.head._replace(hash=b"x" * 32)
        with pytest.raises(Conflict):
            ledger.append([owner.batch("stock/A@x")])

    def test_an_owner_of_an_older_epoch_is_fenced(self, ledger: Ledger, another: Ledger) -> None:
        owner = Owner(ledger)
        Owner(another, name="you")
        with pytest.raises(Fenced):
            ledger.append([owner.batch("stock/A@x")])
        assert ledger.heads()["inventory", 0] == Cursor()

    def test_claiming_again_makes_an_owner_again(self, ledger: Ledger, another: Ledger) -> None:
        Owner(ledger)
        Owner(another, name="you").append("stock/A@x")
        Owner(ledger).append("stock/A@x")
        assert verify(ledger).facts == 2

    def test_who_owned_a_shard_takes_it_back_from_itself_and_never_from_a_successor(
        self, ledger: Ledger, another: Ledger
    ) -> None:
        first = ledger.claim("inventory", 0, "me")
        again = ledger.claim("inventory", 0, "me", first.epoch)
        successor = Owner(another, name="you")
        with pytest.raises(Fenced):
            ledger.claim("inventory", 0, "me", again.epoch)
        successor.append("stock/A@x")

    def test_one_process_can_own_many_shards(self, ledger: Ledger) -> None:
        owners = [Owner(ledger, "inventory", 0), Owner(ledger, "inventory", 1), Owner(ledger, "suppliers", 0)]
        ledger.append([owner.batch("s") for owner in owners])
        assert verify(ledger).facts == 3

    @pytest.mark.parametrize("change", [{"position": 2}, {"shard": 1}, {"domain": "suppliers"}])
    def test_facts_that_do_not_follow_the_head_are_a_bug(self, ledger: Ledger, change: dict[str, Any]) -> None:
        owner = Owner(ledger)
        batch = owner.batch("stock/A@x")
        batch.facts = [batch.facts[0]._replace(**change)]
        with pytest.raises(ValueError, match="belongs"):
            ledger.append([batch])

    def test_two_batches_of_one_shard_in_one_append_are_a_bug(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        with pytest.raises(ValueError, match="two batches"):
            ledger.append([owner.batch("a"), owner.batch("b")])

    def test_a_version_is_given_once(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        owner.append("stock/A@x")
        owner.versions.clear()
        with pytest.raises(Conflict):
            owner.append("stock/A@x")
        assert ledger.heads()["inventory", 0].position == 1

    # -- reading ---------------------------------------------------------------------------------------------------

    def test_a_reader_goes_on_from_its_cursor(self, ledger: Ledger) -> None:
        facts = Owner(ledger).append(*"abcde")
        read = ledger.read("inventory", 0, Cursor(2, facts[1].hash), 2)
        assert list(read) == facts[2:4]
        assert list(ledger.read("inventory", 0, Cursor(5, facts[4].hash), 2)) == []

    @pytest.mark.parametrize(("position", "hash_"), [(2, b"x" * 32), (9, b"x" * 32), (0, b"x" * 32)])
    def test_a_cursor_that_the_record_contradicts_stops_its_reader(
        self, ledger: Ledger, position: int, hash_: bytes
    ) -> None:
        Owner(ledger).append(*"abc")
        with pytest.raises(Corrupt) as caught:
            ledger.read("inventory", 0, Cursor(position, hash_), 2)
        assert (caught.value.domain, caught.value.shard, caught.value.position) == ("inventory", 0, position)

    def test_a_scan_gives_what_lies_between(self, ledger: Ledger) -> None:
        facts = Owner(ledger).append(*"abcde")
        assert list(ledger.scan("inventory", 0, 1, 3)) == facts[1:3]
        assert list(ledger.scan("inventory", 0, 3)) == facts[3:]
        assert list(ledger.scan("inventory", 1)) == []

    def test_a_stream_is_read_from_a_version_up_to_a_position(self, ledger: Ledger) -> None:
        facts = Owner(ledger).append("a", "b", "a", "a", "b")
        assert list(ledger.stream("inventory", 0, "a")) == [facts[0], facts[2], facts[3]]
        assert list(ledger.stream("inventory", 0, "a", after=1)) == [facts[2], facts[3]]
        assert list(ledger.stream("inventory", 0, "a", after=1, until=3)) == [facts[2]]
        assert list(ledger.stream("inventory", 0, "a", limit=2)) == [facts[0], facts[2]], "a page of it"
        assert list(ledger.stream("inventory", 1, "a")) == []

    def test_many_streams_are_loaded_from_their_snapshots_on(self, ledger: Ledger) -> None:
        facts = Owner(ledger).append("a", "b", "a", "c", "a")
        kept, old = Snapshot("a", 2, 5, b"state"), Snapshot("b", 1, 4, b"of another fold")
        ledger.save("inventory", 0, [kept, old])
        assert ledger.load("inventory", 0, ["b", "a", "nothing", "a"], 5) == {
            "a": (kept, [facts[4]]),
            "b": (None, [facts[1]]),
            "nothing": (None, []),
        }

    def test_a_snapshot_is_of_one_fold_and_the_newest(self, ledger: Ledger) -> None:
        ledger.save("inventory", 0, [Snapshot("a", 2, 1, b"new")])
        ledger.save("inventory", 0, [Snapshot("a", 1, 1, b"old")])
        assert ledger.snapshot("inventory", 0, "a", 1) == Snapshot("a", 2, 1, b"new")
        assert ledger.snapshot("inventory", 0, "a", 2) is None
        ledger.save("inventory", 0, [Snapshot("a", 1, 2, b"other fold")])
        assert ledger.snapshot("inventory", 0, "a", 2) == Snapshot("a", 1, 2, b"other fold")
        assert ledger.snapshot("inventory", 1, "a", 2) is None

    # -- events ----------------------------------------------------------------------------------------------------

    def test_an_event_is_found_with_its_facts(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        owner.append("a")
        batch = owner.batch("a", "b", "c", events=False)
        batch.taken = [owner.taken("e", "decided")._replace(first=2, last=3), owner.taken("none", "decided")]
        ledger.append([batch])
        found = ledger.taken([("urn:erp", "none"), ("urn:erp", "e"), ("urn:erp", "e"), ("urn:other", "e")])
        assert found.keys() == {("urn:erp", "e"), ("urn:erp", "none")}
        assert found["urn:erp", "e"] == batch.taken[0]
        assert list(ledger.facts_of(found["urn:erp", "e"])) == batch.facts[:2]
        assert list(ledger.facts_of(found["urn:erp", "none"])) == []
        assert ledger.taken([]) == {}

    def test_of_what_many_events_caused_the_facts_of_one_type_are_found(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        batch = owner.batch("a", "b", "c", events=False)
        named = [at._replace(type=name) for at, name in zip(batch.facts, "XYX", strict=True)]
        batch.facts[:] = chained(owner.ledger_id, owner.head, named)
        one, two = owner.taken("e", "decided"), owner.taken("none", "decided")
        batch.taken = [one._replace(first=1, last=2), two]
        ledger.append([batch])
        assert list(ledger.facts_among(batch.taken, ["X"])) == batch.facts[:1]
        assert list(ledger.facts_among(batch.taken, ["X", "Y"])) == batch.facts[:2]
        assert list(ledger.facts_among([*batch.taken, one._replace(first=3, last=3)], ["X"])) == batch.facts[::2]
        assert list(ledger.facts_among([two], ["X"])) == []
        assert list(ledger.facts_among(batch.taken, ["Z"])) == []

    @pytest.mark.parametrize("outcome", ["decided", "rejected"])
    def test_what_another_shard_took_is_a_conflict(self, ledger: Ledger, outcome: str) -> None:
        one, two = Owner(ledger), Owner(ledger, "suppliers")
        first = one.batch()
        first.taken = [one.taken("e", outcome)]
        ledger.append([first])
        again = two.batch("supplier/S", events=False)
        again.taken = [two.taken("e", "decided")]
        with pytest.raises(Conflict):
            ledger.append([again])
        assert ledger.heads()["suppliers", 0] == Cursor()

    def test_one_event_taken_twice_in_one_append_is_a_conflict(self, ledger: Ledger) -> None:
        one, two = Owner(ledger), Owner(ledger, "suppliers")
        batches = [one.batch(), two.batch()]
        batches[0].taken, batches[1].taken = [one.taken("e", "decided")], [two.taken("e", "decided")]
        with pytest.raises(Conflict):
            ledger.append(batches)

    def test_repeats_are_counted(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        first = owner.batch()
        first.taken, first.repeats = [owner.taken("e", "decided")], {("urn:erp", "e"): 2}
        ledger.append([first])
        again = owner.batch()
        again.repeats = {("urn:erp", "e"): 3}
        ledger.append([again])
        assert ledger.taken([("urn:erp", "e")])["urn:erp", "e"].repeats == 5

    # -- parking ---------------------------------------------------------------------------------------------------

    def park(self, owner: Owner, id_: str, *missing: str) -> None:
        batch = owner.batch()
        batch.parked, batch.taken = [owner.parked(id_, *missing)], [owner.taken(id_, "parked")]
        owner.ledger.append([batch])

    @pytest.mark.parametrize("outcome", ["decided", "rejected"])
    def test_what_was_parked_ends_once(self, ledger: Ledger, outcome: str) -> None:
        owner = Owner(ledger)
        self.park(owner, "e", "part/X")
        assert list(ledger.parked()) == [owner.parked("e", "part/X")]
        repeated, ended = owner.batch(), owner.batch("a", events=False)
        repeated.repeats = {("urn:erp", "e"): 1}
        ledger.append([repeated])
        end = owner.taken("e", outcome)._replace(first=1, last=1)
        ended.taken, ended.unparked = [end, owner.taken("other", "decided")], [("urn:erp", "e")]
        ledger.append([ended])
        assert ledger.taken([("urn:erp", "e")]) == {("urn:erp", "e"): end._replace(repeats=1)}
        assert list(ledger.parked()) == []
        owner.appended(ended)
        twice = owner.batch()
        twice.taken, twice.unparked = ended.taken[:1], ended.unparked
        with pytest.raises(Conflict):
            ledger.append([twice])

    @pytest.mark.parametrize("change", [{"digest": b"x" * 32}, {"shard": 1}])
    def test_what_was_parked_ends_as_itself_only(self, ledger: Ledger, change: dict[str, Any]) -> None:
        self.park(Owner(ledger), "e", "part/X")
        owner = Owner(ledger, shard=1 if "shard" in change else 0)
        batch = owner.batch()
        batch.taken, batch.unparked = [owner.taken("e", "decided")._replace(**change)], [("urn:erp", "e")]
        with pytest.raises(Conflict):
            ledger.append([batch])
        assert len(ledger.parked()) == 1

    def test_what_misses_something_else_now_keeps_its_place(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        self.park(owner, "e", "part/X")
        self.park(owner, "f", "part/X")
        self.park(owner, "e", "site/Y")
        assert [(parked.id, parked.missing) for parked in ledger.parked()] == [("e", ("site/Y",)), ("f", ("part/X",))]
        pages = [[parked.id for parked in ledger.parked("inventory", None, skip, 1)] for skip in range(3)]
        assert pages == [["e"], ["f"], []]

    def test_parked_and_ended_in_one_batch_is_not_parked(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        batch = owner.batch("a", events=False)
        batch.parked = [owner.parked("e", "part/X"), owner.parked("f", "part/X"), owner.parked("e", "site/Y")]
        batch.unparked = [("urn:erp", "e")]
        batch.taken = [owner.taken("e", "decided")._replace(first=1, last=1), owner.taken("f", "parked")]
        ledger.append([batch])
        assert list(ledger.parked()) == [owner.parked("f", "part/X")]
        assert ledger.taken([("urn:erp", "e")])["urn:erp", "e"].outcome == "decided"

    def test_parked_events_are_listed_by_shard(self, ledger: Ledger) -> None:
        here, there = Owner(ledger), Owner(ledger, "suppliers", 1)
        self.park(here, "z", "part/X")
        self.park(there, "a", "part/X")
        assert [parked.id for parked in ledger.parked()] == ["z", "a"]
        assert [parked.id for parked in ledger.parked("suppliers")] == ["a"]
        assert [parked.id for parked in ledger.parked("suppliers", 0)] == []

    # -- refusals --------------------------------------------------------------------------------------------------

    def test_a_refusal_keeps_its_reasons_and_its_bytes(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        ledger.reject([a_rejection("one"), a_rejection(None)])
        batch = owner.batch()
        there: Rejected = replace(a_rejection("two"), domain="inventory", shard=0, type="t", other_digest=DIGEST)
        batch.rejected, batch.taken = [there], [owner.taken("two", "rejected")]
        ledger.append([batch])
        found = list(ledger.rejected())
        assert [one.number for one in found] == sorted({one.number for one in found})
        assert [replace(one, number=0) for one in found] == [a_rejection("one"), a_rejection(None), there]
        assert list(ledger.rejected(after=found[0].number, limit=1)) == [found[1]]
        assert list(ledger.rejected(number=found[2].number)) == [found[2]]
        assert list(ledger.rejected(number=found[2].number + 1)) == []
        assert list(ledger.rejected_of("urn:erp", "two")) == [found[2]]
        assert list(ledger.rejected_of("urn:erp", "three")) == []

    def test_a_refusal_is_kept_whatever_its_text_holds(self, ledger: Ledger) -> None:
        odd = "a\0b\x1f\ufffe\U0010ffff"
        ledger.reject([replace(a_rejection(odd), source=odd, type=odd, problems=(Problem(odd, odd, odd),))])
        [found] = ledger.rejected()
        assert [text.replace("\0", "\ufffd") for text in (found.id or "", found.problems[0].problem)] == [
            odd.replace("\0", "\ufffd")
        ] * 2

    def test_a_failed_append_leaves_nothing(self, ledger: Ledger) -> None:
        owner = Owner(ledger)
        owner.append("a")
        batch = owner.batch("b")
        batch.taken.append(Taken("urn:erp", "inventory-0-1", DIGEST, "decided", "inventory", 0))
        batch.rejected, batch.parked = [a_rejection()], [owner.parked("p", "part/X")]
        batch.offsets, batch.clock = {"intake": 9}, NOON
        with pytest.raises(Conflict):
            ledger.append([batch])
        assert ledger.heads()["inventory", 0] == owner.head
        assert (list(ledger.rejected()), list(ledger.parked())) == ([], [])
        assert ledger.offsets()["inventory", 0]["intake"] == 0
        assert len(list(ledger.scan("inventory", 0))) == 1
