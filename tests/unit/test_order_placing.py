"""Orders are accepted with their as-ordered bill, or refused with all that is wrong."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from events.catalogue import facts as c
from events.catalogue.parts import BillLine, Revision
from events.codec import encode
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import AcceptedLine
from events.values import Quantity, Some
from infra.kafka.topics import LARGEST as LARGEST_RECORD
from services.order import accepting
from services.order.accepting import MOST_COMPONENTS
from tests.scenario import Then, day, part, site
from tests.unit.order_words import (
    bill,
    book,
    chosen,
    line,
    made,
    orders,
    place,
    refused,
    schedule,
    sealed,
    wanted,
)


def accepted(then: Then) -> AcceptedLine:
    """The only line of an order that was accepted."""
    fact = then.facts[1]
    assert isinstance(fact, f.OrderAccepted), fact
    (found,) = fact.lines
    return found


def parts(found: AcceptedLine) -> list[tuple[int, int, str]]:
    """Number, parent and part of each component."""
    return [(one.n, one.parent, one.part) for one in found.components]


def test_an_order_is_accepted_with_its_bill_all_the_way_down_each_below_what_it_goes_into() -> None:
    then = orders().when(place())
    assert then.names == ["OrderPlaced", "OrderAccepted"]
    assert parts(accepted(then)) == [
        (1, 0, "FRAME"), (2, 0, "WHEEL"), (3, 2, "SPOKE"), (4, 2, "RIM"), (5, 0, "KIT"), (6, 5, "BOLT"), (7, 5, "BELL"),
        (8, 0, "PAINT"),
    ]
    assert [one.n for one in accepted(then).components if one.phantom] == [5]
    assert [one.part for one in accepted(then).components if not one.leaf] == ["WHEEL", "KIT"]


def test_the_bill_says_exactly_what_goes_into_one_of_its_parent_scrap_included() -> None:
    lossy: dict[str, Any] = {"per": Decimal(3), "scrap_allowance": Decimal("0.3")}
    two = BillLine(line=1, component="BOLT", quantity=Some.of(2, "C62"), **lossy)
    then = orders(made("TOY"), bill("TOY", two)).when(place(line(1, "TOY")))
    (bolt,) = accepted(then).components
    assert Fraction(bolt.numerator, bolt.denominator) == Fraction(2, 3) / Fraction(7, 10)


def test_the_same_bill_has_the_same_configuration_whoever_ordered_it_and_another_has_another() -> None:
    plain, racer = line(1, options=chosen(frame="city")), line(2, options=chosen(frame="race"))
    fact = orders().when(place(plain, racer, line(3))).facts[1]
    one, other, third = (found.configuration for found in fact.lines)
    assert one == third != other
    assert one == accepted(orders().when(place(line(7), number="OTHER"))).configuration


def test_what_is_chosen_changes_the_bill() -> None:
    found = accepted(orders().when(place(line(1, options=chosen(frame="race")))))
    assert "RACER" in {one.part for one in found.components}
    assert "FRAME" not in {one.part for one in found.components}
    chrome = accepted(orders().when(place(line(1, options=chosen(bell="chrome")))))
    assert "CHROME" in {one.part for one in chrome.components}


def test_quantities_are_kept_in_the_base_unit_and_as_told() -> None:
    found = accepted(orders().when(place(line(1, "BIKE", schedule(1, 3, unit="CT"), schedule(2, 1, 30)))))
    assert [(one.schedule, one.amount, one.wanted) for one in found.schedules] == [
        (1, Decimal(6), wanted(20)), (2, Decimal(1), wanted(30)),
    ]
    assert [one.told for one in found.schedules] == [Quantity.of(3, "CT"), None]


def test_a_bought_part_is_accepted_without_a_bill() -> None:
    assert accepted(orders().when(place(line(1, "FRAME")))).components == ()


def test_a_line_has_its_own_priority_or_the_orders() -> None:
    fact = orders().when(place(line(1), line(2, priority=9), priority=5)).facts[1]
    assert [one.priority for one in fact.lines] == [5, 9]


def test_the_only_site_builds_it_unless_another_is_said() -> None:
    assert accepted(orders().when(place())).site == "plant"
    assert accepted(orders(site("annex")).when(place(line(1, site="annex")))).site == "annex"
    assert refused(orders(site("annex")).when(place())) == ["lines.0.site"]


def test_an_order_may_be_on_hold_from_the_start() -> None:
    then = orders().when(place(hold="credit"))
    assert then.names == ["OrderPlaced", "OrderAccepted", "OrderHeld"]
    assert then.facts[2].reason == "credit"


def test_what_isnt_known_yet_is_waited_for_all_of_it() -> None:
    unknown = place(line(1, "TRIKE"), line(2, site="moon"), line(3, "CART"))
    orders().when(unknown).parked_on("part/TRIKE", "site/moon", "part/CART")


def test_a_component_that_isnt_known_yet_is_waited_for() -> None:
    orders(made("TOY"), bill("TOY", ("MAGIC", 1))).when(place(line(1, "TOY"))).parked_on("part/MAGIC")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (line(1, "OLD"), "lines.0.part"),
        (line(1, "KIT"), "lines.0.part"),
        (line(1, "GHOST"), "lines.0.part"),
        (line(1, "GONE"), "lines.0.part"),
        (line(1, "LOOSE"), "lines.0.part"),
        (line(1, revision="Z"), None),
        (line(1, "REV", revision="Z"), "lines.0.revision"),
        (line(1, "BIKE", schedule(unit="KGM")), "lines.0.schedules.0.quantity"),
        (line(1, "BIKE", schedule(amount="1.5")), "lines.0.schedules.0.quantity"),
        (line(1, "BIKE", schedule(days=-1)), "lines.0.schedules.0.wanted"),
        (line(1, "BIKE", schedule(1), schedule(1)), "lines.0.schedules.1.schedule"),
        (line(1, options=chosen(saddle="soft")), "lines.0.options.0.option"),
        (line(1, options=chosen(frame="tandem")), "lines.0.options.0.choice"),
        (line(1, options=chosen(frame="race", bell="chrome")), "lines.0.options.0.choice"),
        (line(1, "FRAME", options=chosen(frame="race")), "lines.0.options.0.option"),
        (line(1, "ELECTRIC"), "lines.0.options"),
        (line(1, site="closed"), "lines.0.site"),
    ],
)
def test_each_wrong_thing_is_refused_with_its_field(wrong: Any, field: str | None) -> None:
    shop = orders(
        part("OLD").model_copy(update={"active": False}), made("GHOST"), part("GONE"), part("NEW"),
        c.PartSuperseded(part="GONE", by="NEW", effective_from=day(1), use_up=False), made("LOOSE"), part("GOO"),
        bill("LOOSE", BillLine(line=1, component="GOO", quantity=Some.of(1, "CT"))),
        part("REV").model_copy(update={"revisions": (Revision(revision="A"),)}), made("ELECTRIC"),
        c.OptionDefined.model_validate(
            {"part": "ELECTRIC", "option": "motor", "required": True, "choices": [{"choice": "big"}]}
        ),
        bill("ELECTRIC", ("FRAME", 1)), site("closed").model_copy(update={"active": False}),
    )
    then = shop.when(place(wrong))
    assert (refused(then) if field else then.names) == ([field] if field else ["OrderPlaced", "OrderAccepted"])


def test_what_is_wanted_today_is_accepted() -> None:
    assert accepted(orders().when(place(line(1, "BIKE", schedule(days=0))))).schedules[0].wanted == wanted(0)


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_accepted() -> None:
    shop = orders()
    bad = place(
        line(1), line(1, "BIKE", schedule(1, "0.5", -3), schedule(1)), line(2, "KIT"),
        line(3, options=chosen(frame="x")),
    )
    assert sorted(refused(shop.when(bad))) == [
        "lines.1.line", "lines.1.schedules.0.quantity", "lines.1.schedules.0.wanted", "lines.1.schedules.1.schedule",
        "lines.2.part", "lines.3.options.0.choice",
    ]
    assert book(shop).accepted is None


def test_a_refused_order_may_be_placed_again_mended() -> None:
    shop = orders()
    shop.when(place(line(1, "BIKE", schedule(days=-1))))
    assert shop.when(place()).names == ["OrderPlaced", "OrderAccepted"]


def test_the_same_words_again_change_nothing_other_words_under_the_number_are_refused() -> None:
    mine, yours = (line(1, personalisation=sealed(name)) for name in ("for Ann", "for Bob"))
    shop = orders().given(place(mine, customer=sealed("Ann"), ship_to=sealed("1 High St")))
    assert shop.when(place(yours, customer=sealed("Bob")), at=day(11)).facts == []
    assert refused(shop.when(place(line(2))), f.AmendmentRefused) == ["number"]
    assert list(book(shop).order.lines) == [1]  # type: ignore[union-attr]


def test_what_is_sealed_is_carried_along() -> None:
    then = orders().when(place(line(1, personalisation=sealed("for Ann")), ship_to=sealed("1 High St")))
    assert then.facts[0].ship_to == sealed("1 High St")
    assert accepted(then).personalisation == sealed("for Ann")


def test_hold_and_release_and_the_same_again_is_nothing_new() -> None:
    shop = orders().given(place())
    hold, free = m.HoldOrder(number="O", reason="credit"), m.ReleaseOrder(number="O")
    assert shop.when(free).facts == []
    assert shop.when(hold).names == ["OrderHeld"]
    assert shop.when(hold).facts == []
    assert shop.when(m.HoldOrder(number="O", reason="fraud")).names == ["OrderHeld"]
    assert shop.when(free).names == ["OrderReleased"]


@pytest.mark.parametrize(
    "body",
    [
        m.HoldOrder(number="X", reason="?"), m.ReleaseOrder(number="X"), m.CancelOrder(number="X"),
        m.AmendOrder(number="X", priority=2),
    ],
)
def test_what_is_asked_of_an_order_that_is_not_known_yet_waits_for_it(body: Any) -> None:
    orders().when(body).parked_on("order/X")


def test_an_order_whose_bills_are_too_large_for_one_fact_is_refused_and_one_just_within_is_small_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(encode(accepted(orders().when(place())))) * MOST_COMPONENTS / 8 < LARGEST_RECORD / 2
    monkeypatch.setattr(accepting, "MOST_COMPONENTS", 8)
    assert orders().when(place()).names == ["OrderPlaced", "OrderAccepted"]
    then = orders().when(place(line(1), line(2)))
    assert refused(then) == ["lines"]
