"""Goods come into an owner's stock and leave it, at what they cost: for callers who know the
document behind it beforehand. The others open a book of costs themselves."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, tuple_

from domain.entities.models import LegalEntity
from domain.inventory.models import ItemCost
from domain.inventory.policy import Cost
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import (
    CostAdded,
    CostOf,
    Entered,
    Key,
    Source,
    entered_legs,
)
from domain.kernel.work import Work
from domain.ledger.posting import Entry, post

__all__ = [
    "CostAdded",
    "CostOf",
    "Entered",
    "Source",
    "add_cost",
    "entered_legs",
    "lock_costs",
    "take_cost",
]


async def add_cost(work: Work, added: Sequence[CostAdded], *, source: Source) -> list[Entered]:
    """Goods of one document come in; what each did to the books."""
    book = await open_costs(work, {each.key for each in added})
    entered = [book.add(each) for each in added]
    await book.write(source)
    return entered


async def take_cost(
    work: Work, taken: Sequence[CostOf], *, source: Source, contra: str = "cost_of_goods"
) -> list[int]:
    """Goods of one document leave; what each took with it, in minor units. `contra` is the leg of
    the books that it goes to: later corrections go there too. Consigned goods are bought by it,
    which is posted here.

    Raises CostNotBooked, and ValueError when an owner has less."""
    book = await open_costs(work, taking=taken)
    values = [book.take(each) for each in taken]
    await book.write(source, contra=contra)
    await _post_bought(work, book, source)
    return values


async def lock_costs(work: Work, keys: Iterable[Key]) -> dict[Key, Cost]:
    """Lock the cost rows of (owner id, item id) that exist, in that order.

    Who works on costs in several steps locks all of them with this first."""
    statement = (
        select(ItemCost.owner_id, ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor)
        .where(
            ItemCost.tenant_id == work.tenant_id,
            tuple_(ItemCost.owner_id, ItemCost.item_id).in_(sorted(set(keys))),
        )
        .order_by(ItemCost.owner_id, ItemCost.item_id)
        .with_for_update()
    )
    async with work.house():
        rows = await work.rows(statement)
    return {(row.owner_id, row.item_id): Cost(row.quantity, row.value_minor) for row in rows}


async def _post_bought(work: Work, book: CostBook, source: Source) -> None:
    bought = {owner: legs for owner in sorted(book.bought) if (legs := book.bought_legs(owner))}
    if not bought:
        return
    currencies = await work.rows(
        select(LegalEntity.id, LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(bought)
        )
    )
    await post(
        work,
        [
            Entry(
                entity_id=row.id,
                milestone="consignment",
                source_kind=source.kind,
                source_id=source.id,
                currency=row.currency,
                legs=bought[row.id],
                posted_on=work.now.date(),
                description="Consigned goods that were used",
                trace={f"{source.kind}_id": source.id},
            )
            for row in currencies
        ],
    )
