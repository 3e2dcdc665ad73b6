"""How an older version of a payload reads as the next one: pure functions from JSON object to JSON object.

``UPCASTERS[(domain, type name, version)]`` turns that version into ``version + 1``; chains are applied in order. A
published version is never changed: a test holds every golden sample of every version against today's models.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Final[Mapping[tuple[str, str, int], Upcaster]] = {}
"""Empty while every type is at version 1; the mechanism is tested with types of the test's own."""


def upcast(
    domain: str,
    name: str,
    version: int,
    wanted: int,
    data: dict[str, Any],
    upcasters: Mapping[tuple[str, str, int], Upcaster] = UPCASTERS,
) -> dict[str, Any]:
    """``data`` of ``version`` as ``wanted`` would have it."""
    for step in range(version, wanted):
        data = upcasters[(domain, name, step)](data)
    return data
