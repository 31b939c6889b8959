"""What the source last said of an order, so that an older word is told from a newer one."""

from sqlalchemy import update

from domain.kernel.work import Work
from domain.orders.models import SalesOrder


async def note_source(
    work: Work, *, order_id: int, content_hash: str | None, source_version: str | None
) -> None:
    """Keep the content and the version of the document that the order now follows."""
    given = {"content_hash": content_hash, "source_version": source_version}
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        return
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id)
        .values(values)
    )
