"""What the policy in effect says of the lines of a return to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.returns.asked import Line, Shipped
from domain.returns.claims import Sales
from domain.returns.models import ReturnPolicy
from domain.returns.outcomes import ReturnedTooMuch
from domain.returns.policies.crediting import credit_of
from domain.returns.policies.documents import rule_of
from domain.returns.policies.rules import ASK, REFUSE, Decision, Facts, Rule, decide


@dataclass(frozen=True, slots=True)
class InEffect:
    """The policy in effect; its id is None where there is none."""

    policy_id: int | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A line, what the policy says of it, and what it is worth (minor units)."""

    line: Line
    decision: Decision
    value_minor: int

    @property
    def status(self) -> str:
        """The line's status, once nobody is asked any more."""
        if self.decision.decision == REFUSE:
            return "refused"
        return "kept" if self.decision.keeps else "authorized"

    @property
    def asks(self) -> bool:
        """Whether somebody has to say yes."""
        return self.decision.decision == ASK


async def policy_in_effect(reader: Reader) -> InEffect:
    """The rules of the policy in effect, as they are applied."""
    row = await active_policy(reader)
    if row is None:
        return InEffect(None, ())
    return InEffect(row.id, tuple(rule_of(rule) for rule in row.rules))


async def active_policy(reader: Reader) -> Row[Any] | None:
    """The row of the policy in effect."""
    return await reader.row(
        select(*ReturnPolicy.__table__.c).where(
            ReturnPolicy.tenant_id == reader.tenant_id, ReturnPolicy.status == "active"
        )
    )


def decided_lines(
    work: Work,
    policy: InEffect,
    lines: Sequence[Line],
    sales: Sales,
    shipped: dict[int, Shipped],
) -> list[Decided]:
    """What the policy says of each line, by what of it was billed. Raises ReturnedTooMuch."""
    found = []
    left = {line_id: row.shipped - row.claimed for line_id, row in sales.lines.items()}
    for line in lines:
        value = 0
        if line.order_line_id is not None:
            rest = left.get(line.order_line_id, type(line.quantity)(0)) - line.quantity
            if rest < 0:
                raise ReturnedTooMuch(
                    "More is to come back than was delivered and is not asked back.",
                    path=("lines",),
                    order_line_id=line.order_line_id,
                    requested=line.quantity,
                    returnable=sales.returnable(line.order_line_id),
                )
            left[line.order_line_id] = rest
            value = credit_of(sales.sale(line.order_line_id), line.quantity).minor
        shipment = shipped.get(line.order_line_id or 0)
        facts = facts_of(line, shipment, value, as_of=work.now.date())
        found.append(Decided(line, decide(policy.rules, facts), value))
    return found


def facts_of(line: Line, shipped: Shipped | None, value_minor: int, *, as_of: date) -> Facts:
    """What is known of a line that is to come back, as of a day."""
    order = line.order
    return Facts(
        today=as_of,
        item_id=line.item_id,
        item_group=line.item_group,
        channel_id=None if order is None else order.channel_id,
        reason=line.reason,
        condition=line.condition,
        has_order=order is not None,
        shipped_on=None if shipped is None else shipped.shipped_on,
        delivered_on=line.delivered_on,
        value_minor=value_minor,
        currency=None if order is None else order.currency,
    )
