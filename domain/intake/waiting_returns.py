"""Returns that wait for their order, or for it to leave: which messages are to be read again."""

from sqlalchemy import or_, select

from domain.intake.formats.returned.reading import READERS
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import Outcome
from domain.kernel.work import Work
from domain.orders.models import SalesOrder

# What mends itself when the order comes, or leaves.
WAITS = frozenset({"order_unknown", "not_shipped"})


async def waiting_returns(work: Work, order_id: int) -> list[int]:
    """The messages that wait with a return of this order, the oldest first."""
    key = await work.row(
        select(SalesOrder.channel_id, SalesOrder.external_id).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id
        )
    )
    if key is None or key.external_id is None:
        return []
    rows = await work.rows(
        select(IntakeMessage.id, IntakeDocument.problems)
        .join(
            IntakeDocument,
            (IntakeDocument.tenant_id == IntakeMessage.tenant_id)
            & (IntakeDocument.message_id == IntakeMessage.id),
        )
        .where(
            IntakeMessage.tenant_id == work.tenant_id,
            IntakeMessage.channel_id == key.channel_id,
            IntakeMessage.outcome == "exception",
            or_(*(IntakeMessage.format == name for name in READERS)),
            IntakeDocument.external_id == key.external_id,
        )
        .order_by(IntakeMessage.id)
    )
    waits = [row.id for row in rows if {each["code"] for each in row.problems} <= WAITS]
    return list(dict.fromkeys(waits))


async def has_order_by_now(work: Work, message_id: int) -> bool:
    """Whether an order is here by now that a message, which is an exception, waits for."""
    return bool(
        await work.value(
            select(IntakeDocument.id)
            .join(
                IntakeMessage,
                (IntakeMessage.tenant_id == IntakeDocument.tenant_id)
                & (IntakeMessage.id == IntakeDocument.message_id),
            )
            .join(
                SalesOrder,
                (SalesOrder.tenant_id == IntakeDocument.tenant_id)
                & (SalesOrder.channel_id == IntakeMessage.channel_id)
                & (SalesOrder.external_id == IntakeDocument.external_id),
            )
            .where(
                IntakeDocument.tenant_id == work.tenant_id,
                IntakeDocument.message_id == message_id,
                IntakeDocument.outcome == Outcome.EXCEPTION.value,
                IntakeDocument.order_id.is_(None),
                IntakeMessage.outcome == "exception",
                or_(*(IntakeMessage.format == name for name in READERS)),
            )
            .limit(1)
        )
    )
