"""How far prices of orders may be from the lists' before somebody has to approve them."""

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import or_, select

from domain.kernel.reading import Reader
from domain.pricing.models import PriceOverrideLimit


async def limits_of_channels(reader: Reader, channel_ids: Collection[int]) -> dict[int, Decimal]:
    """The limit in percent that holds for each of the channels: its own, else the tenant's; one
    without any is left out. One statement."""
    rows = await reader.rows(
        select(PriceOverrideLimit.channel_id, PriceOverrideLimit.percent).where(
            PriceOverrideLimit.tenant_id == reader.tenant_id,
            or_(
                PriceOverrideLimit.channel_id.is_(None),
                PriceOverrideLimit.channel_id.in_(channel_ids),
            ),
        )
    )
    known = {row.channel_id: row.percent for row in rows}
    everywhere = known.get(None)
    found = {each: known.get(each, everywhere) for each in channel_ids}
    return {each: percent for each, percent in found.items() if percent is not None}


async def all_limits(reader: Reader) -> dict[int | None, Decimal]:
    """Every limit in percent by channel; that of all without their own under None."""
    limit = PriceOverrideLimit
    rows = await reader.rows(
        select(limit.channel_id, limit.percent).where(limit.tenant_id == reader.tenant_id)
    )
    return {row.channel_id: row.percent for row in rows}
