"""Goods that belong to another entity are bought from it when they leave."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.fulfilment.progress import LocationWork
from domain.intercompany.shipping import LeavingGoods, Mirrored, mirror_shipment
from domain.kernel.work import Work


async def bought_goods(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    held: Mapping[int, Row[Any]],
    costs: Mapping[int, int],
) -> tuple[Mirrored, dict[int, int]]:
    """What the lines' goods (base units, by line) cost the selling entity, which buys those of
    other owners now; and what it buys, which is yet to be booked. Nothing is sent when all is its
    own. Raises ExchangeRateMissing."""
    traded = {
        line_id: current.lines[line_id].allocation_id
        for line_id in quantities
        if held[current.lines[line_id].allocation_id].is_traded
    }
    if not traded:
        return Mirrored(), dict(costs)
    mirrored = await mirror_shipment(
        work,
        [
            LeavingGoods(
                allocation_id=allocation_id,
                quantity=quantities[line_id],
                cost_minor=costs[line_id],
            )
            for line_id, allocation_id in traded.items()
        ],
    )
    bought = {line_id: mirrored.costs[each] for line_id, each in traded.items()}
    return mirrored, {**costs, **bought}
