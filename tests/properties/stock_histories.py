"""Random histories of a part's stock at a site: what is told, and when it happened."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from events.inventory import commands as c
from events.inventory import messages as m
from events.inventory.accounts import EventRef
from events.values import Line, Quantity, Some, Status
from tests.scenario import day

PIECES = "KGM"
WHERE: dict[str, Any] = {"part": "P", "site": "S"}
LINE = Line(document="PO-1", line=1)
SUPPLIES = ("purchase/PO-1/1", "run/run-1", "transfer/t-2")

amounts = st.integers(1, 40).map(lambda tenths: Decimal(tenths) / 4)
levels = st.integers(0, 60).map(lambda tenths: Decimal(tenths) / 4)
some = amounts.map(lambda amount: Some.of(amount, PIECES))
quantities = levels.map(lambda amount: Quantity.of(amount, PIECES))
times = st.integers(0, 24).map(lambda hours: day(hours / 2))
lots = st.sampled_from([None, None, None, "L1"])
owners = st.sampled_from([None] * 7 + ["V"])
locations = st.sampled_from(["A", "B"])
usable = st.sampled_from([Status.AVAILABLE, Status.AVAILABLE, Status.AVAILABLE, Status.HOLD])
reservations = st.sampled_from([f"R{number}" for number in range(5)])
maybe_reservation = st.one_of(st.none(), reservations)
earlier = st.integers(-1, 12).map(lambda steps: EventRef(source="test", id=f"back-{steps}"))
"""An event so many steps back, found when its turn comes (``aimed``); -1 is one that isn't told yet."""
bucket: dict[str, Any] = {"location": locations, "lot": lots, "owner": owners}


def told(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda **chosen: kind(**WHERE, **chosen), **fields)


