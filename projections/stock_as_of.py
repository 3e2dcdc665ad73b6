"""A part's stock as it stood at a point of history: which streams an answer about it depends on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from projections.as_of import History, streams_beginning
from projections.past import then
from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.queries import Connection, Then, fetch
from projections.stock_position import STOCK_POSITION
from projections.stock_position_queries import PartStock, part_stock

DOMAINS: Final = ("inventory", "suppliers")
_ORDERED: Final = "SELECT DISTINCT number FROM lotone.purchase_order_line WHERE part = %(part)s ORDER BY 1"


@contextmanager
def stock_then(connection: Connection, history: History, part: str) -> Iterator[Then]:
    """What queries of a part's stock read instead of the connection."""
    streams = streams_beginning(connection, history.shards.get("inventory", 0), "inventory", f"stock/{part}@")
    streams += [("suppliers", f"purchase-order/{row[0]}") for row in fetch(connection, _ORDERED, {"part": part})]
    with then(connection, history, (STOCK_POSITION, PURCHASE_ORDER_LINES), DOMAINS, lambda _: streams) as past:
        yield past


def stock_as_of(connection: Connection, history: History, part: str) -> PartStock | None:
    """All there is to say of a part's stock as it stood; None when nothing was known of it then."""
    with stock_then(connection, history, part) as past:
        return part_stock(past, part)
