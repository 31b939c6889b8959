"""Goods that the selling entity had bought from another one: they go back as far as the trade
agreements let them, else they are its own at what it paid."""

from typing import Any

from sqlalchemy.engine import Row

from domain.intercompany.returning import (
    MirroredReturn,
    mirror_return,
    prepare_return,
    record_return,
)
from domain.inventory.valuation.costs import CostAdded, Source, add_cost
from domain.inventory.valuation.kinds import entered_legs
from domain.kernel.work import Work
from domain.ledger.entries import Entry
from domain.ledger.posting import post
from domain.returns.original_cost import Costed

MISSING = "missing"


async def bought_goods(
    work: Work, unit: Row[Any], order_line_id: int | None, kind: str
) -> MirroredReturn | None:
    """Whose the unit's goods become; None where they were not bought, or nothing came back."""
    if order_line_id is None or kind == MISSING:
        return None
    return await mirror_return(
        work, order_line_id=order_line_id, quantity=unit.quantity, disposition=kind
    )


async def enter_bought(
    work: Work, unit: Row[Any], bought: MirroredReturn, *, leg: str | None
) -> Costed:
    """What they cost their owner: in its stock (`leg` None), or that goes to this leg."""
    if leg is not None:
        return Costed(bought.cost_minor, ((leg, bought.cost_minor),))
    added = CostAdded(
        bought.owner_id,
        unit.item_id,
        unit.quantity,
        bought.cost_minor,
        profit_minor=bought.profit_minor,
    )
    (entered,) = await add_cost(work, [added], source=Source("return_unit", unit.id))
    if bought.milestones:
        # The owner takes it back at what it stands at in its stock.
        return Costed(entered.stock_minor, (("inventory", entered.stock_minor),))
    return Costed(entered.value_minor, entered_legs([entered]))


async def post_taken_back(
    work: Work, bought: MirroredReturn, entry: Entry, *, costed: Costed
) -> None:
    """Post what goes back over the legs. What does not come into the owner's stock goes from
    there to where the entry says."""
    booked = await prepare_return(
        work,
        bought,
        source_kind=entry.source_kind,
        source_id=entry.source_id,
        description=entry.description,
        cost_minor=costed.cost_minor,
        trace=entry.trace,
    )
    own = [] if all(leg == "inventory" for leg, _ in costed.legs) else [entry]
    await post(work, [*booked.entries, *own])
    await record_return(work, booked)
