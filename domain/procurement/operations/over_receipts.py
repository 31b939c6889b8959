"""It is asked that more of a line may come than was ordered and is tolerated."""

from decimal import Decimal

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.inventory.goods import goods_of
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.money import exponent
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.procurement.over_receipts import SUBJECT
from domain.procurement.policies.receiving import most
from domain.procurement.policies.states import UNDER_WAY
from domain.procurement.rows import lines_named, lines_of, lock_order


@operation("approvals.request")
async def request_over_receipt(
    work: Work,
    *,
    order_id: int,
    line_number: int,
    quantity: Decimal,
    reason: str,
    unit: str | None = None,
) -> int:
    """Ask that in all so much of a line (of the line's unit, if no other is named) may come, which
    is more than was ordered and is tolerated. Until somebody has said yes it is not received.

    Gives the approval request's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState,
    AwaitingApproval when it is asked already."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    work.require("procurement.read")
    [line] = lines_named(await lines_of(work, order_id), [line_number])
    goods = (await goods_of(work, {line.item_id}))[line.item_id]
    wanted = goods.in_base(quantity, unit or line.unit, path=("quantity",))
    tolerated = most(max(line.quantity - line.cancelled, line.received), order.over_percent)
    if wanted <= tolerated + line.over_allowed:
        message = f"Up to {plain(tolerated + line.over_allowed)} may come without asking."
        raise InvalidInput(message, path=("quantity",))
    over = wanted - tolerated
    each = goods.in_base(Decimal(1), line.unit, path=("unit",))
    value = over / each * line.unit_price
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=line.id,
        summary=f"Take {plain(over)} more of line {line_number} of {order.number}",
        details={
            "number": order.number,
            "line_number": line_number,
            "item_id": line.item_id,
            "ordered": str(plain(line.quantity)),
            "over_allowed": str(plain(over)),
            "reason": reason,
        },
        reason=reason,
        facts=Facts(
            amount_minor=int(value.scaleb(exponent(order.currency))),
            currency=order.currency,
            percent=over / line.quantity * 100,
            entity_id=order.entity_id,
        ),
        location_id=order.location_id,
    )
