"""What a channel earns: revenue, what the goods cost, and what the channel takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, case, func, select

from domain.entities.models import LegalEntity
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, JournalLine
from domain.ledger.queries.reports import dimension_named

REVENUE = (
    "revenue",
    "shipping_revenue",
    "intercompany_revenue",
    "fee_revenue",
    "discounts",
    "sales_returns",
)
COST = (
    "cost_of_goods",
    "intercompany_cost",
    "price_variance",
    "landed_cost_variance",
    "write_down",
    "scrap",
)
FEES = ("channel_fees", "payment_fees", "shipping_cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Of one channel (or another dimension's value; None: not said), in minor units of `currency`,
    the entity's own: what it earned, what that cost, and what the channel took of it."""

    dimension: int | str | None
    currency: str
    revenue_minor: int
    cost_minor: int
    fees_minor: int

    @property
    def margin_minor(self) -> int:
        """What is left."""
        return self.revenue_minor - self.cost_minor - self.fees_minor


@query("ledger.read")
async def margins(
    reader: Reader,
    *,
    entity_ids: Sequence[int],
    from_on: date,
    to_on: date,
    by: str = "channel",
) -> list[Margin]:
    """The margins of entities between two days (both within), by the currency that they keep books
    in and by a dimension. Raises InvalidInput."""
    dimension = dimension_named(by)
    base = JournalLine.base_amount_minor
    rows = await reader.rows(
        select(
            dimension.label("dimension"),
            LegalEntity.currency,
            *(
                func.sum(case((Account.role.in_(roles), sign * base), else_=0))
                .cast(BigInteger)
                .label(name)
                for name, roles, sign in (
                    ("revenue_minor", REVENUE, -1),
                    ("cost_minor", COST, 1),
                    ("fees_minor", FEES, 1),
                )
            ),
        )
        .join(
            Account,
            (Account.tenant_id == JournalLine.tenant_id) & (Account.id == JournalLine.account_id),
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == Account.tenant_id) & (LegalEntity.id == Account.entity_id),
        )
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            Account.tenant_id == reader.tenant_id,
            Account.entity_id.in_(entity_ids),
            Account.role.in_((*REVENUE, *COST, *FEES)),
            JournalLine.posted_on.between(from_on, to_on),
        )
        .group_by(dimension, LegalEntity.currency)
        .order_by(LegalEntity.currency, dimension.nulls_first())
    )
    return [Margin(**row._asdict()) for row in rows]
