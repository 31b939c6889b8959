"""A partner sees its own rows and nobody else's, whatever its role says."""

from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.entities.models import Location, Party, PartyAddress, PartyIdentifier
from tenancy.authentication import Authenticator
from tenancy.permissions import ALL_PERMISSIONS, OF_LOCATION, OF_PARTY
from tenancy.principals import Principal
from tests.factories.accounts import change_user, new_user
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest

SECRET = "a secret of an installation, long enough"


async def _partner(
    engine: AsyncEngine,
    tenant: TenantUnderTest,
    *,
    party_id: int | None = None,
    location_id: int | None = None,
) -> Principal:
    user_id = await new_user(tenant, *ALL_PERMISSIONS)
    await change_user(tenant, user_id, party_id=party_id, location_id=location_id)
    authenticator = Authenticator(engine, SECRET, remembered_for=timedelta(0))
    token = await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    principal = await authenticator.principal_of(f"Bearer {token}", None, tenant.now)
    assert principal is not None
    return principal


async def _codes(tenant: TenantUnderTest, party_id: int, code: str) -> None:
    row = {"tenant_id": tenant.id, "party_id": party_id}
    async with tenant.work() as work:
        await work.execute(insert(PartyIdentifier).values(row | {"value": code}))
        await work.execute(insert(PartyAddress).values(row | {"kind": "ship_to", "code": code}))


async def _visible(tenant: TenantUnderTest, principal: Principal) -> dict[str, list[int]]:
    async with tenant.read(as_=principal) as reader:
        return {
            table.__tablename__: sorted(
                await reader.values(select(column).where(table.tenant_id == tenant.id))
            )
            for table, column in (
                (Party, Party.id),
                (PartyAddress, PartyAddress.party_id),
                (PartyIdentifier, PartyIdentifier.party_id),
                (Location, Location.id),
            )
        }


async def test_a_customer_sees_its_own_record(engine: AsyncEngine, tenant: TenantUnderTest) -> None:
    own, neighbour = await new_party(tenant), await new_party(tenant)
    await _codes(tenant, own, "own")
    await _codes(tenant, neighbour, "neighbour")
    location_id = await new_location(tenant, entity_id=await new_entity(tenant))
    principal = await _partner(engine, tenant, party_id=own)
    assert principal.permissions == OF_PARTY
    assert await _visible(tenant, principal) == {
        "party": [own],
        "party_address": [own],
        "party_identifier": [own],
        "location": [location_id],
    }


async def test_a_third_party_warehouse_sees_itself_and_not_whom_the_tenant_trades_with(
    engine: AsyncEngine, tenant: TenantUnderTest
) -> None:
    entity_id = await new_entity(tenant)
    own = await new_location(tenant, entity_id=entity_id, kind="third_party")
    await new_location(tenant, entity_id=entity_id)
    await _codes(tenant, await new_party(tenant), "customer")
    principal = await _partner(engine, tenant, location_id=own)
    assert principal.permissions == OF_LOCATION
    assert await _visible(tenant, principal) == {
        "party": [],
        "party_address": [],
        "party_identifier": [],
        "location": [own],
    }
