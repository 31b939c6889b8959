"""How far goods that a customer returns go back, and as what. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

# What an agreement says unless it says otherwise: what can be sold again goes back to whose it
# was; what is lost or spoilt stays the loss of who sold it.
STANDARD_DISPOSITIONS: Mapping[str, str | None] = {
    "restock": "restock",
    "refurbish": "refurbish",
    "return_to_supplier": "return_to_supplier",
    "quarantine": None,
    "scrap": None,
    "missing": None,
}


@dataclass(frozen=True, slots=True)
class WayBack:
    """How many legs, from the customer's end, go back, and the disposition where it ends."""

    legs: int
    disposition: str


def way_back(disposition: str, agreements: Sequence[Mapping[str, str | None]]) -> WayBack:
    """How far goods go back under agreements, of which the first is the customer's end.

    Each maps a disposition of its buyer to the supplier's; null or none: the buyer keeps them."""
    legs = 0
    for mapping in agreements:
        mapped = mapping.get(disposition)
        if mapped is None:
            break
        disposition, legs = mapped, legs + 1
    return WayBack(legs, disposition)


def parts_of(
    bought: Sequence[tuple[int, Decimal]],
    quantity: Decimal,
    preferred: Collection[int] | None = None,
) -> list[tuple[int | None, Decimal]]:
    """Of which allocations so much is: what was bought (allocation, what of it is out) first, and
    only by `preferred` ones, where it is known by which; None is what was not bought."""
    parts: list[tuple[int | None, Decimal]] = []
    for allocation_id, left in bought:
        part = min(left, quantity)
        if part > 0 and (preferred is None or allocation_id in preferred):
            parts.append((allocation_id, part))
            quantity -= part
    return [*parts, (None, quantity)] if quantity else parts
