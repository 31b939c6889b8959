"""Money for returned goods: worked out, counted against what was billed, and granted.

The return and its orders are locked. What is granted becomes a credit note, and a payment, in
finance."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.engine import Row

from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.numbers import draw_numbers
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.claims import Sales, add_to_lines, lock_sales
from domain.returns.events import CreditGranted, RefundGranted
from domain.returns.models import OrderReturn, ReturnCredit, ReturnCreditLine
from domain.returns.outcomes import NothingCreditable
from domain.returns.reckoning import (
    Granted,
    OrderCredit,
    credits_of,
    require_left,
    shipping_share,
)
from domain.returns.rows import change_lines, lines_of, order_ids_of


async def grant_credits(
    work: Work,
    row: Row[Any],
    granted: Sequence[Granted],
    *,
    reason: str,
    shipping_minor: int | None = None,
    paid_by_channel: bool = False,
) -> list[int]:
    """Grant money for lines of a locked return: one credit for each order, their ids.

    Each line's share of what was billed closes with its last unit; shipping goes back as the
    policy let it, or as `shipping_minor` says (of a return of one order). Raises CreditedTooMuch,
    NothingCreditable."""
    lines = {line.id: line for line in await lines_of(work, row.id)}
    sales = await lock_sales(work, order_ids_of([lines[each.line_id] for each in granted]))
    credits = credits_of(row, lines, granted, sales)
    for each in credits:
        each.shipping_minor = shipping_share(each, sales, shipping_minor)
    if not credits:
        raise NothingCreditable("Nothing of it can be credited now.", return_id=row.id)
    return await _grant(work, row, credits, sales, reason, paid_by_channel=paid_by_channel)


async def grant_shipping(
    work: Work, row: Row[Any], order_id: int, *, shipping_minor: int, reason: str
) -> list[int]:
    """Grant shipping alone, which a channel has paid back. Raises CreditedTooMuch."""
    sales = await lock_sales(work, [order_id])
    credit = OrderCredit(sales.orders[order_id], shipping_minor=shipping_minor)
    return await _grant(work, row, [credit], sales, reason, paid_by_channel=True)


async def _grant(
    work: Work,
    row: Row[Any],
    credits: Sequence[OrderCredit],
    sales: Sales,
    reason: str,
    *,
    paid_by_channel: bool,
) -> list[int]:
    for each in credits:
        require_left(row, each, sales)
    written = await _write(work, row, credits, reason=reason, paid_by_channel=paid_by_channel)
    await _count(work, row, credits)
    for credit_id, number, each in written:
        _tell(work, row, credit_id, number, each, paid_by_channel=paid_by_channel)
    return [credit_id for credit_id, _, _ in written]


async def _write(
    work: Work,
    row: Row[Any],
    credits: Sequence[OrderCredit],
    *,
    reason: str,
    paid_by_channel: bool,
) -> list[tuple[int, str, OrderCredit]]:
    numbers = (await draw_numbers(work, return_credit=len(credits)))["return_credit"]
    amounts = ("net_minor", "tax_minor", "shipping_minor", "fee_minor")
    ids = await insert_ids(
        work,
        ReturnCredit,
        [
            {
                "number": number,
                "return_id": row.id,
                "order_id": each.order.id,
                "entity_id": each.order.entity_id,
                "party_id": each.order.party_id,
                "currency": each.order.currency,
                "refunds": row.resolution == "refund",
                "paid_by_channel": paid_by_channel,
                "reason": reason,
                "granted_at": work.now,
                "granted_by": work.actor.principal.name,
                **{name: getattr(each, name) for name in amounts},
            }
            for number, each in zip(numbers, credits, strict=True)
        ],
    )
    rows = [
        {
            "return_id": row.id,
            "credit_id": credit_id,
            "line_id": line.line.id,
            "order_line_id": line.line.order_line_id,
            "quantity": line.quantity,
            "net_minor": line.part.net_minor,
            "tax_minor": line.part.tax_minor,
            "fee_minor": line.fee_minor,
        }
        for credit_id, each in zip(ids, credits, strict=True)
        for line in each.lines
    ]
    if rows:
        await insert_rows(work, ReturnCreditLine, rows)
    return list(zip(ids, numbers, credits, strict=True))


async def _count(work: Work, row: Row[Any], credits: Sequence[OrderCredit]) -> None:
    """Against what was billed: the database refuses too much."""
    added: dict[int, dict[str, Any]] = {}
    changes: dict[int, dict[str, Any]] = {}
    for each in (line for credit in credits for line in credit.lines):
        counted = added.setdefault(
            each.line.order_line_id,
            {"credited": Decimal(0), "credited_net_minor": 0, "credited_tax_minor": 0},
        )
        counted["credited"] += each.quantity
        counted["credited_net_minor"] += each.part.net_minor
        counted["credited_tax_minor"] += each.part.tax_minor
        before = changes.get(each.line.id, each.line._mapping)
        changes[each.line.id] = {
            "credited": before["credited"] + each.quantity,
            "fee_taken_minor": before["fee_taken_minor"] + each.fee_minor,
        }
    await add_to_lines(work, added)
    await change_lines(work, changes)
    await work.execute(
        update(OrderReturn)
        .where(
            OrderReturn.tenant_id == work.tenant_id, OrderReturn.order_id == bindparam("of_order")
        )
        .values(
            credited_minor=OrderReturn.credited_minor + bindparam("total"),
            credited_shipping_minor=OrderReturn.credited_shipping_minor + bindparam("shipping"),
            refunded_minor=OrderReturn.refunded_minor + bindparam("refunded"),
        ),
        [
            {
                "of_order": each.order.id,
                "total": each.total_minor,
                "shipping": each.shipping_minor,
                "refunded": each.total_minor if row.resolution == "refund" else 0,
            }
            for each in credits
        ],
    )


def _tell(
    work: Work,
    row: Row[Any],
    credit_id: int,
    number: str,
    credit: OrderCredit,
    *,
    paid_by_channel: bool,
) -> None:
    refunds = row.resolution == "refund"
    common: dict[str, Any] = {
        "aggregate_id": credit_id,
        "number": number,
        "return_id": row.id,
        "order_id": credit.order.id,
        "entity_id": credit.order.entity_id,
        "party_id": credit.order.party_id,
        "currency": credit.order.currency,
    }
    lines = tuple(
        {
            "order_line_id": each.line.order_line_id,
            "quantity": str(plain(each.quantity)),
            "net_minor": each.part.net_minor,
            "tax_minor": each.part.tax_minor,
            "fee_minor": each.fee_minor,
        }
        for each in credit.lines
    )
    work.record(
        CreditGranted(
            **common,
            net_minor=credit.net_minor,
            tax_minor=credit.tax_minor,
            shipping_minor=credit.shipping_minor,
            fee_minor=credit.fee_minor,
            total_minor=credit.total_minor,
            refunds=refunds,
            paid_by_channel=paid_by_channel,
            lines=lines,
        )
    )
    if refunds and not paid_by_channel and credit.total_minor:
        work.record(RefundGranted(**common, amount_minor=credit.total_minor))
    after = {"number": number, "return": row.number, "total_minor": credit.total_minor}
    work.audit("grant_credit", subject="return_credit", subject_id=credit_id, after=after)
