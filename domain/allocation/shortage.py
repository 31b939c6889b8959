"""That something is short, in the words in which a customer may hear it."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.channels.models import Channel
from domain.channels.policy import Telling
from domain.inventory.outcomes import StockLacking, StockShort
from domain.kernel.work import Work


async def told_short(
    work: Work, found: Sequence[tuple[int, StockShort]]
) -> list[StockShort | StockLacking]:
    """The shortages, each with the channel it came through, as the caller may hear them: of a
    channel that tells a customer no quantities StockLacking stands for it, of one with a cap no
    more than the cap is told. One statement, for partners only."""
    if not found or not work.principal.is_partner:
        return [short for _, short in found]
    rows = await work.rows(
        select(
            Channel.id, Channel.availability_shown, Channel.availability_cap, Channel.low_below
        ).where(
            Channel.tenant_id == work.tenant_id, Channel.id.in_({channel for channel, _ in found})
        )
    )
    tellings = {row.id: Telling(*row[1:]) for row in rows}
    return [_told(short, tellings[channel_id]) for channel_id, short in found]


def _told(short: StockShort, telling: Telling) -> StockShort | StockLacking:
    available = short.fields["available"]
    quantity = telling.quantity(available)
    if quantity is not None:
        told = {**short.fields, "available": quantity}
        return StockShort(short.message, path=short.path, **told)
    return StockLacking(
        short.message,
        path=short.path,
        item_id=short.fields["item_id"],
        requested=short.fields["requested"],
        level=telling.level(available) if telling.shown == "levels" else None,
    )
