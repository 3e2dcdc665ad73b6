"""The views of the chain at a vector don't depend on the order in which shards were read: lives of the bicycle maker,
decided by the real rules, with every domain spread over several shards."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import decode
from events.decision import Recorded
from infra.ledger.port import Cursor
from infra.sharding import shard_of
from projections.memory import MemoryRows
from projections.owned import fold
from projections.reading import Piece
from projections.schema import columns_of
from projections.view import View
from projections.views import VIEWS
from projections.working import WorkingSet
from tests import known_chains
from tests.chain import Chain

ALONE = ("catalogue", "planning")
LIVES = ("planned", "troubled", "asking", "built", "sent")


@cache
def life(name: str) -> Chain:
    made: Chain = getattr(known_chains, name)()
    return made


@cache
def shards(name: str, count: int) -> tuple[tuple[Recorded, ...], ...]:
    """All facts of a life, by shard, each shard in the order in which it was recorded."""
    found: dict[tuple[str, int], list[Recorded]] = {}
    for domain, records in life(name).records.items():
        for at in records:
            shard = shard_of(at.stream, 1 if domain in ALONE else count)
            there = found.setdefault((domain, shard), [])
            there.append(at._replace(shard=shard, position=len(there) + 1))
    return tuple(tuple(found[key]) for key in sorted(found))


def rows_of(view: View, facts: Sequence[Recorded]) -> list[Any]:
    rows, folds = MemoryRows(view.tables), frozenset(view.folds)
    for at in facts:
        fact = decode(at)
        if type(fact) in folds:
            view.fold(rows, fact, at)
    return [rows.rows(table) for table in view.tables]


EMPTY = {"run_deviation", "proposed_plan", "work_calendar", "supplier_standing"}
"""What no life has: tests of their own fill these."""


def test_every_table_is_filled_by_some_life() -> None:
    filled = {
        table.name
        for name in LIVES
        for view in VIEWS
        for table, rows in zip(
            view.tables, rows_of(view, [at for told in shards(name, 1) for at in told]), strict=True
        )
        if rows
    }
    tables = {table.name for view in VIEWS for table in view.tables}
    assert tables - filled <= EMPTY


@given(st.sampled_from(LIVES), st.integers(1, 4), st.data())
@settings(max_examples=25, deadline=None)
def test_the_order_in_which_shards_are_read_makes_no_difference(name: str, count: int, data: st.DataObject) -> None:
    told = shards(name, count)
    left = [iter(facts) for facts in told]
    turns = data.draw(st.permutations([number for number, facts in enumerate(told) for _ in facts]))
    mixed = [next(left[turn]) for turn in turns]
    for view in VIEWS:
        assert rows_of(view, [at for facts in told for at in facts]) == rows_of(view, mixed), view.name


@given(st.sampled_from(LIVES), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_no_row_belongs_to_two_shards(name: str, count: int) -> None:
    for view in VIEWS:
        apart = [rows_of(view, facts) for facts in shards(name, count)]
        for number, table in enumerate(view.tables):
            names = [column.name for column in columns_of(table) if column.key]
            keys = [tuple(getattr(row, name) for name in names) for part in apart for row in part[number]]
            assert len(keys) == len(set(keys)), table.name


@given(st.sampled_from(LIVES), st.integers(1, 9), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_batches_and_a_small_working_set_make_no_difference(name: str, size: int, limit: int) -> None:
    told = shards(name, 2)
    for view in VIEWS:
        database = MemoryRows(view.tables)
        rows = WorkingSet(view, lambda table, key, there=database: there.get(table, *key), limit)  # type: ignore[misc]
        domains = {fact.DOMAIN for fact in view.folds}
        for facts in told:
            for start in range(0, len(facts) if facts[0].domain in domains else 0, size):
                batch = facts[start : start + size]
                piece = Piece((batch[0].domain, batch[0].shard), Cursor(), batch, [decode(at) for at in batch])
                assert fold(view, rows, [piece]) is None
                for table, changed, gone in rows.changes():
                    for key in gone:
                        database.remove(table, *key)
                    for row in changed:
                        database.add(table, row)
                rows.settle()
        kept = [database.rows(table) for table in view.tables]
        assert kept == rows_of(view, [at for facts in told for at in facts]), view.name
