"""A correction by hand that is above tolerance is asked for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.inventory.adjustments import corrections_of, values_of
from domain.inventory.approved_adjustments import SUBJECT
from domain.inventory.corrections import Correction
from domain.inventory.lines import AdjustmentLine, require_some
from domain.inventory.models import RequestedAdjustment
from domain.inventory.sites import find_site
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work


@operation("inventory.adjust")
async def request_stock_adjustment(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[AdjustmentLine],
    reason: str,
    owner_id: int | None = None,
) -> int:
    """Ask for approval of a correction of what is on hand: it is made, by the same differences, in
    the moment that somebody else approves. Gives the request's id.

    Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed, StockChanged."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    _, corrections = await corrections_of(work, site, lines)
    if not corrections:
        raise InvalidInput("Nothing would change.", path=("lines",))
    values = await values_of(work, corrections)
    adjustment_id = await work.value(
        insert(RequestedAdjustment)
        .values(
            tenant_id=work.tenant_id,
            location_id=site.location_id,
            owner_id=site.owner_id,
            reason=reason,
            lines=[_kept(each) for each in corrections],
            created_at=work.now,
            created_by=work.principal.name,
        )
        .returning(RequestedAdjustment.id)
    )
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=adjustment_id,
        summary=f"Correct {len(corrections)} balances: {reason}",
        details={"lines": len(corrections), "value_minor": sum(values), "currency": site.currency},
        reason=reason,
        facts=Facts(
            # What is found does not make up for what is lost.
            amount_minor=sum(abs(each) for each in values),
            currency=site.currency,
            entity_id=site.owner_id,
            location_id=site.location_id,
        ),
        location_id=site.location_id,
    )


def _kept(each: Correction) -> dict[str, Any]:
    return {
        "balance_id": each.balance.id,
        "delta": f"{plain(each.delta):f}",
        "serials": [piece.code for piece in (*each.found, *each.gone)],
    }
