"""What passes as an amount, a moment, a day or a name, and what is said of all else."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from events.register import EVERYTHING
from events.values import Amount, Day, Id, Moment, Name, Share, Sum, Text, Total, fits

MOST = "999999999999999.999999999"


def read(kind: Any, json: str) -> Any:
    return TypeAdapter(kind).validator.validate_json(json, strict=True)


def complaint(kind: Any, json: str) -> tuple[str, str]:
    """Both halves of what is said of it."""
    with pytest.raises(ValidationError) as caught:
        read(kind, json)
    problem, mark, remedy = caught.value.errors()[0]["msg"].removeprefix("Value error, ").partition("; ")
    assert mark, problem
    return problem, remedy


@pytest.mark.parametrize(
    "text", ["1_000", " 12 ", "1e3", "NaN", "Infinity", "١٢", "+1", ".5", "5.", "", "0x1", r"1\n"]
)
def test_text_is_an_amount_only_in_plain_digits(text: str) -> None:
    problem, remedy = complaint(Amount, f'"{text}"')
    assert problem.endswith("is not a number")
    assert remedy == 'write it as text, like "12.5"'


@pytest.mark.parametrize("json", [f'"{MOST}1"', f'"1{MOST}"', "1e15", "1000000000000000", "9" * 4_000, "1e-10"])
def test_an_amount_has_fifteen_digits_before_the_point_and_nine_after_it(json: str) -> None:
    problem = complaint(Amount, json)[0]
    assert "digits" in problem
    assert len(problem) < 100
    assert read(Amount, f'"{MOST}"') == Decimal(MOST)


@pytest.mark.parametrize("json", ['"-0"', '"-0.0"', '"0.0000000000"'])
def test_zero_is_written_plainly(json: str) -> None:
    assert complaint(Amount, json)[1] == "write zero as 0"


def test_a_remedy_stays_whole_whatever_was_sent() -> None:
    assert complaint(Amount, '"1; 2"') == ("this is not a number", 'write it as text, like "12.5"')
    assert complaint(Amount, f'"{"x" * 500}"')[1] == 'write it as text, like "12.5"'


def test_ten_thousand_of_the_largest_amounts_add_up_exactly() -> None:
    with localcontext() as context:
        assert context.prec == 28
        assert sum([Decimal(MOST)] * 10_000, Decimal(0)) == Decimal("9999999999999999999.999990000")


@pytest.mark.parametrize("told", ["1E+14", "0E-30", "0.1000000000000", "-999999999999999"])
def test_digits_that_say_nothing_are_not_counted(told: str) -> None:
    assert fits(Decimal(told))


@pytest.mark.parametrize("told", ["1E+15", "1E-10", "0.1000000001", "1E+5000", "1E-5000"])
def test_what_does_not_fit_an_amount(told: str) -> None:
    assert not fits(Decimal(told))


def test_a_sum_has_as_many_digits_as_it_takes() -> None:
    wide = Decimal("12345678901234567890123456.123456789")
    for kind in (Sum, Total, Share):
        assert TypeAdapter(kind).validate_python(wide) == wide


@pytest.mark.parametrize(
    "told", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31t19:00:00.000-0500", "2026-01-01T00:00z"]
)
def test_a_moment_is_kept_as_utc(told: str) -> None:
    found = read(Moment, f'"{told}"')
    assert found == datetime(2026, 1, 1, tzinfo=UTC)
    assert TypeAdapter(Moment).dump_json(found) == b'"2026-01-01T00:00:00Z"'


def test_a_moment_told_by_ourselves_is_kept_as_utc_too() -> None:
    told = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert TypeAdapter(Moment).validate_python(told).utcoffset() == timedelta(0)


@pytest.mark.parametrize("json", ["1767225600", "1767225600.5", '"1767225600"', '"20260101"', '"2026-01-01"', "true"])
def test_a_number_is_no_moment(json: str) -> None:
    problem, remedy = complaint(Moment, json)
    assert problem.endswith("is not a point in time")
    assert "2026-11-22T08:30:00+01:00" in remedy


@pytest.mark.parametrize("json", ['"2026-02-30T00:00:00Z"', '"2026-01-01T00:00:00+99:00"', '"2026-01-01T24:00:01Z"'])
def test_a_moment_that_never_is_is_refused(json: str) -> None:
    assert "is not a point in time" in complaint(Moment, json)[0]


def test_a_moment_needs_its_offset() -> None:
    assert "has no UTC offset" in complaint(Moment, '"2026-01-01T00:00:00"')[0]


@pytest.mark.parametrize(
    "told",
    [
        "1899-12-31T23:59:59Z", "1900-01-01T00:00:00+01:00", "2201-01-01T00:00:00Z", "2200-12-31T23:30:00-01:00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_moment_is_within_the_years_that_can_be_meant(told: str) -> None:
    problem, remedy = complaint(Moment, f'"{told}"')
    assert "can't be meant" in problem
    assert remedy.startswith("1900 to 2200")
    assert read(Moment, '"1900-01-01T00:00:00Z"') < read(Moment, '"2200-12-31T23:59:59Z"')


@pytest.mark.parametrize("json", ['"20260430"', "20260430", '"1777507200"', '"2026-04-30T00:00:00Z"', '"2026-04-31"'])
def test_a_day_is_a_day_only(json: str) -> None:
    assert complaint(Day, json)[1] == 'like "2026-04-30"'
    assert read(Day, '"2026-04-30"') == date(2026, 4, 30)


@pytest.mark.parametrize("text", ["\0", "a\tb", "a\nb", "a\u200bb", "x" * 251, ""])
def test_a_name_is_printable_and_not_endless(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(text)
    assert TypeAdapter(Name).validate_python("wms/Zürich 2") == "wms/Zürich 2"


@pytest.mark.parametrize("kind", [Id, Text, Name], ids=["Id", "Text", "Name"])
@pytest.mark.parametrize("json", ['"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"'])
def test_what_no_database_can_store_is_no_text(kind: Any, json: str) -> None:
    with pytest.raises(ValidationError):
        read(kind, json)
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("a\ud800b")


def test_every_time_in_messages_and_facts_is_a_moment_and_every_date_a_day() -> None:
    for entry in EVERYTHING:
        bare = [kind for kind in fields(entry.model) if kind in ("datetime", "date")]
        assert bare == [], f"{entry.schema_id}: use Moment and Day of events/values.py"


def fields(model: Any) -> list[str]:
    """The kinds of all validators in a model that aren't behind a function of ours."""
    found: list[str] = []

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            if schema.get("type") in ("function-before", "function-wrap"):
                return
            if isinstance(schema.get("type"), str):
                found.append(schema["type"])
            for inner in schema.values():
                look(inner)
        elif isinstance(schema, list | tuple):
            for inner in schema:
                look(inner)

    look(model.__pydantic_core_schema__)
    return found
