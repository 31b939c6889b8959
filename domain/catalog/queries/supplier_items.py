"""From whom items are bought."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.catalog.models import SupplierItem
from domain.kernel.grouping import grouped
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@query("catalog.read")
async def supplier_items_of(
    reader: Reader, *, item_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The suppliers of each item, the quickest first. Whom we buy from is no partner's business."""
    if reader.principal.is_partner:
        return {item_id: [] for item_id in item_ids}
    rows = await reader.rows(
        select(*SupplierItem.__table__.c)
        .where(SupplierItem.tenant_id == reader.tenant_id, SupplierItem.item_id.in_(item_ids))
        .order_by(SupplierItem.lead_days, SupplierItem.id)
    )
    return grouped(item_ids, rows, key="item_id")
