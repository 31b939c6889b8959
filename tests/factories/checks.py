"""Whether the invariants hold, asked as the tenant itself."""

from typing import Any

from sqlalchemy import text

from domain.inventory.invariants import INVARIANTS as OF_STOCK
from domain.ledger.invariants import INVARIANTS as OF_BOOKS
from tests.factories.tenants import TenantUnderTest


async def violations(tenant: TenantUnderTest) -> list[tuple[str, dict[str, Any]]]:
    """Everything that breaks an invariant of stock or books: (its name, the row)."""
    found = []
    async with tenant.read() as reader:
        for invariant in (*OF_STOCK, *OF_BOOKS):
            rows = await reader.rows(text(invariant.violations_sql), {"tenant_id": tenant.id})
            found += [(invariant.name, row._asdict()) for row in rows]
    return found


async def counted(tenant: TenantUnderTest) -> dict[str, int]:
    """How many things each invariant of stock and books looks at."""
    async with tenant.read() as reader:
        return {
            invariant.name: await reader.value(
                text(invariant.counted_sql), {"tenant_id": tenant.id}
            )
            for invariant in (*OF_STOCK, *OF_BOOKS)
        }
