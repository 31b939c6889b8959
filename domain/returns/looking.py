"""What a condition that was found changes of what a line earns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from domain.returns.asked import Line, Shipped, item_groups, last_shipments, order_lines
from domain.returns.claims import lock_sales
from domain.returns.deciding import facts_of
from domain.returns.models import ReturnPolicy, ReturnReason
from domain.returns.policies.crediting import LineSale, credit_of
from domain.returns.policies.documents import rule_of
from domain.returns.policies.rules import REFUSE, decide


@dataclass(frozen=True, slots=True)
class Looked:
    """So much of a line (base units) is in this condition."""

    condition: str
    quantity: Decimal


async def looked_at(
    work: Work, row: Row[Any], line: Row[Any], looked: Sequence[Looked]
) -> Mapping[str, Any]:
    """What is to be changed of a line: what of it is accepted, and the fee, where the policy that
    decided tells conditions apart and another was found than was told."""
    accepted = sum((each.quantity for each in looked), Decimal(0))
    change: dict[str, Any] = {"accepted": line.accepted + accepted}
    differing = sorted({each.condition for each in looked} - {line.condition})
    if row.policy_id is None or line.order_line_id is None or not differing:
        return change
    rules = await work.value(
        select(ReturnPolicy.rules).where(
            ReturnPolicy.tenant_id == work.tenant_id, ReturnPolicy.id == row.policy_id
        )
    )
    if not any(rule.get("conditions") for rule in rules or ()):
        return change
    line_as_told, shipped, value = await _as_told(work, line)
    said, refused = [], Decimal(0)
    for condition in differing:
        facts = facts_of(
            replace(line_as_told, condition=condition),
            shipped,
            value,
            as_of=row.requested_at.date(),
        )
        decision = decide([rule_of(rule) for rule in rules], facts)
        said.append(f"Found {condition}: {decision.explanation[-1]}")
        if decision.decision == REFUSE:
            refused += sum(each.quantity for each in looked if each.condition == condition)
            continue
        change["fee_percent"] = max(
            change.get("fee_percent", line.fee_percent), decision.fee_percent
        )
        change["fee_minor"] = max(change.get("fee_minor", line.fee_minor), decision.fee_minor)
    change["accepted"] -= refused
    return change | {"explanation": [*line.explanation, *said]}


async def _as_told(work: Work, line: Row[Any]) -> tuple[Line, Shipped | None, int]:
    """The line as it was asked for, its shipment, and what it was worth."""
    order = (await order_lines(work, SalesOrderLine.id == line.order_line_id))[line.order_line_id]
    groups = await item_groups(work, {line.item_id})
    reason = await work.value(
        select(ReturnReason.code).where(
            ReturnReason.tenant_id == work.tenant_id, ReturnReason.id == line.reason_id
        )
    )
    told = Line(
        item_id=line.item_id,
        item_group=groups[line.item_id],
        quantity=line.quantity,
        reason=reason,
        order=order,
        order_line_id=line.order_line_id,
        delivered_on=line.delivered_on,
    )
    shipped = (await last_shipments(work, [line.order_line_id])).get(line.order_line_id)
    sale = (await lock_sales(work, [line.order_id])).sale(line.order_line_id)
    fresh = LineSale(shipped=sale.shipped, net_minor=sale.net_minor, tax_minor=sale.tax_minor)
    return told, shipped, credit_of(fresh, line.quantity).minor
