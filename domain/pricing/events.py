"""What happened to price lists."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListCreated(Event):
    """A price list began."""

    type = "pricing.price_list_created"
    aggregate = "price_list"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListChanged(Event):
    """Fields of a price list changed."""

    type = "pricing.price_list_changed"
    aggregate = "price_list"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesChanged(Event):
    """Prices of these items were set or taken away."""

    type = "pricing.prices_changed"
    aggregate = "price_list"
    item_ids: tuple[int, ...]
