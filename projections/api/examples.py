"""An example of each answer, as a run of the sample factory gave it. A test holds them to the answers' own models."""

from functools import cache
from importlib.resources import files
from typing import Any, cast

import orjson


@cache
def examples() -> dict[str, Any]:
    """By method and path, as the specification names them: ``GET /stock``."""
    return cast("dict[str, Any]", orjson.loads((files(__package__) / "examples.json").read_bytes()))
