"""Master data and opening stock from plain CSV files."""

from infra.importing.cells import Fault
from infra.importing.directory import Imported, read_directory
from infra.importing.manual import columns_help, columns_markdown

__all__ = ["Fault", "Imported", "columns_help", "columns_markdown", "read_directory"]
