"""How far stock may be corrected at a location without anybody's yes."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from domain.inventory.models import StockTolerance
from domain.inventory.policies.counting import Tolerance
from domain.kernel.reading import Reader


async def tolerance_at(reader: Reader, location_id: int) -> Tolerance | None:
    """The location's own tolerance, else the tenant's standard; None when neither is set."""
    row = await reader.row(
        select(StockTolerance.quantity, StockTolerance.percent, StockTolerance.value_minor)
        .where(
            StockTolerance.tenant_id == reader.tenant_id,
            or_(StockTolerance.location_id == location_id, StockTolerance.location_id.is_(None)),
        )
        .order_by(StockTolerance.location_id.nulls_last())
        .limit(1)
    )
    return None if row is None else tolerance_of(row)


def tolerance_of(row: Row[Any]) -> Tolerance:
    """A row as the policy takes it."""
    return Tolerance(quantity=row.quantity, percent=row.percent, value_minor=row.value_minor)
