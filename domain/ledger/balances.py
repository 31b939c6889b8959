"""What stands on the accounts of a role, for sub-ledgers to be compared with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, func, literal, select

from domain.kernel.reading import Reader
from domain.ledger.models import Account, JournalLine


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBalance:
    """What an entity's account of a role holds in one currency (minor units, debit positive), and
    that in the entity's own; of one party where it was asked by party."""

    entity_id: int
    role: str
    currency: str
    amount_minor: int
    base_amount_minor: int
    party_id: int | None = None


async def account_balances(
    reader: Reader,
    entity_ids: Collection[int],
    roles: Collection[str],
    as_of: date | None = None,
    *,
    by_party: bool = False,
) -> list[RoleBalance]:
    """The balances at the end of a day (of all time if absent); what was never posted to is left
    out. Ordered by entity, role, currency and party."""
    party = JournalLine.party_id if by_party else literal(None, BigInteger)
    statement = (
        select(
            Account.entity_id,
            Account.role,
            JournalLine.currency,
            func.sum(JournalLine.amount_minor).cast(BigInteger).label("amount_minor"),
            func.sum(JournalLine.base_amount_minor).cast(BigInteger).label("base_amount_minor"),
            party.label("party_id"),
        )
        .join(
            JournalLine,
            (JournalLine.tenant_id == Account.tenant_id) & (JournalLine.account_id == Account.id),
        )
        .where(
            Account.tenant_id == reader.tenant_id,
            JournalLine.tenant_id == reader.tenant_id,
            Account.entity_id.in_(entity_ids),
            Account.role.in_(roles),
        )
    )
    if as_of is not None:
        statement = statement.where(JournalLine.posted_on <= as_of)
    grouped = (Account.entity_id, Account.role, JournalLine.currency)
    columns = (*grouped, JournalLine.party_id) if by_party else grouped
    rows = await reader.rows(statement.group_by(*columns).order_by(*columns))
    return [RoleBalance(**row._asdict()) for row in rows]
