"""``docs/types.md``: every type there is, as a page for people, made from the register."""

from typing import Final

from events.register import DOMAINS, EVERYTHING, Entry, Kind
from infra.schemas import file_name, spoken, stream_pattern

_KINDS: Final = {
    Kind.REQUEST: "Requests: they ask, and may be refused",
    Kind.OBSERVATION: "Observations: they tell what happened, and never are",
    Kind.COMMAND: "Commands: between Lotone's own services, never from outside",
    Kind.FACT: "Facts: what the ledger holds",
}


def table() -> str:
    """``docs/types.md``."""
    lines = [
        "# Every type there is",
        "",
        "Made from the register by `python -m infra.schemas --docs`; a test fails when it is stale.",
        "",
        "A message's CloudEvent `type` is `lotone.<domain>.<type>.v<version>`. Its JSON Schema is in `events/schemas`,",
        "and at `GET /schemas/<domain>.<type>.v<version>.json`. The stream is the one thing it concerns, and its name",
        "picks the shard. Personal fields are encrypted under a key of the person they tell of, before anything",
        "stores them.",
    ]
    for domain in DOMAINS:
        lines += ["", f"## {domain.capitalize()}"]
        for kind, about in _KINDS.items():
            entries = [entry for entry in EVERYTHING if (entry.domain, entry.kind) == (domain, kind)]
            if entries:
                lines += ["", f"### {about}", "", "| type | version | what it means | stream | personal fields |"]
                lines += ["| --- | --- | --- | --- | --- |", *map(_row, entries)]
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> str:
    meaning = spoken(entry.model).split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    personal = ", ".join(f"`{path}`" for path in entry.personal) or "none"
    schema = f"../events/schemas/{file_name(entry)}"
    return f"| [{entry.name}]({schema}) | {entry.version} | {meaning} | `{stream_pattern(entry)}` | {personal} |"
