"""What nobody ever told of is answered with 404 and where to look, never as if it were merely empty."""

from collections.abc import Callable

import pytest

from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.chain.serving import get

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]

NOWHERE = (
    "/where-used/purchase/PO-9/1", "/where-used/purchase/PO-1/9", "/where-used/run/R9", "/where-used/transfer/T9",
    "/where-used/requisition/Q9", "/where-used/stock/plant/NONE", "/where-used/stock/nowhere/SADDLE",
    "/where-used/something", "/sites/nowhere/clear-to-build", "/parts/NONE/available-to-promise?site=plant",
    "/parts/SADDLE/available-to-promise?site=nowhere", "/parts/NONE/supply-demand?site=plant",
    "/parts/SADDLE/supply-demand?site=nowhere", "/parts/NONE/movements", "/parts/NONE/balance", "/parts/NONE/stock",
    "/suppliers/NOBODY/receipts", "/suppliers/NOBODY", "/purchase-orders/PO-9", "/genealogy?run=R9",
    "/genealogy?part=SADDLE&lot=L-9", "/genealogy?part=NONE&serial=1", "/orders/SO-9", "/runs/R9", "/shipments/S9",
    "/pegging/run/R9/1", "/decisions/D9-9", "/why/X", "/streams/orders/order/SO-9",
)


def test_what_nobody_told_of_is_not_found_and_it_says_where_to_look(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    for path in NOWHERE:
        name, _, query = path.partition("?")
        answer = get(told.app, name, **dict(part.split("=") for part in query.split("&") if part))
        assert answer.status_code == 404, (path, answer.text)
        said = answer.json()["detail"]
        assert any(id_ in said for id_ in ("9", "NONE", "nowhere", "NOBODY", "X", "something")), said
        assert len(said) > 40, said


def test_what_is_known_but_used_up_is_found(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    assert told.get("/where-used/stock/plant/SADDLE")["supply"] == "stock/plant/SADDLE"
    assert told.get("/where-used/stock/plant/SADDLE as 1b34")["supply"] == "stock/plant/SADDLE as 1b34"
    assert told.get("/where-used/run/R1-1")["claims"] == []
    assert told.get("/parts/BIKE/available-to-promise", site="plant")["part"] == "BIKE"
    assert told.get("/genealogy", part="WHEEL", lot="W-7")["up"] != []
    assert told.get("/suppliers/ACME/receipts")["items"] is not None


def test_days_at_the_ends_of_the_calendar_are_asked_for_and_not_reckoned_from(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    for day in ("9999-12-31", "0001-01-01"):
        for path, name in (
            ("/orders/lines", "wanted_until"), ("/suppliers/ACME/receipts", "since"),
            ("/purchase-orders/lines", "promised_until"),
        ):
            told.get(path, **{name: day})
        for path, name in (
            ("/sites/plant/clear-to-build", "first"), ("/purchase-orders/to-chase", "today"),
            ("/purchase-orders/lines", "today"),
        ):
            answer = get(told.app, path, **{name: day})
            assert (answer.status_code, name in answer.text) == (422, True), (path, day, answer.text)


def test_a_parameter_that_an_address_has_not_got_is_refused_and_not_passed_over(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    for path, slip, right in (
        ("/orders/lines", "late_onl", "did you mean late_only?"), ("/orders", "wanted_until", "it takes "),
        ("/orders/SO-1", "colour", "it takes as_of"),
    ):
        answer = get(told.app, path, **{slip: "true"})
        assert answer.status_code == 422, (path, answer.text)
        (error,) = answer.json()["errors"]
        assert (error["field"], error["remedy"][:len(right)]) == (f"query.{slip}", right)
