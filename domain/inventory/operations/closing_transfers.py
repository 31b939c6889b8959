"""What never arrives of a transfer is given up, or that is asked for."""

from domain.approvals.requesting import request_approval
from domain.inventory.adjustments import require_within_tolerance, values_of
from domain.inventory.asking import facts_of_stock
from domain.inventory.transfer_closing import SUBJECT, give_up, lock_missing
from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.transfer")
async def close_transfer(work: Work, *, transfer_id: int, reason: str) -> int:
    """Give up what is still on its way: it is lost, at the moving average, against inventory
    adjustments.

    Gives the transfer's id. Raises NotFound, InvalidInput, InvalidState, and AboveTolerance, with
    nothing written off: then ask for approval with request_transfer_closing."""
    reason = text.name(reason, path=("reason",))
    missing = await lock_missing(work, transfer_id)
    await require_within_tolerance(work, missing.concerned, missing.corrections)
    await give_up(work, missing, reason=reason)
    return transfer_id


@operation("inventory.transfer")
async def request_transfer_closing(work: Work, *, transfer_id: int, reason: str) -> int:
    """Ask for approval to give up what is still on its way; goods may arrive meanwhile.

    Gives the request's id. Raises NotFound, InvalidInput, InvalidState, AwaitingApproval."""
    reason = text.name(reason, path=("reason",))
    missing = await lock_missing(work, transfer_id)
    value = sum(await values_of(work, missing.corrections))
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=transfer_id,
        summary=f"{missing.transfer.number}: {len(missing.lines)} lines never arrived",
        details={
            "number": missing.transfer.number,
            "lines": len(missing.lines),
            "value_minor": value,
        },
        reason=reason,
        facts=await facts_of_stock(
            work,
            location_id=missing.transfer.destination_id,
            owner_id=missing.transfer.owner_id,
            value_minor=value,
        ),
        location_id=missing.transfer.destination_id,
    )
