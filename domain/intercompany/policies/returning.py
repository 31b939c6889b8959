"""How far goods that a customer returns go back, and as what. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
