"""The documentation of the CSV files, made from the same tables that read them."""

from collections.abc import Iterator
from typing import Final

from infra.importing.columns import Table
from infra.importing.tables import TABLES

_ABOUT: Final = """\
# The CSV files of `lotone import`

Made from the tables that read them by `python -m infra.schemas --docs`; a test fails when it is stale.

`lotone import DIRECTORY` reads the files below from one directory; a file that isn't there is left out, a `.csv` of
another name is an error. All of them are imported or, when anything is wrong, none, and each error names its file, line
and column. Importing the same files again changes nothing; a changed row is a new statement.

Files are UTF-8 with commas, the first line names the columns, in any order. Columns that aren't needed may be missing,
and cells empty. Cells with commas or line ends stand in double quotes. [infra/sample](../infra/sample) has an example
of each file.
"""


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


def page() -> str:
    """``docs/import.md``."""
    return _ABOUT + "\n" + columns_markdown()


def columns_markdown() -> str:
    """Every file and column, as tables."""
    return "\n\n".join("\n".join(_markdown(table)) for table in TABLES) + "\n"


def _markdown(table: Table) -> Iterator[str]:
    yield f"**`{table.file}`** {table.meaning}"
    yield ""
    yield "| column | needed | what it means | how it is written | e.g. |"
    yield "| --- | --- | --- | --- | --- |"
    for column in table.columns:
        need = "yes" if column.required else ""
        yield f"| `{column.name}` | {need} | {column.meaning} | {column.kind.name} | {column.example} |"
