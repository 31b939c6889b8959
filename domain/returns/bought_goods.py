"""Goods that the selling entity had bought from another one: they go back as far as the trade
agreements let them, else they are its own at what it paid."""

from dataclasses import dataclass

from domain.intercompany.booking import Booked
from domain.intercompany.returning import MirroredReturn, mirror_return, prepare_return
from domain.inventory.valuation.costs import CostAdded, Source, add_cost
from domain.inventory.valuation.kinds import entered_legs
from domain.kernel.work import Work
from domain.ledger.entries import Entry
from domain.returns.original_cost import Costed
from domain.returns.unit_parts import UnitPart


@dataclass(frozen=True, slots=True)
class Becoming:
    """A part of a unit: whose it becomes, and as what it is dealt with there."""

    part: UnitPart
    kind: str
    owner_id: int
    bought: MirroredReturn | None = None

    @property
    def goes_back(self) -> bool:
        """Whether it goes back over any leg."""
        return self.bought is not None and bool(self.bought.milestones)


async def becoming(work: Work, part: UnitPart, kind: str) -> Becoming:
    """Whose the goods become when this is done with them."""
    if part.allocation_id is None:
        return Becoming(part, kind, part.owner_id)
    bought = await mirror_return(
        work, allocation_id=part.allocation_id, quantity=part.quantity, disposition=kind
    )
    return Becoming(part, bought.disposition, bought.owner_id, bought)


async def enter_bought(
    work: Work, part: UnitPart, bought: MirroredReturn, *, leg: str | None
) -> Costed:
    """What they cost their owner: in its stock (`leg` None), or that goes to this leg."""
    if leg is not None:
        return Costed(bought.cost_minor, ((leg, bought.cost_minor),))
    added = CostAdded(
        bought.owner_id,
        part.item_id,
        part.quantity,
        bought.cost_minor,
        profit_minor=bought.profit_minor,
    )
    (entered,) = await add_cost(work, [added], source=Source("return_unit", part.id))
    if bought.milestones:
        # The owner takes it back at what it stands at in its stock.
        return Costed(entered.stock_minor, (("inventory", entered.stock_minor),))
    return Costed(entered.value_minor, entered_legs([entered]))


async def taken_back(
    work: Work, bought: MirroredReturn, entry: Entry, *, costed: Costed
) -> tuple[Booked, list[Entry]]:
    """What goes back over the legs, and the journals of that. What does not come into the owner's
    stock goes from there to where the entry says."""
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
    return booked, [*booked.entries, *own]
