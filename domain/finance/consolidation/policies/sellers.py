"""Which entities earned the profit that is in a layer of stock. Pure.

A layer that one entity sold to another has the seller's profit in it, and what sellers before it
earned on the layers that it was taken of; one that came back has what it had when it left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO, WHOLE = Decimal(0), Decimal(1)
# Nobody knows who sold it.
UNKNOWN: int | None = None
_LONGEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLayer:
    """A layer with profit in it: in base units, and minor units of the owner's books. Where it was
    sold by a transfer: by whom, and what all of that is in the seller's books and the buyer's."""

    layer_id: int
    quantity: Decimal
    profit_minor: int
    seller_id: int | None = UNKNOWN
    sold_minor: int = 0
    bought_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An issue (of a quantity) by which a layer came took of another one; `profit` of that one's
    is in what it took, in its owner's books."""

    issue_id: int
    issue_quantity: Decimal
    layer_id: int
    profit: Decimal


def sellers_in(
    layer_id: int,
    layers: Mapping[int, SoldLayer],
    sources: Mapping[int, Sequence[Source]],
    *,
    deep: int = 0,
) -> dict[int | None, Decimal]:
    """Whose profit is in a layer, as parts of it that add up to the whole."""
    layer, came = layers[layer_id], sources.get(layer_id, ())
    earlier = sum((each.profit for each in came), ZERO)
    if deep == _LONGEST or not came or not earlier:
        return {layer.seller_id: WHOLE}
    before = WHOLE
    found: dict[int | None, Decimal] = defaultdict(Decimal)
    if layer.seller_id is not None:
        issued = sum({each.issue_id: each.issue_quantity for each in came}.values(), ZERO)
        rate = Decimal(layer.bought_minor) / layer.sold_minor if layer.sold_minor else WHOLE
        before = earlier * rate * layer.quantity / issued / layer.profit_minor
        found[layer.seller_id] = WHOLE - before
    for each in came:
        part = before * each.profit / earlier
        for seller, of_it in sellers_in(each.layer_id, layers, sources, deep=deep + 1).items():
            found[seller] += part * of_it
    return found
