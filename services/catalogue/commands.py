"""What the catalogue decides on."""

from events.catalogue.messages import CatalogueMessage

__all__ = ["CatalogueMessage"]
