"""What a customer of the sample factory chooses, of what ``options.csv`` offers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from infra.sample.life.chance import Chance

Offers = Mapping[str, list[Mapping[str, Any]]]
"""The options of each part, as ``DefineOption`` states them."""


def offers(events: Iterable[Mapping[str, Any]]) -> Offers:
    """What these events offer."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for event in events:
        if event["type"] == "lotone.catalogue.DefineOption.v1":
            found[event["data"]["part"]].append(event["data"])
    return found


def chosen(offered: Offers, part: str, chance: Chance, number: str) -> list[dict[str, str]]:
    """One choice of each option: half of all customers take the default, and whoever would choose what excludes
    another of their choices takes the default too."""
    found: dict[str, str] = {}
    for option in offered[part]:
        choices = {choice["choice"]: choice for choice in option["choices"]}
        told = option["default"]
        if chance.happens(0.5, number, option["option"]):
            told = chance.pick(tuple(choices), number, option["option"], "choice")
        if any(found.get(one["option"]) == one["choice"] for one in choices[told].get("excludes", ())):
            told = option["default"]
        if any(_excludes(offered[part], other, choice, option["option"], told) for other, choice in found.items()):
            told = option["default"]
        found[option["option"]] = told
    return [{"option": option, "choice": choice} for option, choice in found.items()]


def _excludes(options: Iterable[Mapping[str, Any]], option: str, choice: str, other: str, told: str) -> bool:
    """Whether this choice, made already, says that the other can't be made."""
    return any(
        (one["option"], one["choice"]) == (other, told)
        for known in options if known["option"] == option
        for made in known["choices"] if made["choice"] == choice
        for one in made.get("excludes", ())
    )
