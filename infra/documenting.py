"""``docs/settings.md`` and ``docs/metrics.md``, made from the settings and the catalogue of metrics themselves.

``python -m infra.documenting`` writes them; a test fails when they are stale.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from infra import metrics
from infra.settings import PREFIX, Settings

DOCS: Final = Path(__file__).parents[1] / "docs"
_HEAD: Final = "Made by `python -m infra.documenting`; a test fails when it is stale."
_GROUPS: Final = {
    "Where everything lies": ("data", "postgres_dsn", "keys", "shards", "clock_file"),
    "The API": ("host", "port", "intake_limit", "intake_window_ms"),
    "Deciding and planning": ("batch", "snapshot_each", "park_days", "planner_patience", "planner_lease"),
}
_REST: Final = {"kafka_": "Kafka", "": "Logs and metrics"}


def settings() -> str:
    """``docs/settings.md``."""
    lines = [
        "# Every setting there is",
        "",
        _HEAD,
        "",
        "Each is an environment variable. `lotone settings` shows their values now, and a name that is none is told at",
        "the start with the one that was perhaps meant. Nothing has to be set to run everything on one machine.",
    ]
    for title, names in _grouped().items():
        lines += ["", f"## {title}", "", "| variable | default | values | meaning |", "| --- | --- | --- | --- |"]
        lines += [_row(name, Settings.model_fields[name]) for name in names]
    return "\n".join(lines) + "\n"


def _grouped() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {title: list(names) for title, names in _GROUPS.items()}
    known = {name for names in found.values() for name in names}
    for name in Settings.model_fields:
        if name not in known:
            title = next(title for start, title in _REST.items() if name.startswith(start))
            found.setdefault(title, []).append(name)
    return found


def _row(name: str, field: FieldInfo) -> str:
    default = "-" if field.default is None else f"`{field.default}`" if str(field.default) else "nothing"
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{PREFIX}{name.upper()}` | {default} | {_values(field)} | {meaning} |"


def _values(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    words = {
        Path: "a path", str: "text", SecretStr: "text, never shown", int: "a whole number", float: "a number",
        bool: "true or false",
    }
    told = words[kinds[0]]
    bounds = {"ge": "from", "gt": "above", "le": "to"}
    told_by = [(one, sign, word) for one in field.metadata for sign, word in bounds.items() if hasattr(one, sign)]
    limits = [f"{word} {getattr(one, sign)}" for one, sign, word in told_by]
    return " ".join([told, *limits])


def metered() -> str:
    """``docs/metrics.md``."""
    lines = [
        "# Every metric there is",
        "",
        _HEAD,
        "",
        "The API tells them at `/metrics`. Every other process does on `LOTONE_METRICS_PORT`, where `/healthz` says",
        "whether all its parts run. `lotone up` is all of them in one process, and tells all but the relay's. Labels",
        "have few values, and hold no id and nothing that an event says.",
        "",
        metrics.table(),
    ]
    return "\n".join(lines)


def main() -> None:
    """Write both."""
    (DOCS / "settings.md").write_text(settings(), encoding="utf-8")
    (DOCS / "metrics.md").write_text(metered(), encoding="utf-8")


if __name__ == "__main__":
    main()
