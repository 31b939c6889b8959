"""Accounts by what they are for."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.models import Account
from domain.ledger.policy import CONTROL_ROLES


async def accounts_of_roles(
    reader: Reader, entity_ids: Collection[int], roles: Collection[str]
) -> dict[tuple[int, str], int]:
    """The account ids by (entity, role); what a chart lacks is left out."""
    rows = await reader.rows(
        select(Account.entity_id, Account.role, Account.id).where(
            Account.tenant_id == reader.tenant_id,
            Account.entity_id.in_(entity_ids),
            Account.role.in_(roles),
        )
    )
    return {(row.entity_id, row.role): row.id for row in rows}


async def lock_accounts(
    work: Work, entity_id: int, account_ids: Collection[int]
) -> dict[int, Row[Any]]:
    """Those of these accounts that are the entity's, by id: until the end of the work none of them
    is closed, or given another role."""
    rows = await work.rows(
        select(Account.id, Account.code, Account.role, Account.status)
        .where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == entity_id,
            Account.id.in_(account_ids),
        )
        .order_by(Account.id)
        .with_for_update(read=True)
    )
    return {row.id: row for row in rows}


def takes_any(account: Row[Any]) -> bool:
    """Whether people may name the account: it is open, and follows no documents of its own."""
    return account.status == "active" and account.role not in CONTROL_ROLES
