"""What `crossdock check` says of change requests, versions and custom fields."""

import pytest

from app.checking import check
from domain.governance.operations.custom_fields import register_custom_field, set_custom_fields
from tests.factories.audit import as_owner
from tests.factories.changes import changed
from tests.factories.masters import new_item, new_price_list
from tests.factories.tenants import TenantUnderTest

BROKEN = {
    "versions_of_configuration_have_no_gap": (
        "UPDATE configuration_version SET version = 7 WHERE tenant_id = :t"
    ),
    "what_takes_effect_was_approved": (
        "UPDATE approval_request SET status = 'rejected' WHERE tenant_id = :t"
    ),
    "custom_fields_hold_values_of_their_type": (
        "UPDATE custom_field_value SET text_value = NULL, number_value = 7 WHERE tenant_id = :t"
    ),
}


async def _violated(tenant: TenantUnderTest) -> set[str]:
    report = await check(tenant.engine, tenant_slug=tenant.slug)
    return {each["invariant"] for each in report.violations}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_breach_is_named(tenant: TenantUnderTest, owner_url: str, name: str) -> None:
    key = str(await new_price_list(tenant))
    await changed(tenant, "price_list", key, rank=3)
    await changed(tenant, "price_list", key, rank=4)
    item = await new_item(tenant)
    async with tenant.work() as work:
        await register_custom_field(work, subject="item", code="note", type="text")
        await set_custom_fields(work, subject="item", object_id=item, values={"note": "x"})
    assert await _violated(tenant) == set()
    statement = BROKEN[name]
    if name.startswith("versions"):
        statement += " AND version = 2"
    await as_owner(owner_url, statement, t=tenant.id)
    assert name in await _violated(tenant)
