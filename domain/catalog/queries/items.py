"""Items, by id and as a list, with their units and identifiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Row

from domain.catalog.gtin import normalised_gtin
from domain.catalog.models import Item, ItemIdentifier, ItemUnit, KitComponent
from domain.kernel.grouping import grouped
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_SKU = Ordering((Item.sku, Item.id))
ORDERINGS = {"sku": BY_SKU, "name": Ordering((Item.name, Item.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items; what is None does not narrow. `gtin` in any length, `sku_prefix` as written."""

    sku: str | None = None
    sku_prefix: str | None = None
    gtin: str | None = None
    status: str | None = None
    # Selections of ids that narrow as well: what custom fields hold, what a channel is offered.
    among: Select[Any] | None = None
    offered: ColumnElement[bool] | None = None


@query("catalog.read")
async def items(
    reader: Reader, *, where: ItemFilter, ordering: Ordering = BY_SKU, request: PageRequest
) -> Page:
    """A page of items. Raises InvalidInput on a foreign cursor."""
    return await fetch_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("catalog.read")
async def item_count(reader: Reader, *, where: ItemFilter) -> int:
    """How many items the whole list has."""
    return await count_rows(reader, _listed(reader, where))


@query("catalog.read")
async def items_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The items with these ids; an id of no row of the tenant is left out."""
    statement = _all(reader).where(Item.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("catalog.read")
async def item_units(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The units of each of these items, the base unit among them, by name."""
    statement = (
        select(*ItemUnit.__table__.c)
        .where(ItemUnit.tenant_id == reader.tenant_id, ItemUnit.item_id.in_(ids))
        .order_by(ItemUnit.item_id, ItemUnit.unit)
    )
    return grouped(ids, await reader.rows(statement), key="item_id")


@query("catalog.read")
async def item_components(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What each of these items is made of: component_item_id, quantity, base_unit; as told."""
    statement = (
        select(*KitComponent.__table__.c, Item.base_unit)
        .join(
            Item,
            (Item.tenant_id == KitComponent.tenant_id)
            & (Item.id == KitComponent.component_item_id),
        )
        .where(KitComponent.tenant_id == reader.tenant_id, KitComponent.kit_item_id.in_(ids))
        .order_by(KitComponent.kit_item_id, KitComponent.id)
    )
    return grouped(ids, await reader.rows(statement), key="kit_item_id")


@query("catalog.read")
async def item_identifiers(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The codes of each of these items. A partner sees no other party's codes."""
    statement = (
        select(*ItemIdentifier.__table__.c)
        .where(ItemIdentifier.tenant_id == reader.tenant_id, ItemIdentifier.item_id.in_(ids))
        .order_by(ItemIdentifier.item_id, ItemIdentifier.scheme, ItemIdentifier.value)
    )
    return grouped(ids, await reader.rows(statement), key="item_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*Item.__table__.c).where(Item.tenant_id == reader.tenant_id)


def _listed(reader: Reader, where: ItemFilter) -> Select[Any]:
    statement = _all(reader)
    if where.sku is not None:
        statement = statement.where(Item.sku == where.sku)
    if where.sku_prefix is not None:
        # Not LIKE: under row security it could not use an index.
        statement = statement.where(Item.sku.op("^@")(where.sku_prefix))
    if where.status is not None:
        statement = statement.where(Item.status == where.status)
    if where.among is not None:
        statement = statement.where(Item.id.in_(where.among))
    if where.offered is not None:
        statement = statement.where(where.offered)
    if where.gtin is not None:
        statement = statement.where(
            Item.id.in_(
                select(ItemIdentifier.item_id).where(
                    ItemIdentifier.tenant_id == reader.tenant_id,
                    ItemIdentifier.scheme == "gtin",
                    ItemIdentifier.value == (normalised_gtin(where.gtin) or ""),
                )
            )
        )
    return statement
