"""The documentation of the CSV files, made from the same tables that read them."""

from collections.abc import Iterator

from infra.importing.columns import Table
from infra.importing.tables import TABLES


def columns_help() -> str:
    """Every file and column, for a terminal. A star marks what every row must have; ``\\b`` tells the command line's
    help to keep a paragraph's lines."""
    return "\n\n".join("\b\n" + "\n".join(_lines(table)) for table in TABLES)


def _lines(table: Table) -> Iterator[str]:
    yield f"{table.file}: {table.meaning}"
    width = max(len(column.name) for column in table.columns) + 1
    for column in table.columns:
        name = f"{column.name}{'*' if column.required else ''}"
        yield f"  {name:<{width}}  {column.meaning} ({column.kind.name}, e.g. {column.example})"


def columns_markdown() -> str:
    """Every file and column, for the README."""
    return "\n\n".join("\n".join(_markdown(table)) for table in TABLES) + "\n"


def _markdown(table: Table) -> Iterator[str]:
    yield f"**`{table.file}`** {table.meaning}"
    yield ""
    yield "| column | needed | what it means | how it is written | e.g. |"
    yield "| --- | --- | --- | --- | --- |"
    for column in table.columns:
        need = "yes" if column.required else ""
        yield f"| `{column.name}` | {need} | {column.meaning} | {column.kind.name} | {column.example} |"
