"""Asking for an allocation against the rules. Nothing moves until somebody else approves it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.kit_changes import require_no_component
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.ordering import require_quantity
from domain.allocation.overriding import SUBJECT, Override, Sides, find_takes, lock_sides
from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.entities.models import Location
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.locking import lines_of
from domain.orders.policy import portion


@operation("allocation.override")
async def request_allocation_override(
    work: Work,
    *,
    order_line_id: int,
    quantity: Decimal,
    reason: str,
    from_order_line_id: int | None = None,
    from_location_id: int | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Ask for `quantity` (base units) for a waiting line: from another order's line, or from what
    a location has, whatever policies, pools and minimum inventory say. Safety stock stays.

    Gives the approval request's id. Raises NotFound, InvalidInput, ComponentOfKit when
    it would break another order's kit, OverrideNotPossible when it could not be done today,
    AwaitingApproval when the line waits for one already."""
    require_quantity(quantity, ("quantity",))
    reason = text.name(reason, path=("reason",))
    override = Override(
        order_line_id=order_line_id,
        quantity=quantity,
        from_order_line_id=from_order_line_id,
        from_location_id=from_location_id,
    )
    _require_one_source(override)
    sides = await lock_sides(work, override)
    if sides is None:
        raise NotFound("order line")
    if sides.losing is not None and sides.losing.item_id != sides.gaining.item_id:
        raise InvalidInput("That line is of another item.", path=("from_order_line_id",))
    if sides.losing is not None:
        require_no_component(sides.losing, ("from_order_line_id",))
    whence = await _location_code(work, from_location_id)
    if sides.losing_order is not None:
        whence = f"order {sides.losing_order.number}"
        # In one go, as when it is carried out: a rule may approve it here and now.
        given_up = await lines_of(work, [sides.losing_order.id])
        await lock_ahead(work, {line.item_id for line in given_up})
    await find_takes(work, override, sides)
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=order_line_id,
        summary=f"{plain(quantity)} for order {sides.order.number} from {whence}",
        details=override.details(),
        reason=reason,
        facts=_facts(override, sides),
        expires_at=expires_at,
    )


def _require_one_source(override: Override) -> None:
    if (override.from_order_line_id is None) == (override.from_location_id is None):
        raise InvalidInput("Give either the other order's line or the location.", path=("from",))
    if override.from_order_line_id == override.order_line_id:
        raise InvalidInput("A line takes nothing from itself.", path=("from_order_line_id",))


def _facts(override: Override, sides: Sides) -> Facts:
    """What policies may look at: what the quantity is sold for, and from where it is taken."""
    line, order = sides.gaining, sides.order
    return Facts(
        amount_minor=portion(line.net_minor, override.quantity, line.quantity),
        currency=order.currency,
        entity_id=order.entity_id,
        channel_id=order.channel_id,
        location_id=override.from_location_id,
        kind="from_order" if sides.losing is not None else "from_location",
    )


async def _location_code(work: Work, location_id: int | None) -> str:
    if location_id is None:
        return ""
    code = await work.value(
        select(Location.code).where(
            Location.tenant_id == work.tenant_id, Location.id == location_id
        )
    )
    if code is None:
        raise NotFound("location")
    return str(code)
