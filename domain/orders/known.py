"""Orders that are there already, by what their channel calls them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam, column, func, select

from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder


@dataclass(frozen=True, slots=True)
class Existing:
    """An order that was there before, under the same external id."""

    order_id: int
    number: str
    status: str
    content_hash: str | None
    source_version: str | None


def _existing() -> Prepared:
    wanted = (
        func.unnest(
            bindparam("channels", type_=ARRAY(BigInteger)),
            bindparam("external_ids", type_=ARRAY(Text)),
        )
        .table_valued(column("channel_id", BigInteger), column("external_id", Text))
        .render_derived(name="wanted")
    )
    return Prepared(
        select(
            SalesOrder.channel_id,
            SalesOrder.external_id,
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.status,
            SalesOrder.content_hash,
            SalesOrder.source_version,
        ).where(
            SalesOrder.tenant_id == bindparam("tenant", type_=Integer),
            SalesOrder.channel_id == wanted.c.channel_id,
            SalesOrder.external_id == wanted.c.external_id,
        )
    )


_EXISTING = _existing()


async def existing_orders(
    reader: Reader, keys: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], Existing]:
    """The orders that exist under (channel id, external id)."""
    if not keys:
        return {}
    values = {
        "tenant": reader.tenant_id,
        "channels": [channel_id for channel_id, _ in keys],
        "external_ids": [external_id for _, external_id in keys],
    }
    rows = await reader.rows(_EXISTING, values)
    return {
        (row.channel_id, row.external_id or ""): Existing(
            row.id, row.number, row.status, row.content_hash, row.source_version
        )
        for row in rows
    }
