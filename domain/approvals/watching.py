"""Which events concern a request for approval, for those who watch it."""

from sqlalchemy import select

from domain.approvals.models import ApprovalRequest
from domain.kernel.event_log import Interest
from domain.kernel.reading import Reader


def approval_events(reader: Reader, *, request_id: int | None = None) -> Interest:
    """The events of one request, or of all that the reader may see."""
    visible = select(ApprovalRequest.id).where(ApprovalRequest.tenant_id == reader.tenant_id)
    return Interest(aggregate="approval_request", aggregate_id=request_id, among=visible)
