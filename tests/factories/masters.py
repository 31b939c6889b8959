"""Master data for tests, through the operations that make it."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from domain.catalog.operations.items import create_item
from domain.channels.operations import create_channel
from domain.entities.operations.legal_entities import create_legal_entity
from domain.entities.operations.locations import create_location
from domain.entities.operations.parties import create_party
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
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


async def new_item(tenant: TenantUnderTest, **fields: Any) -> int:
    """An item counted in each, unless told otherwise."""
    wanted = {"sku": f"SKU-{next(_serial)}", "name": "Item", "base_unit": "each"}
    async with tenant.work() as work:
        return await create_item(work, **{**wanted, **fields})


async def new_channel(tenant: TenantUnderTest, *, entity_id: int, **fields: Any) -> int:
    """A Shopify storefront of the entity, unless told otherwise."""
    wanted = {"code": f"C{next(_serial)}", "name": "Shop", "kind": "storefront"}
    async with tenant.work() as work:
        return await create_channel(
            work, **{**wanted, "source": "shopify", "entity_id": entity_id, **fields}
        )


async def new_price_list(tenant: TenantUnderTest, **fields: Any) -> int:
    """A price list in euros for everyone, from the first of January 2026, unless told otherwise."""
    wanted = {"code": f"PL{next(_serial)}", "name": "Prices", "currency": "EUR"}
    async with tenant.work() as work:
        return await create_price_list(work, **{**wanted, "valid_from": date(2026, 1, 1), **fields})


async def price(
    tenant: TenantUnderTest,
    price_list_id: int,
    item_id: int,
    unit_price: str,
    *,
    unit: str = "each",
    minimum_quantity: str = "1",
) -> None:
    """Set one price."""
    wanted = WantedPrice(
        item_id=item_id,
        unit=unit,
        unit_price=Decimal(unit_price),
        minimum_quantity=Decimal(minimum_quantity),
    )
    async with tenant.work() as work:
        result = await set_prices(work, price_list_id=price_list_id, prices=[wanted])
    assert result.failures == ()
