"""More of a line than its tolerance allows may come once somebody says yes."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select, update

from domain.approvals.subjects import Request, approvable
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine
from domain.procurement.policies.states import UNDER_WAY

SUBJECT = "over_receipt"


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """Nothing waits on it but the goods at the door."""


@approvable(
    SUBJECT,
    title="Receipt above tolerance",
    permission="procurement.approve",
    dropped=_forget,
)
async def allow_over_receipt(work: Work, request: Request) -> None:
    """So much more of the line may come than was ordered and is tolerated, from now on. Raises
    InvalidState when nothing of the order comes any more."""
    line = await work.row(
        select(
            PurchaseOrderLine.id,
            PurchaseOrderLine.line_number,
            PurchaseOrderLine.over_allowed,
            PurchaseOrder.id.label("order_id"),
            PurchaseOrder.status,
        )
        .join(
            PurchaseOrder,
            (PurchaseOrder.tenant_id == PurchaseOrderLine.tenant_id)
            & (PurchaseOrder.id == PurchaseOrderLine.order_id),
        )
        .where(
            PurchaseOrderLine.tenant_id == work.tenant_id,
            PurchaseOrderLine.id == request.subject_id,
        )
        .with_for_update(of=PurchaseOrder)
    )
    if line is None or line.status not in UNDER_WAY:
        state = "gone" if line is None else line.status
        raise InvalidState("Nothing of this order comes any more.", state=state, allowed=[])
    allowed = Decimal(request.details["over_allowed"])
    await work.execute(
        update(PurchaseOrderLine)
        .where(PurchaseOrderLine.tenant_id == work.tenant_id, PurchaseOrderLine.id == line.id)
        .values(over_allowed=allowed, version=PurchaseOrderLine.version + 1)
    )
    work.audit(
        "allow_over_receipt",
        subject="purchase_order",
        subject_id=line.order_id,
        before={"line": line.line_number, "over_allowed": line.over_allowed},
        after={"line": line.line_number, "over_allowed": allowed},
        reason=request.details.get("reason"),
    )
