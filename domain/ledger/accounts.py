"""Accounts by what they are for."""

from collections.abc import Collection

from sqlalchemy import select

from domain.kernel.reading import Reader
from domain.ledger.models import Account


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