lines = st.lists(
    st.builds(m.SnapshotLine, status=usable, quantity=quantities, **bucket), max_size=3, unique_by=lambda line: line.key
).map(tuple)
movements = st.one_of(
    told(
        m.Received, quantity=some, status=st.sampled_from([Status.AVAILABLE, Status.INSPECTION]),
        line=st.sampled_from([None, LINE]), **bucket,
    ),
    told(m.Found, quantity=some, status=usable, **bucket),
    told(m.Lost, quantity=some, status=usable, **bucket),
    told(m.Scrapped, quantity=some, status=usable, reason=st.just("broken"), **bucket),
    told(m.Held, quantity=some, **bucket),
    told(m.Unheld, quantity=some, **bucket),
    told(m.Moved, quantity=some, to_location=locations, status=usable, **bucket),
    told(m.Issued, quantity=some, run=st.just("run-1"), reservation=maybe_reservation, **bucket),
    told(m.Shipped, quantity=some, shipment=st.just("s-1"), reservation=maybe_reservation, **bucket),
    told(m.ReturnedFromRun, quantity=some, run=st.just("run-1"), **bucket),
    told(m.Produced, quantity=some, run=st.just("run-1"), **bucket),
    told(m.ReturnedToVendor, quantity=some, supplier=st.just("V"), status=usable, **bucket),
    told(m.TransferSent, quantity=some, to_site=st.just("T"), transfer=st.just("t-1"), **bucket),
    told(
        m.TransferArrived, quantity=quantities, short=st.one_of(st.none(), quantities), transfer=st.just("t-2"),
        **bucket,
    ),
    told(m.Inspected, accepted=quantities, rejected=quantities, receipt=st.one_of(st.none(), earlier), **bucket),
)
plenty = told(m.Received, location=locations, quantity=st.just(Some.of(40, PIECES)), lot=lots)
statements = st.one_of(
    told(m.Counted, quantity=quantities, cut_off=times, status=usable, **bucket),
    told(m.OpeningStock, quantity=quantities, cut_off=times, **bucket),
    told(m.StockSnapshot, lines=lines, cut_off=times, complete=st.booleans()),
)
claimed = st.one_of(
    told(
        m.ReserveStock, reservation=reservations, quantity=some, purpose=st.just("run-1"),
        location=st.sampled_from([None, None, "A"]), lot=lots, owner=owners, priority=st.integers(0, 1),
        needed_by=st.one_of(st.none(), times),
    ),
    told(m.ReleaseStock, reservation=reservations, quantity=st.one_of(st.none(), some)),
)
supplies = st.sampled_from(SUPPLIES)
earmarks = told(
    c.EarmarkSupply, supply=supplies, reservation=reservations, quantity=some,
    purpose=st.sampled_from(["run-1", "run-1", "run-1", "run-2"]), priority=st.integers(0, 1),
    needed_by=st.one_of(st.none(), times),
)
claimed_ahead = st.one_of(
    earmarks, earmarks, earmarks,
    told(c.UnearmarkSupply, supply=supplies, reservation=reservations, quantity=st.one_of(st.none(), some)),
)
shop_floor = st.one_of(
    told(c.StockOutput, quantity=some, run=st.just("run-1"), location=locations, lot=lots),
    told(
        c.BackflushStock, run=st.sampled_from(["run-1", "run-2"]), quantity=some, n=st.just(1),
        location=st.sampled_from([None, "A", "B"]),
    ),
)
on_the_way = st.one_of(
    told(c.ExpectTransfer, from_site=st.just("T"), transfer=st.just("t-2"), quantity=some),
    told(c.FollowTransferReversal, from_site=st.just("T"), transfer=st.just("t-2"), quantity=some),
)
reversals = told(m.Reversed, of=earlier)
history = st.lists(
    st.tuples(
        st.one_of(
            plenty, movements, statements, claimed, claimed, on_the_way, reversals, reversals, claimed_ahead, shop_floor
        ),
        times,
    ),
    min_size=8, max_size=30,
)
plain: dict[str, Any] = {"location": locations}
much = st.integers(1, 30).map(lambda amount: Some.of(amount, PIECES))
reserved = told(
    m.ReserveStock, reservation=reservations, quantity=much, purpose=st.just("run-1"),
    location=st.sampled_from([None, None, "A"]), priority=st.integers(0, 1), needed_by=st.one_of(st.none(), times),
)
pressed = st.one_of(
    told(m.Lost, quantity=much, **plain),
    told(m.Moved, quantity=much, to_location=locations, **plain),
    told(m.Issued, quantity=much, run=st.just("run-1"), reservation=reservations, **plain),
    told(m.Held, quantity=much, **plain),
    told(m.Counted, quantity=quantities, cut_off=times, **plain),
    told(m.ReleaseStock, reservation=reservations, quantity=st.one_of(st.none(), some)),
    told(m.Reversed, of=earlier),
    told(m.Issued, quantity=much, run=st.just("run-1"), **plain),
)
fill = told(m.Received, quantity=st.just(Some.of(50, PIECES)), **plain)
busy = st.builds(
    lambda first, claims, then: first + claims + then,
    st.lists(st.tuples(fill, times), min_size=1, max_size=3),
    st.lists(st.tuples(reserved, times), min_size=2, max_size=6),
    st.lists(
        st.tuples(st.one_of(pressed, pressed, reserved, plenty, movements, shop_floor), times),
        min_size=6, max_size=20,
    ),
)
"""Histories in which much is claimed, and then much is taken."""
comes = st.one_of(
    told(m.Received, quantity=much, line=st.just(LINE), **plain),
    told(m.Received, quantity=much, line=st.just(LINE), status=st.just(Status.INSPECTION), **plain),
    told(m.Inspected, accepted=quantities, rejected=quantities, receipt=earlier, **plain),
    told(m.Produced, quantity=much, run=st.just("run-1"), **plain),
    told(m.TransferArrived, quantity=much, transfer=st.just("t-2"), **plain),
)
awaited = st.builds(
    lambda ahead, then: ahead + then,
    st.lists(st.tuples(earmarks, times), min_size=2, max_size=6),
    st.lists(
        st.tuples(st.one_of(comes, comes, claimed_ahead, pressed, reserved, shop_floor), times),
        min_size=6, max_size=20,
    ),
)
"""Histories in which much is claimed before it comes."""
histories = st.one_of(history, busy, awaited)
