"""What a fact touches: the keys by which the joins know what to look at again, and a cut what to decide on.

A key is a kind and an id. Which keys a fact touches follows from the fact and its own domain's part alone, so it is the
same in whatever order shards are read. What another domain has to do with a key is found out later, by the joins.
"""

from enum import StrEnum
from typing import NamedTuple

from events.planning.shapes import SupplyKey


class Kind(StrEnum):
    """What can be touched."""

    SUPPLY = "supply"
    PEG = "peg"
    RUN = "run"
    ORDER = "order"
    REQUIREMENT = "requirement"
    SHIPMENT = "shipment"
    REQUISITION = "requisition"
    SUPPLIER = "supplier"
    LANE = "lane"
    PART = "part"
    SITE = "site"
    DECISION = "decision"
    POLICY = "policy"
    TRANSFER = "transfer"
    DELIVERY = "delivery"


class Key(NamedTuple):
    """One thing that a fact is about."""

    kind: Kind
    id: str


def supply(text: str) -> Key:
    return Key(Kind.SUPPLY, text)


def stock(site: str, part: str, configuration: str | None = None) -> Key:
    return Key(Kind.SUPPLY, SupplyKey.stock(site, part, configuration).text)


def peg(id: str) -> Key:
    return Key(Kind.PEG, id)
