"""What stock cost: the layers that came, the issues that took of them, and what was corrected.

Every row has the base_unit of its item and the currency of its owner's books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, func, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.inventory.models import CostChange, CostIssue, CostLayer, CostTaking, ItemCost
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LAYER_ORDERINGS = {
    "id": Ordering((CostLayer.id,)),
    "valued_on": Ordering((CostLayer.valued_on, CostLayer.position, CostLayer.id)),
}
ISSUE_ORDERINGS = {
    "id": Ordering((CostIssue.id,)),
    "valued_on": Ordering((CostIssue.valued_on, CostIssue.position, CostIssue.id)),
}
LATEST_CHANGES_FIRST = Ordering((CostChange.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFilter:
    """Which layers, issues or changes; what is None does not narrow. `source` names the document
    (kind, id) behind a layer or issue, or the cause of a change; `ids` are those of layers."""

    owner_id: int | None = None
    item_id: int | None = None
    layer_id: int | None = None
    issue_id: int | None = None
    source: tuple[str, int] | None = None
    is_open: bool | None = None
    standing: str | None = None
    from_on: date | None = None
    up_to: date | None = None
    ids: Sequence[int] | None = None


@query("inventory.value")
async def cost_layers(
    reader: Reader, *, where: CostFilter, ordering: Ordering, request: PageRequest
) -> Listing:
    """A page of layers, each with `value_now_minor`: what is left of it is worth, under other
    methods than FIFO its share of what the item is worth, by quantity. `issue_id` narrows to those
    that an issue took of."""
    statement = _narrowed(_layers(reader), CostLayer, where)
    if where.issue_id is not None:
        statement = statement.where(CostLayer.id.in_(_taken(reader, where.issue_id, "layer_id")))
    if where.is_open is not None:
        statement = statement.where(CostLayer.is_open.is_(where.is_open))
    if where.standing is not None:
        statement = statement.where(CostLayer.standing == where.standing)
    if where.ids is not None:
        statement = statement.where(CostLayer.id.in_(where.ids))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.value")
async def cost_layers_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The layers with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_layers(reader).where(CostLayer.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.value")
async def cost_issues(
    reader: Reader, *, where: CostFilter, ordering: Ordering, request: PageRequest
) -> Listing:
    """A page of issues. `layer_id` narrows to those that took of a layer."""
    statement = _narrowed(_issues(reader), CostIssue, where)
    if where.layer_id is not None:
        statement = statement.where(CostIssue.id.in_(_taken(reader, where.layer_id, "issue_id")))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.value")
async def cost_issues_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The issues with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_issues(reader).where(CostIssue.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.value")
async def takings_of_issues(
    reader: Reader, *, issue_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What each issue took of which layers, oldest first."""
    layers = and_(CostLayer.tenant_id == CostTaking.tenant_id, CostLayer.id == CostTaking.layer_id)
    statement = (
        _with_item(
            select(*CostTaking.__table__.c).select_from(CostTaking).join(CostLayer, layers),
            CostLayer,
        )
        .where(CostTaking.tenant_id == reader.tenant_id, CostTaking.issue_id.in_(issue_ids))
        .order_by(CostTaking.id)
    )
    return grouped(issue_ids, await reader.rows(statement), key="issue_id")


@query("inventory.value")
async def cost_changes(reader: Reader, *, where: CostFilter, request: PageRequest) -> Listing:
    """A page of changes of value, the latest first."""
    statement = _changes(reader)
    for name in ("owner_id", "item_id", "layer_id", "issue_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(CostChange, name) == getattr(where, name))
    if where.source is not None:
        kind, row_id = where.source
        statement = statement.where(CostChange.cause_kind == kind, CostChange.cause_id == row_id)
    return await list_page(reader, statement, ordering=LATEST_CHANGES_FIRST, request=request)


@query("inventory.value")
async def cost_changes_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The changes with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_changes(reader).where(CostChange.id.in_(ids)))
    return {row.id: row for row in rows}


def _changes(reader: Reader) -> Select[Any]:
    return _with_item(select(*CostChange.__table__.c), CostChange).where(
        CostChange.tenant_id == reader.tenant_id
    )


def _layers(reader: Reader) -> Select[Any]:
    share = func.round(ItemCost.value_minor * CostLayer.quantity_left / ItemCost.quantity)
    worth = case(
        (CostLayer.standing != "valued", 0),
        (ItemCost.method == "fifo", CostLayer.value_left_minor),
        (ItemCost.quantity > 0, share.cast(BigInteger)),
        else_=0,
    )
    statement = select(
        *CostLayer.__table__.c, worth.label("value_now_minor"), ItemCost.method
    ).join(
        ItemCost,
        and_(
            ItemCost.tenant_id == CostLayer.tenant_id,
            ItemCost.owner_id == CostLayer.owner_id,
            ItemCost.item_id == CostLayer.item_id,
        ),
    )
    return _with_item(statement, CostLayer).where(CostLayer.tenant_id == reader.tenant_id)


def _issues(reader: Reader) -> Select[Any]:
    return _with_item(select(*CostIssue.__table__.c), CostIssue).where(
        CostIssue.tenant_id == reader.tenant_id
    )


def _with_item(statement: Select[Any], table: Any) -> Select[Any]:
    return (
        statement.add_columns(Item.base_unit, LegalEntity.currency)
        .join(Item, and_(Item.tenant_id == table.tenant_id, Item.id == table.item_id))
        .join(
            LegalEntity,
            and_(LegalEntity.tenant_id == table.tenant_id, LegalEntity.id == table.owner_id),
        )
    )


def _narrowed(statement: Select[Any], table: Any, where: CostFilter) -> Select[Any]:
    for name in ("owner_id", "item_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(table, name) == getattr(where, name))
    if where.source is not None:
        kind, row_id = where.source
        statement = statement.where(table.source_kind == kind, table.source_id == row_id)
    if where.from_on is not None:
        statement = statement.where(table.valued_on >= where.from_on)
    if where.up_to is not None:
        statement = statement.where(table.valued_on <= where.up_to)
    return statement


def _taken(reader: Reader, row_id: int, wanted: str) -> Select[Any]:
    known = "issue_id" if wanted == "layer_id" else "layer_id"
    return select(getattr(CostTaking, wanted)).where(
        CostTaking.tenant_id == reader.tenant_id, getattr(CostTaking, known) == row_id
    )
