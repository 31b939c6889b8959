"""A supplier's invoice that order and receipts do not bear out is booked once somebody says yes."""

from domain.approvals.subjects import Request, approvable
from domain.finance.matched import matched
from domain.finance.payables import BOOKED, CREDITED, EXCEPTION, WAITING, book
from domain.finance.policies.matching import OTHER_CURRENCY
from domain.finance.taking_in import require_accounts
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work

SUBJECT = "supplier_invoice"


@approvable(SUBJECT, title="Supplier's invoice that is not borne out", permission="finance.approve")
async def accept_supplier_invoice(work: Work, request: Request) -> None:
    """Book it as it is billed. Raises InvalidState when it waits for nobody any more, is in another
    currency than its order, or when less of it is borne out than when this was asked; InvalidInput
    when an account of it was closed, or follows documents by now."""
    found = await matched(work, request.subject_id)
    invoice = found.invoice
    if invoice.status not in (EXCEPTION, WAITING) or OTHER_CURRENCY in found.reasons:
        raise InvalidState(
            f"{invoice.number} is {invoice.status}.", state=invoice.status, allowed=[]
        )
    if not found.is_credit and found.agreed_minor < request.details["agreed_minor"]:
        message = "Less of it is borne out by now: say no, and have it asked again."
        raise InvalidState(message, state=invoice.status, allowed=[])
    await require_accounts(work, invoice.entity_id, [line.account_id for line in found.lines])
    await book(work, found, decision="accepted")
    work.audit(
        "accept_supplier_invoice",
        subject="supplier_invoice",
        subject_id=invoice.id,
        before={"status": invoice.status},
        after={"status": CREDITED if found.is_credit else BOOKED, "reasons": found.reasons},
        reason=request.reason,
    )
