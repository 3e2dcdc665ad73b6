"""The chain: whatever is stored about a fact is in its hash, and nothing can pass for something else."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.decision import Recorded
from infra.ledger.chain import LABEL, columns, link, microseconds
from infra.ledger.port import ORIGIN
from tests.history import a_fact

LEDGER = UUID("01234567-89ab-cdef-0123-456789abcdef")
OTHER = UUID("01234567-89ab-cdef-0123-456789abcdee")
HASHED = [name for name in Recorded._fields if name != "hash"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
longs = st.integers(-(2**63), 2**63 - 1)
ints = st.integers(-(2**31), 2**31 - 1)
times = st.datetimes(timezones=st.just(UTC))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(HASHED, texts),
    **dict.fromkeys(["shard", "schema"], ints),
    **dict.fromkeys(["position", "version", "reference"], longs),
    **dict.fromkeys(["occurred_at", "recorded_at"], times),
    **dict.fromkeys(["zone", "traceparent"], texts | st.none()),
    "data": st.binary(max_size=40),
}
facts = st.builds(Recorded, **FIELDS, hash=st.just(b""))


@given(facts, st.sampled_from(HASHED), st.data())
def test_any_change_of_one_field_changes_the_hash(fact: Recorded, field: str, data: st.DataObject) -> None:
    changed = fact._replace(**{field: data.draw(FIELDS[field])})
    assert (link(LEDGER, ORIGIN, fact) == link(LEDGER, ORIGIN, changed)) == (fact == changed)


@given(facts, facts)
def test_two_facts_share_a_preimage_only_if_they_are_equal(one: Recorded, two: Recorded) -> None:
    assert (columns(one) == columns(two)) == (one == two)


@pytest.mark.parametrize("field", HASHED)
def test_every_stored_field_is_hashed(field: str) -> None:
    fact = a_fact()
    value = getattr(fact, field)
    other: Any
    match value:
        case str():
            other = value + "x"
        case bytes():
            other = value + b"x"
        case int():
            other = value + 1
        case datetime():
            other = value + timedelta(microseconds=1)
    assert link(LEDGER, ORIGIN, fact._replace(**{field: other})) != link(LEDGER, ORIGIN, fact)


@pytest.mark.parametrize("field", ["zone", "traceparent"])
def test_nothing_is_not_empty_text(field: str) -> None:
    values: list[Any] = [None, ""]
    nothing, empty = (a_fact()._replace(**{field: value}) for value in values)
    assert link(LEDGER, ORIGIN, nothing) != link(LEDGER, ORIGIN, empty)


def test_a_letter_cannot_wander_into_the_next_field() -> None:
    fact = a_fact()
    one, two = fact._replace(source="ab", cause="c"), fact._replace(source="a", cause="bc")
    assert link(LEDGER, ORIGIN, one) != link(LEDGER, ORIGIN, two)


def test_the_ledger_and_the_fact_before_are_hashed_and_the_own_hash_is_not() -> None:
    fact = a_fact()
    assert link(OTHER, ORIGIN, fact) != link(LEDGER, ORIGIN, fact)
    assert link(LEDGER, b"\1" * 32, fact) != link(LEDGER, ORIGIN, fact)
    assert link(LEDGER, ORIGIN, fact._replace(hash=b"any")) == link(LEDGER, ORIGIN, fact)


def test_the_same_instant_told_in_another_zone_is_the_same() -> None:
    fact = a_fact()
    told = fact._replace(occurred_at=fact.occurred_at.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert link(LEDGER, ORIGIN, told) == link(LEDGER, ORIGIN, fact)
    with pytest.raises(TypeError):
        microseconds(datetime(2024, 1, 1))  # noqa: DTZ001 - a time without a zone is no time


def test_the_preimage_is_as_documented() -> None:
    """Written out by hand: should this ever fail, old ledgers can't be verified any more."""

    def field(value: str | bytes | None) -> bytes:
        if value is None:
            return b"\xff\xff\xff\xff"
        raw = value.encode() if isinstance(value, str) else value
        return len(raw).to_bytes(4, "big") + raw

    def number(value: int, size: int) -> bytes:
        return field(value.to_bytes(size, "big", signed=True))

    when = datetime(2024, 5, 1, 12, 0, 0, 7, UTC)
    # 2024-05-01 is 8,887 days after 2000-01-01
    micros = (8_887 * 86_400 + 43_200) * 1_000_000 + 7
    fact = Recorded(
        "inventory", 1, 2, "stock/A@x", 3, "StockReceived", 4, b'{"part":"A"}', "urn:erp", "event-1", "clerk",
        "order-1", when, "second", None, when, 5, "", b"",
    )  # fmt: skip
    preimage = b"".join([
        field(b"lotone/fact/1"), field(LEDGER.bytes), field(b"p" * 32),
        field("inventory"), number(1, 4), number(2, 8), field("stock/A@x"), number(3, 8), field("StockReceived"),
        number(4, 4), field(b'{"part":"A"}'), field("urn:erp"), field("event-1"), field("clerk"), field("order-1"),
        number(micros, 8), field("second"), field(None), number(micros, 8), number(5, 8), field(""),
    ])  # fmt: skip
    assert LABEL == b"lotone/fact/1"
    assert link(LEDGER, b"p" * 32, fact) == sha256(preimage).digest()
