"""Master data for tests, through the operations that make it."""

import itertools
from typing import Any

from domain.entities.operations.legal_entities import create_legal_entity
from domain.entities.operations.locations import create_location
from domain.entities.operations.parties import create_party
from tests.factories.tenants import TenantUnderTest

_serial = itertools.count(1)


async def new_entity(tenant: TenantUnderTest, **fields: Any) -> int:
    """A German legal entity that keeps its books in euros, unless told otherwise."""
    wanted = {"code": f"E{next(_serial)}", "name": "Nordlager GmbH", "country": "DE"}
    async with tenant.work() as work:
        return await create_legal_entity(work, **{**wanted, "currency": "EUR", **fields})


async def new_location(tenant: TenantUnderTest, *, entity_id: int, **fields: Any) -> int:
    """An owned warehouse, unless told otherwise."""
    wanted = {"code": f"L{next(_serial)}", "name": "Warehouse", "kind": "owned"}
    async with tenant.work() as work:
        return await create_location(work, **{**wanted, "entity_id": entity_id, **fields})


async def new_party(tenant: TenantUnderTest, **fields: Any) -> int:
    """A customer, unless told otherwise."""
    wanted = {"code": f"P{next(_serial)}", "name": "Customer", "is_customer": True}
    async with tenant.work() as work:
        return await create_party(work, **{**wanted, **fields})
