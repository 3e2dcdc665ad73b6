"""What customers of the sample factory can choose: colour, saddle, box and range. Made up."""

from collections.abc import Iterator
from typing import Any, Final

from infra.sample.life.chance import Chance

_FRAMES: Final = {"LONG-1": "FRAME-L", "TRIKE-1": "FRAME-T"}


def _choice(choice: str, name: str, **changes: Any) -> dict[str, Any]:
    return {"choice": choice, "name": name, **changes}


def _line(number: int, component: str) -> dict[str, Any]:
    return {"line": number, "component": component, "quantity": {"amount": "1", "unit": "C62"}}


def _options(part: str) -> dict[str, list[dict[str, Any]]]:
    """The first choice of each is the default: what the bill says."""
    frame = _FRAMES[part]
    return {
        "COLOUR": [
            _choice("GREEN", "moss green"),
            _choice("BLUE", "gentian blue", replace=[{"component": frame, "by": f"{frame}-BLUE"}]),
        ],
        "SADDLE": [
            _choice("PLAIN", "plain"),
            _choice("GEL", "with gel", replace=[{"component": "SADDLE", "by": "SADDLE-GEL"}]),
        ],
        "BOX": [
            _choice("OPEN", "open"),
            _choice("COVERED", "with a rain cover", add=[_line(200, "RAIN-COVER")]),
            _choice("NONE", "without a box", remove=["BOX"], excludes=[{"option": "RANGE", "choice": "FAR"}]),
        ],
        "RANGE": [
            _choice("NEAR", "one battery"),
            _choice("FAR", "two batteries, one of them in the box", add=[_line(210, "BATTERY")]),
        ],
    }


def offers() -> Iterator[tuple[str, dict[str, Any]]]:
    """The payload of every ``DefineOption``, and what names it."""
    for part in _FRAMES:
        for option, choices in _options(part).items():
            yield f"{part}/{option}", {
                "part": part, "option": option, "default": choices[0]["choice"], "choices": choices,
            }


def chosen(chance: Chance, part: str, number: str) -> list[dict[str, str]]:
    """What somebody chooses; hardly two choose alike. Nobody wants a second battery in a box that isn't there."""
    found = {}
    for option, choices in _options(part).items():
        told = [choice["choice"] for choice in choices]
        found[option] = chance.pick((told[0], *told), number, option)
    if found["BOX"] == "NONE":
        found["RANGE"] = "NEAR"
    return [{"option": option, "choice": choice} for option, choice in found.items()]
