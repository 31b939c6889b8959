"""Changes that wait for the order that they change: which messages are to be read again."""

from typing import Any

from sqlalchemy import Select, select

from domain.intake.history import in_families
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import Outcome
from domain.kernel.work import Work
from domain.orders.capture import existing_orders
from domain.orders.models import SalesOrder

ORDER_UNKNOWN = "order_unknown"


async def waiting_changes(work: Work, order_id: int) -> list[int]:
    """The messages that wait with a change of this order, the oldest first."""
    row = await work.row(
        select(SalesOrder.channel_id, SalesOrder.external_id).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id
        )
    )
    if row is None or row.external_id is None:
        return []
    rows = await work.rows(
        _waiting()
        .where(
            IntakeDocument.tenant_id == work.tenant_id,
            IntakeMessage.channel_id == row.channel_id,
            IntakeDocument.external_id == row.external_id,
        )
        .order_by(IntakeMessage.id)
    )
    return list(dict.fromkeys(each.id for each in rows if _lacks_its_order(each)))


async def has_its_orders(work: Work, message_id: int) -> bool:
    """Whether a message waits with a change of an order that came meanwhile."""
    rows = await work.rows(
        _waiting().where(IntakeDocument.tenant_id == work.tenant_id, IntakeMessage.id == message_id)
    )
    keys = [(row.channel_id, row.external_id) for row in rows if _lacks_its_order(row)]
    return bool(keys) and bool(await existing_orders(work, keys))


def _waiting() -> Select[Any]:
    return (
        select(
            IntakeMessage.id,
            IntakeMessage.channel_id,
            IntakeDocument.external_id,
            IntakeDocument.problems,
        )
        .join(
            IntakeDocument,
            (IntakeDocument.tenant_id == IntakeMessage.tenant_id)
            & (IntakeDocument.message_id == IntakeMessage.id),
        )
        .where(
            IntakeMessage.outcome == "exception",
            in_families(),
            IntakeDocument.outcome == Outcome.EXCEPTION.value,
            IntakeDocument.external_id.is_not(None),
        )
    )


def _lacks_its_order(row: Any) -> bool:
    errors = {each["code"] for each in row.problems if each["severity"] == "error"}
    return errors == {ORDER_UNKNOWN}
