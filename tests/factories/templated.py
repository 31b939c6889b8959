"""A company made by a template, with the goods that it needs to ship something."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from domain.catalog.operations.items import create_item
from domain.entities.models import Location
from domain.entities.operations.parties import create_party
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.access.operations.users import create_user
from domain.onboarding.templates.operations import AppliedPiece, apply_template
from domain.onboarding.templates.policy import WHOLESALE, WantedEntity
from domain.pricing.models import PriceList
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tenancy.models import Role
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.tenants import TenantUnderTest

HARBOR = WantedEntity(code="US1", name="Harbor Inc", country="US", currency="USD")
ACQUIRED = WantedEntity(code="AQ", name="Acquired GmbH", country="DE", currency="EUR")


async def template(
    tenant: TenantUnderTest, name: str = WHOLESALE, *entities: WantedEntity
) -> Sequence[AppliedPiece]:
    """Apply a template, for Harbor Inc unless told otherwise."""
    async with tenant.work() as work:
        return await apply_template(work, template=name, entities=entities or [HARBOR])


async def stock_up(tenant: TenantUnderTest, code: str = "US1") -> int:
    """An item with a price, a customer, and ten pieces in the entity's main warehouse."""
    async with tenant.work() as work:
        item_id = await create_item(work, sku=f"{code}-TEA", name="Tea", base_unit="EA")
        await create_party(work, code=f"{code}-BUYER", name="Buyer", is_customer=True)
        listed = select(PriceList.id).where(
            PriceList.tenant_id == tenant.id, PriceList.code == f"{code}-LIST"
        )
        price = WantedPrice(item_id=item_id, unit="EA", unit_price=Decimal("9.50"))
        await set_prices(work, price_list_id=await work.value(listed), prices=[price])
        site = select(Location.id).where(
            Location.tenant_id == tenant.id, Location.code == f"{code}-MAIN"
        )
        line = ReceiptLine(item_id=item_id, quantity=Decimal(10), unit_cost=Decimal(4))
        await receive_stock(work, location_id=await work.value(site), lines=[line])
    return item_id


async def staff(tenant: TenantUnderTest, *usernames: str) -> list[int]:
    """Users who may do everything."""
    made = []
    async with tenant.work() as work:
        admin = await work.value(
            select(Role.id).where(Role.tenant_id == tenant.id, Role.name == "admin")
        )
        if admin is None:
            admin = await create_role(work, name="admin", permissions=ALL_PERMISSIONS)
        for username in usernames:
            made.append(
                await create_user(
                    work,
                    username=username,
                    display_name=username,
                    email=f"{username}@example.com",
                    password="a long enough passphrase",
                    role_ids=[admin],
                )
            )
    return made
