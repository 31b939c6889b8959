"""Open foreign balances at the rates of a day, and the next day as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, func, select

from domain.kernel.reading import Reader
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Leg
from domain.ledger.facts import base_currency
from domain.ledger.models import Account, JournalLine
from domain.ledger.rates import rates_on

# Money owed and money held. Advances are not: they will be settled in goods.
MONETARY_ROLES = (
    "bank",
    "cash_clearing",
    "channel_clearing",
    "channel_reserve",
    "receivables",
    "unbilled",
    "intercompany_receivable",
    "tax_receivable",
    "payables",
    "goods_received",
    "landed_cost_clearing",
    "refunds_payable",
    "tax_payable",
    "intercompany_payable",
)
MILESTONE = "revaluation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBalance:
    """What stands on an account in a foreign currency (minor units), at which base amount it
    stands in the books, and what it is worth at the day's rate."""

    account_id: int
    code: str
    role: str
    currency: str
    party_id: int | None
    channel_id: int | None
    amount_minor: int
    booked_base_minor: int
    worth_base_minor: int

    @property
    def difference_minor(self) -> int:
        """Above zero: a debit is worth more, or a credit less, than it stands at."""
        return self.worth_base_minor - self.booked_base_minor


async def foreign_balances(reader: Reader, *, entity_id: int, as_of: date) -> list[ForeignBalance]:
    """The entity's monetary balances in foreign currencies at the end of a day, by account,
    currency, party and channel. Raises NotFound, ExchangeRateMissing."""
    base = await base_currency(reader, entity_id)
    columns = (
        Account.id.label("account_id"),
        Account.code,
        Account.role,
        JournalLine.currency,
        JournalLine.party_id,
        JournalLine.channel_id,
    )
    rows = await reader.rows(
        select(
            *columns,
            func.sum(JournalLine.amount_minor).cast(BigInteger).label("amount_minor"),
            func.sum(JournalLine.base_amount_minor).cast(BigInteger).label("booked_base_minor"),
        )
        .join(
            JournalLine,
            (JournalLine.tenant_id == Account.tenant_id) & (JournalLine.account_id == Account.id),
        )
        .where(
            Account.tenant_id == reader.tenant_id,
            JournalLine.tenant_id == reader.tenant_id,
            Account.entity_id == entity_id,
            Account.role.in_(MONETARY_ROLES),
            JournalLine.currency != base,
            JournalLine.posted_on <= as_of,
        )
        .group_by(*columns)
        .order_by(*columns)
    )
    rates = await rates_on(reader, {(row.currency, base) for row in rows}, on=as_of)
    return [
        ForeignBalance(
            **row._asdict(),
            worth_base_minor=to_base(
                row.amount_minor, row.currency, base, rates[row.currency, base]
            ),
        )
        for row in rows
    ]


def revaluation_legs(balances: Sequence[ForeignBalance]) -> tuple[Leg, ...]:
    """For each balance that is worth something else, its difference and the other side of it.
    Amounts in base alone: what is owed in the foreign currency stays what it is."""
    legs = []
    for balance in balances:
        if balance.difference_minor == 0:
            continue
        said = Dimensions(party_id=balance.party_id, channel_id=balance.channel_id)
        for name, account_id, sign in (
            ("balance", balance.account_id, 1),
            ("difference", None, -1),
        ):
            legs.append(
                Leg(
                    name,
                    0,
                    said,
                    base_amount_minor=sign * balance.difference_minor,
                    account_id=account_id,
                    currency=balance.currency,
                )
            )
    return tuple(legs)
