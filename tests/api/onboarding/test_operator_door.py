"""An operator's key asks for operator fields and for nothing else; nobody else asks for them."""

from typing import Any

import pytest
from sqlalchemy import text

from domain.kernel.work import unit_of_work
from domain.onboarding.operators.keys import create_operator_key
from tenancy.principals import HOUSE, system_principal
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.live_api import listening, subscriber
from tests.factories.schema_walk import (
    arguments,
    document,
    plain_value,
    root_fields,
    selection_of,
)
from tests.factories.sign_ups import new_mailbox
from tests.factories.tenants import TenantUnderTest
from tests.factories.worlds import new_world


async def _operator(api: ApiUnderTest, now: Any, *, may_manage: bool = True) -> ApiCaller:
    house = system_principal(HOUSE, name="command line")
    async with unit_of_work(api.services.engine, house, now=now) as work:
        return ApiCaller(
            api.http, await create_operator_key(work, name=new_mailbox(), may_manage=may_manage)
        )


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_every_other_root_field_is_refused_before_it_runs(
    api: ApiUnderTest, tenant: TenantUnderTest, kind: str
) -> None:
    operator = await _operator(api, tenant.now)
    for field in root_fields(kind):
        if field.name.startswith("operator"):
            continue
        values = arguments(field, lambda path, kind: plain_value(path, kind, unique="x"))
        asked = document(field, list(values), selection_of(field.definition.type, 0))
        answer = await operator.ask(asked, **values)
        assert answer.error_codes == ["FORBIDDEN"], (field.name, answer.body)


async def test_nothing_is_reached_through_fragments(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    operator = await _operator(api, tenant.now)
    for hidden in (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer { name } }",
        '{ ... on Query { operatorTenant(slug: "x") { slug } items { nodes { sku } } } }',
        '{ operatorTenants { nodes { slug } } node(id: "SXRlbTox") { id } }',
    ):
        assert (await operator.ask(hidden)).error_codes == ["FORBIDDEN"], hidden


async def test_no_mark_of_a_companys_business_is_told(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_world(tenant, "BUSINESS")
    operator = await _operator(api, tenant.now)
    for name in ("OperatorTenants", "OperatorTenant"):
        variables = {"slug": tenant.slug} if name == "OperatorTenant" else {"first": 100}
        answer = await operator.ask(operations()[name], **variables)
        assert "errors" not in answer.body
        assert "BUSINESS" not in str(answer.body)
    assert answer.data["operatorTenant"]["usage"]["users"] > 0


async def test_a_tenants_own_people_are_no_operators(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    for name in operations():
        if not name.startswith("Operator"):
            continue
        slug: dict[str, Any] = {"slug": tenant.slug}
        wanted = {
            "OperatorTenants": {},
            "OperatorTenant": slug,
            "OperatorProvisionTenant": {"input": slug | {"name": "N", "email": new_mailbox()}},
            "OperatorSuspendTenant": {"input": slug | {"reason": "R"}},
            "OperatorSetPlan": {"input": slug | {"plan": "small"}},
            "OperatorSetQuota": {"input": slug | {"quota": "USERS"}},
            "OperatorResumeTenant": {"input": slug},
        }[name]
        keyed = {"key": name} if "input" in wanted else {}
        assert (await admin.ask(operations()[name], **wanted, **keyed)).error_codes == [
            "FORBIDDEN"
        ], name
        unknown = await api.nobody().ask(operations()[name], **wanted, **keyed)
        assert unknown.error_codes == ["UNAUTHENTICATED"], name


async def test_who_may_only_look_suspends_nobody(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    onlooker = await _operator(api, tenant.now, may_manage=False)
    wanted = {"slug": tenant.slug, "reason": "no"}
    refused = await onlooker.ask(operations()["OperatorSuspendTenant"], input=wanted, key="no")
    assert refused.error_codes == ["FORBIDDEN"]
    shown = await onlooker.ask(operations()["OperatorTenant"], slug=tenant.slug)
    assert shown.data["operatorTenant"]["status"] == "ACTIVE"


async def test_a_suspension_closes_every_door_at_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    """Requests of users and keys, refreshed tokens, and connections that are open."""
    admin = await api.user(tenant, "*")
    operator = await _operator(api, tenant.now)
    async with (
        listening(api) as port,
        subscriber(port, admin.token or "") as connection,
    ):
        await connection.subscribe("subscription { orderChanged { eventId } }")
        done = await operator.ask(
            operations()["OperatorSuspendTenant"],
            input={"slug": tenant.slug, "reason": "unpaid"},
            key=tenant.slug,
        )
        assert done.data["operatorSuspendTenant"]["tenant"]["status"] == "SUSPENDED"
        assert (await admin.ask("{ viewer { name } }")).status == 401
        assert await connection.closed() == 4403
    async with tenant.read() as reader:
        assert await reader.value(text("SELECT tenant_serves(:id)"), {"id": tenant.id}) is False
    await operator.ask(
        operations()["OperatorResumeTenant"], input={"slug": tenant.slug}, key=f"re-{tenant.slug}"
    )
    assert (await admin.ask("{ viewer { name } }")).status == 200
