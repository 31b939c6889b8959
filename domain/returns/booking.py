"""Dispositions in the books: of whose the goods are, and of all over whose hands they go back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.intercompany.booking import Booked
from domain.intercompany.returning import record_return
from domain.inventory.movements import Change
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry
from domain.ledger.posting import post
from domain.returns.bought_goods import Becoming, taken_back
from domain.returns.original_cost import Costed
from domain.returns.policies.states import INTO_STOCK

REFERENCE_KIND = "return_disposition"
_KINDS = (*INTO_STOCK, "scrap", "return_to_supplier")
MILESTONES = {kind: f"return_{kind.removeprefix('return_')}" for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Disposed:
    """What became of a part of a unit, as it is written."""

    id: int
    becoming: Becoming
    change: Change | None
    costed: Costed

    @property
    def movement(self) -> Change | None:
        """What it did to the stock, with its own id behind it."""
        return None if self.change is None else replace(self.change, reference_id=self.id)


async def book_dispositions(
    work: Work, row: Row[Any], line: Row[Any], disposed: Sequence[Disposed]
) -> None:
    """Post what became of the goods' cost to their owners' books, and over the legs by which they
    had been bought: all in one go."""
    told = [each for each in disposed if each.becoming.kind in MILESTONES]
    if not told:
        return
    part = told[0].becoming.part
    owners = {each.becoming.owner_id for each in told}
    group = select(Item.item_group).where(Item.tenant_id == work.tenant_id, Item.id == part.item_id)
    known = await work.rows(
        select(LegalEntity.id, LegalEntity.currency, group.scalar_subquery().label("group")).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(sorted(owners))
        )
    )
    currencies = {each.id: each.currency for each in known}
    entries: list[Entry] = []
    over_legs: list[Booked] = []
    for each in told:
        currency = currencies[each.becoming.owner_id]
        entry = _entry(work, row, line, each, currency=currency, item_group=known[0].group)
        bought = each.becoming.bought
        if bought is not None and each.becoming.goes_back:
            booked, posted = await taken_back(work, bought, entry, costed=each.costed)
            over_legs.append(booked)
            entries += posted
        else:
            entries.append(entry)
    await post(work, entries)
    for booked in over_legs:
        await record_return(work, booked)


def _entry(
    work: Work,
    row: Row[Any],
    line: Row[Any],
    each: Disposed,
    *,
    currency: str,
    item_group: str | None,
) -> Entry:
    part, kind = each.becoming.part, each.becoming.kind
    trace = {"return_id": row.id, "return_unit_id": part.id, "order_id": line.order_id}
    costed = each.costed
    return Entry(
        entity_id=each.becoming.owner_id,
        milestone=MILESTONES[kind],
        source_kind=REFERENCE_KIND,
        source_id=each.id,
        currency=currency,
        legs=costed.legs_against("inventory") if each.becoming.goes_back else costed.whole_legs,
        posted_on=work.now.date(),
        description=f"{kind.replace('_', ' ')} of {row.number}",
        trace={name: value for name, value in trace.items() if value is not None},
        dimensions=Dimensions(
            channel_id=row.channel_id,
            location_id=part.location_id,
            item_group=item_group,
            party_id=row.party_id,
        ),
    )
