"""Numbers of journals have no gaps, whatever is killed while it posts."""

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from domain.ledger.models import Journal
from domain.ledger.posting import post
from tests.factories.books import entity_of, new_entry
from tests.factories.checks import violations
from tests.factories.tenants import TenantUnderTest


async def _post(tenant: TenantUnderTest, entity_id: int, number: int, *, killed: bool) -> None:
    """Post one journal; its connection is killed after it was numbered and before it commits."""
    async with tenant.work() as work:
        await post(work, [new_entry(entity_id, number)])
        if killed:
            await work.value(select(func.pg_terminate_backend(func.pg_backend_pid())))


async def test_a_killed_connection_leaves_no_gap(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    for number in range(1, 7):
        if number % 2:
            await _post(tenant, entity_id, number, killed=False)
            continue
        with pytest.raises(DBAPIError):
            await _post(tenant, entity_id, number, killed=True)
    # Those who wait for the number behind one that is killed get it themselves.
    done = await asyncio.gather(
        *(_post(tenant, entity_id, number, killed=not number % 3) for number in range(10, 19)),
        return_exceptions=True,
    )
    assert sum(each is None for each in done) == 6
    async with tenant.read() as reader:
        sequences = await reader.values(
            select(Journal.sequence)
            .where(Journal.tenant_id == tenant.id, Journal.entity_id == entity_id)
            .order_by(Journal.sequence)
        )
    assert list(sequences) == list(range(1, 10))
    broken = {name for name, _ in await violations(tenant)}
    assert broken <= {"inventory_account_is_value_of_stock"}  # These journals have no goods.
