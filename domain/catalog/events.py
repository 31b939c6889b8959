"""What happened to items."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCreated(Event):
    """An item began; a draft one waits for review."""

    type = "catalog.item_created"
    aggregate = "item"
    sku: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Event):
    """Fields, units or identifiers of an item changed."""

    type = "catalog.item_changed"
    aggregate = "item"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemActivated(Event):
    """A draft item was reviewed and may be sold."""

    type = "catalog.item_activated"
    aggregate = "item"
    sku: str
