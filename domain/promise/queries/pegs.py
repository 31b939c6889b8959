"""What the waiting parts of order lines rest on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.grouping import grouped
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.promise.models import PromisePeg


@query("promise.read")
async def pegs_of_lines(reader: Reader, *, line_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The pegs of each line, the first to leave first; a customer sees its own lines' only."""
    rows = await reader.rows(
        select(*PromisePeg.__table__.c)
        .where(PromisePeg.tenant_id == reader.tenant_id, PromisePeg.order_line_id.in_(line_ids))
        .order_by(PromisePeg.ships_on, PromisePeg.id)
    )
    return grouped(line_ids, rows, key="order_line_id")
