"""Rows as tables: types, keys that may be None, and text that needs escaping."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from projections.memory import MemoryRows
from projections.rowcodec import RowCodec
from projections.schema import columns, create, create_indexes
from projections.view import Table, View
from projections.views import VIEWS
from projections.working import WorkingSet


@dataclass(slots=True)
class Everything:
    """One field of each type."""

    id: str
    lot: str | None
    text: str
    amount: Decimal | None
    count: int
    good: bool
    at: datetime
    day: date | None
    raw: bytes
    names: tuple[str, ...]
    sums: dict[str, Decimal]


TABLE = Table("everything", Everything, key=2, indexes=(("day", "id"),))
AT = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


def row(id: str = "a", lot: str | None = None, text: str = "t") -> Everything:
    return Everything(id, lot, text, None, 1, True, AT, None, b"\x00\xff", ("x",), {"y": Decimal("1.5")})


def test_fields_become_columns() -> None:
    assert [(column.name, column.type, column.optional) for column in columns(Everything, 2)] == [
        ("id", 'text COLLATE "C"', False), ("lot", 'text COLLATE "C"', True), ("text", 'text COLLATE "C"', False),
        ("amount", "numeric", True), ("count", "bigint", False), ("good", "boolean", False),
        ("at", "timestamptz", False), ("day", "date", True), ("raw", "bytea", False), ("names", "jsonb", False),
        ("sums", "jsonb", False),
    ]


def test_a_key_is_never_null_and_other_optional_columns_may_be() -> None:
    statement = create(TABLE, "everything")
    assert '"lot" text COLLATE "C" NOT NULL' in statement
    assert '"amount" numeric,' in statement


def test_indexes_are_named_by_generation() -> None:
    assert create_indexes(TABLE, "everything__g3", 3) == (
        'ALTER TABLE lotone."everything__g3" ADD CONSTRAINT "everything__g3_key" PRIMARY KEY ("id", "lot")',
        'CREATE INDEX "everything__g3_1" ON lotone."everything__g3" ("day", "id")',
    )


def test_what_has_no_sql_type_is_refused() -> None:
    @dataclass
    class Odd:
        id: str
        value: float

    with pytest.raises(TypeError, match=r"Odd\.value"):
        columns(Odd, 1)

    @dataclass
    class Unkeyed:
        id: int | None

    with pytest.raises(TypeError, match="only text may be None"):
        columns(Unkeyed, 1)


def test_text_is_escaped_for_copy() -> None:
    codec = RowCodec(TABLE, "everything")
    plain, escaped = codec.text([row(), row("b", "L", "tab\tline\nback\\slash\0")]).splitlines()
    assert plain.split("\t")[:6] == ["a", "", "t", "\\N", "1", "t"]
    assert escaped.split("\t")[:3] == ["b", "L", "tab\\tline\\nback\\\\slash\ufffd"]
    assert codec.text([]) == ""


def test_a_row_comes_back_as_it_was() -> None:
    codec = RowCodec(TABLE, "everything")
    stored = ("a", "", "t", None, 1, True, AT, None, b"\x00\xff", ["x"], {"y": "1.5"})
    assert codec.row(stored) == row()


def test_memory_sorts_as_the_database_does() -> None:
    rows = MemoryRows((TABLE,))
    for each in (row("b"), row("a", "Z"), row("a"), row("B")):
        rows.add(TABLE, each)
    assert [(each.id, each.lot) for each in rows.rows(TABLE)] == [("B", None), ("a", None), ("a", "Z"), ("b", None)]


def working(*there: Everything, limit: int = 2, complete: bool = True) -> WorkingSet:
    kept = {(each.id, each.lot): each for each in there}
    view = View("v", 1, (TABLE,), (), lambda *_: None)
    made = WorkingSet(view, lambda _, key: kept.get(key), limit)
    made.hold(TABLE, there if complete else (), complete)
    return made


def test_only_what_was_touched_is_written() -> None:
    rows = working(row("a"), row("b"))
    got = rows.get(TABLE, "b", None)
    assert got is not None
    got.count = 7
    rows.add(TABLE, row("c"))
    rows.remove(TABLE, "a", None)
    (table, changed, gone), = rows.changes()
    assert (table, [each.id for each in changed], gone) == (TABLE, ["b", "c"], [("a", None)])
    rows.settle()
    assert rows.changes() == []


def test_a_removed_row_stays_removed_until_it_is_added_again() -> None:
    rows = working(row("a"), complete=False)
    rows.remove(TABLE, "a", None)
    assert rows.get(TABLE, "a", None) is None, "it is not looked up again"
    rows.add(TABLE, row("a"))
    (_, changed, gone), = rows.changes()
    assert (len(changed), gone) == (1, [])


def test_the_rows_used_longest_ago_are_dropped_and_looked_up_again() -> None:
    rows = working(row("a"), row("b"), limit=2)
    rows.add(TABLE, row("c"))
    rows.settle()
    assert sorted(key[0] for key in rows.kept["everything"]) == ["b", "c"]
    assert rows.get(TABLE, "a", None) == row("a")


def test_every_view_has_tables_of_its_own_and_rows_that_fit() -> None:
    names = [table.name for view in VIEWS for table in view.tables]
    assert len(names) == len(set(names))
    for view in VIEWS:
        for table in view.tables:
            assert create(table, table.name)
