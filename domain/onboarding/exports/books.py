"""The books as files: charts and rates that can be imported again."""

from typing import Any, cast

from sqlalchemy import Select, select

from domain.entities.models import LegalEntity
from domain.ledger.models import Account, ExchangeRate
from domain.onboarding.exports.shapes import Columns


def _accounts(tenant_id: int) -> Select[Any]:
    statement: Any = (
        select(
            Account.id.label("row_id"),
            LegalEntity.code.label("entity"),
            Account.code,
            Account.name,
            Account.kind,
            Account.role,
            Account.status,
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == Account.tenant_id) & (LegalEntity.id == Account.entity_id),
        )
        .where(Account.tenant_id == tenant_id)
    )
    return cast("Select[Any]", statement)


def _exchange_rates(tenant_id: int) -> Select[Any]:
    columns = ("from_currency", "to_currency", "valid_on", "rate", "kind", "source")
    return select(
        ExchangeRate.id.label("row_id"), *(getattr(ExchangeRate, name) for name in columns)
    ).where(ExchangeRate.tenant_id == tenant_id)


ACCOUNTS = Columns(_accounts, Account.id)
EXCHANGE_RATES = Columns(_exchange_rates, ExchangeRate.id)
