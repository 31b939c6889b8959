"""What channels and customers are offered: everything, unless they have an assortment."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    any_,
    bindparam,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy import literal as given
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.channels.models import Assortment, AssortmentItem
from domain.kernel.inserting import insert_rows
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.work import Work

_OFFERED = Prepared(
    select(AssortmentItem.assortment_id, AssortmentItem.item_id).where(
        AssortmentItem.tenant_id == bindparam("tenant", type_=Integer),
        AssortmentItem.assortment_id == any_(bindparam("assortments", type_=ARRAY(BigInteger))),
        AssortmentItem.item_id == any_(bindparam("items", type_=ARRAY(BigInteger))),
    )
)


def assortment_of_channel(channel_id: Any, tenant_id: Any) -> Any:
    """The channel's assortment as a column; null: it is offered everything."""
    return (
        select(Assortment.id)
        .where(Assortment.tenant_id == tenant_id, Assortment.channel_id == channel_id)
        .scalar_subquery()
    )


def assortment_of_caller() -> Any:
    """The assortment of the customer that asks, as a column; null: everything, or the house."""
    return func.nullif(func.current_setting("app.assortment", True), "").cast(BigInteger)


async def offered(
    reader: Reader, *, assortment_ids: Collection[int], item_ids: Collection[int]
) -> set[tuple[int, int]]:
    """(assortment, item) of those items that the assortments hold; one statement."""
    rows = await reader.rows(
        _OFFERED,
        {
            "tenant": reader.tenant_id,
            "assortments": sorted(assortment_ids),
            "items": sorted(item_ids),
        },
    )
    return {(row.assortment_id, row.item_id) for row in rows}


async def begin_assortment(work: Work, *, channel_id: int | None, party_id: int | None) -> int:
    """The assortment of the channel or customer, made if there was none, locked; its id."""
    whose = {"channel_id": channel_id, "party_id": party_id}
    statement = insert(Assortment).values(tenant_id=work.tenant_id, created_at=work.now, **whose)
    column = "party_id" if channel_id is None else "channel_id"
    made = await work.value(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", column], set_={"version": Assortment.version + 1}
        ).returning(Assortment.id)
    )
    return int(made)


async def end_assortment(work: Work, *, channel_id: int | None, party_id: int | None) -> None:
    """The channel or customer is offered everything again."""
    mine = Assortment.party_id == party_id if channel_id is None else None
    await work.execute(
        delete(Assortment).where(
            Assortment.tenant_id == work.tenant_id,
            Assortment.channel_id == channel_id if mine is None else mine,
        )
    )


async def change_items(
    work: Work, assortment_id: int, *, add: Sequence[int], remove: Sequence[int]
) -> None:
    """Put items into the locked assortment, and take others out of it."""
    await work.execute(
        delete(AssortmentItem).where(
            AssortmentItem.tenant_id == work.tenant_id,
            AssortmentItem.assortment_id == assortment_id,
            AssortmentItem.item_id.in_(remove),
        )
    )
    rows = [{"assortment_id": assortment_id, "item_id": item_id} for item_id in sorted(set(add))]
    await insert_rows(
        work, AssortmentItem, rows, unless_there=("tenant_id", "assortment_id", "item_id")
    )


def is_offered(
    tenant_id: int, item_id: Any, *, channel_id: int | None, party_id: int | None
) -> ColumnElement[bool]:
    """Whether an item is offered to the channel, and to the customer, as a condition."""
    conditions = []
    if channel_id is not None:
        mine = select(Assortment.id).where(
            Assortment.tenant_id == tenant_id, Assortment.channel_id == channel_id
        )
        conditions.append(_in_any(tenant_id, item_id, mine))
    if party_id is not None:
        # The nearest assortment at the customer or above it, as text; empty: none.
        nearest = func.nullif(func.assortment_of(given(party_id, BigInteger)), "")
        conditions.append(_in_any(tenant_id, item_id, select(nearest.cast(BigInteger))))
    return conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]


def _in_any(tenant_id: int, item_id: Any, assortment: Select[Any]) -> ColumnElement[bool]:
    found = assortment.scalar_subquery()
    held = select(AssortmentItem.item_id).where(
        AssortmentItem.tenant_id == tenant_id, AssortmentItem.assortment_id == found
    )
    return or_(found.is_(None), item_id.in_(held))
