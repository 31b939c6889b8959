"""What is governed changes on no other path, and by change request on all of its own."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.models import AllocationPolicy
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import (
    activate_allocation_policy,
    retire_allocation_policy,
)
from domain.approvals.models import ApprovalPolicy
from domain.approvals.operations.policies import (
    activate_approval_policy,
    create_approval_policy,
    retire_approval_policy,
)
from domain.governance.configured_approvals import draft_as_proposal
from domain.governance.governing import STANDARD, settings_of
from domain.governance.operations.custom_fields import change_custom_field, register_custom_field
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.governance.operations.settings import set_governance
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.governing import GOVERNED, OPEN, ChangeRequestRequired, VariantNotAllowed
from domain.kernel.models import AuditEntry, GovernanceSetting
from domain.kernel.work import Work
from domain.onboarding.access.granting import permissions_of_roles
from domain.onboarding.access.operations.roles import create_role, set_role_permissions
from domain.onboarding.operations import import_table
from domain.pricing.models import Price
from domain.pricing.operations.price_lists import create_price_list, update_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.accounts import new_user
from tests.factories.changes import (
    approved,
    carried_out,
    change,
    changed,
    drafted,
    go_live,
    proposer,
    versions,
)
from tests.factories.masters import (
    new_channel,
    new_entity,
    new_item,
    new_location,
    new_price_list,
    price,
)
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def things(tenant: TenantUnderTest) -> dict[str, int]:
    """One object of each kind, made before the tenant went live, and two who manage it."""
    for name in ("jane", "joe"):
        await new_user(
            tenant, "users.manage", "approvals.decide", "inventory.approve", username=name
        )
    entity = await new_entity(tenant)
    location = await new_location(tenant, entity_id=entity)
    listed = await new_price_list(tenant, code="LIST")
    item = await new_item(tenant, sku="CUP")
    await price(tenant, listed, item, "4.50")
    async with tenant.work() as work:
        role = await create_role(work, name="clerk", permissions=["orders.read"])
        drafts = [
            await create_allocation_policy(work, code="MAIN", name="Main", location_ids=[location])
            for _ in range(2)
        ]
        await activate_allocation_policy(work, policy_id=drafts[0])
        field = await register_custom_field(work, subject="item", code="colour", type="text")
    return {
        "entity": entity,
        "location": location,
        "price_list": listed,
        "item": item,
        "role": role,
        "policy": drafts[0],
        "draft": drafts[1],
        "field": field,
    }


PATHS: dict[str, Callable[[Work, dict[str, int]], Awaitable[Any]]] = {
    "create_price_list": lambda work, _: create_price_list(
        work, code="N", name="N", currency="EUR"
    ),
    "update_price_list": lambda work, its: update_price_list(
        work, price_list_id=its["price_list"], name="Other"
    ),
    "set_prices": lambda work, its: set_prices(
        work,
        price_list_id=its["price_list"],
        prices=[WantedPrice(item_id=its["item"], unit="each", unit_price=Decimal(9))],
    ),
    "take_a_price_away": lambda work, its: set_prices(
        work,
        price_list_id=its["price_list"],
        prices=[WantedPrice(item_id=its["item"], unit="each", unit_price=None)],
    ),
    "import_prices": lambda work, _: import_table(
        work, kind="prices", content=b"price list,sku,unit price\nLIST,CUP,9.00\n"
    ),
    "create_role": lambda work, _: create_role(work, name="new", permissions=["orders.read"]),
    "set_role_permissions": lambda work, its: set_role_permissions(
        work, role_id=its["role"], permissions=["orders.read", "orders.place"]
    ),
    "activate_allocation_policy": lambda work, its: activate_allocation_policy(
        work, policy_id=its["draft"]
    ),
    "retire_allocation_policy": lambda work, its: retire_allocation_policy(
        work, policy_id=its["policy"]
    ),
    "register_custom_field": lambda work, _: register_custom_field(
        work, subject="item", code="size", type="text"
    ),
    "change_custom_field": lambda work, its: change_custom_field(
        work, field_id=its["field"], name="Colour of it"
    ),
    "set_governance": lambda work, _: set_governance(work, kind="price_list", mode=OPEN),
}


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_changes_what_is_governed(
    tenant: TenantUnderTest, things: dict[str, int], path: str
) -> None:
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await PATHS[path](work, things)


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_is_open_until_the_tenant_goes_live(
    tenant: TenantUnderTest, things: dict[str, int], path: str
) -> None:
    async with tenant.work() as work:
        await PATHS[path](work, things)


async def test_an_approval_policy_is_governed_on_both_of_its_paths(
    tenant: TenantUnderTest,
) -> None:
    rights = ("approvals.decide", "inventory.approve", "users.manage")
    people = [await new_user(tenant, *rights, username=name) for name in ("jane", "joe")]
    first, second = [await _drafted_policy(tenant, _rules(people, needed=n)) for n in (1, 2)]
    async with tenant.work() as work:
        await activate_approval_policy(work, policy_id=first)
    standing = await _active_rules(tenant)
    await go_live(tenant)
    for path in (_activate(second), _retire(first)):
        with pytest.raises(ChangeRequestRequired):
            async with tenant.work() as work:
                await path(work)
    async with tenant.work() as work:
        subject, proposal = await draft_as_proposal(work, policy_id=second)
    await changed(tenant, "approval_policy", subject, **proposal)
    assert await _active_rules(tenant) == proposal["rules"] != standing
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="approval_policy", key=subject, version=0, reason="one is enough"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _active_rules(tenant) == standing


def _activate(policy_id: int) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: activate_approval_policy(work, policy_id=policy_id)


def _retire(policy_id: int) -> Callable[[Work], Awaitable[Any]]:
    return lambda work: retire_approval_policy(work, policy_id=policy_id)


async def _drafted_policy(tenant: TenantUnderTest, rules: list[dict[str, Any]]) -> int:
    async with tenant.work() as work:
        return await create_approval_policy(work, subject="stock_count", name="Counts", rules=rules)


def _rules(user_ids: list[int], *, needed: int) -> list[dict[str, Any]]:
    return [{"name": "All", "steps": [{"name": "One", "user_ids": user_ids, "needed": needed}]}]


async def _active_rules(tenant: TenantUnderTest) -> Any:
    async with tenant.read() as reader:
        return await reader.value(
            select(ApprovalPolicy.rules).where(
                ApprovalPolicy.tenant_id == tenant.id, ApprovalPolicy.status == "active"
            )
        )


async def test_going_live_twice_is_told_once(tenant: TenantUnderTest) -> None:
    await go_live(tenant)
    await go_live(tenant)
    async with tenant.read() as reader:
        modes = await reader.rows(
            select(GovernanceSetting.kind, GovernanceSetting.mode).where(
                GovernanceSetting.tenant_id == tenant.id
            )
        )
        told = await reader.values(
            select(AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "set_governance"
            )
        )
    kinds = {
        "allocation_policy",
        "approval_limits",
        "approval_policy",
        "custom_field",
        "governance",
        "price_list",
        "role",
    }
    assert kinds <= {row.kind for row in modes}
    assert {row.mode for row in modes} == {GOVERNED}
    assert sorted(each["kind"] for each in told) == sorted(row.kind for row in modes)


async def test_prices_of_a_list_change_by_request_and_go_back(
    tenant: TenantUnderTest, things: dict[str, int]
) -> None:
    await go_live(tenant)
    key, cup = str(things["price_list"]), f"{things['item']}/each/1"
    dozen = f"{things['item']}/each/12"
    await changed(tenant, "price_list", key, prices={cup: "5.00", dozen: "4.00"})
    assert await _prices(tenant) == {Decimal(1): Decimal(5), Decimal(12): Decimal(4)}
    ((_, before, _),) = await versions(tenant, "price_list", key)
    assert before == {"prices": {cup: "4.5", dozen: None}}
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="price_list", key=key, version=0, reason="too dear"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _prices(tenant) == {Decimal(1): Decimal("4.5")}


async def _prices(tenant: TenantUnderTest) -> dict[Decimal, Decimal]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Price.minimum_quantity, Price.unit_price).where(Price.tenant_id == tenant.id)
        )
    return {row.minimum_quantity: row.unit_price for row in rows}


async def test_a_price_of_an_unknown_item_is_not_proposed(
    tenant: TenantUnderTest, things: dict[str, int]
) -> None:
    with pytest.raises(InvalidInput):
        await drafted(
            tenant, "price_list", str(things["price_list"]), prices={"999999/each/1": "5"}
        )


async def test_a_role_is_made_and_changed_by_request(
    tenant: TenantUnderTest, things: dict[str, int]
) -> None:
    await go_live(tenant)
    made = await changed(tenant, "role", None, name="buyer", permissions=["orders.read"])
    key = (await change(tenant, made)).object_key
    await changed(tenant, "role", key, permissions=["orders.place", "orders.read"])
    async with tenant.read() as reader:
        held = await permissions_of_roles(reader, {int(key)})
    assert held == {"orders.place", "orders.read"}


async def test_nobody_proposes_a_permission_that_they_lack(
    tenant: TenantUnderTest, things: dict[str, int]
) -> None:
    with pytest.raises(NotPermitted):
        await drafted(
            tenant, "role", str(things["role"]), permissions=["orders.read", "ledger.post"]
        )


async def test_an_allocation_policy_takes_effect_by_request_and_goes_back(
    tenant: TenantUnderTest, things: dict[str, int]
) -> None:
    other = await new_location(tenant, entity_id=things["entity"])
    await go_live(tenant)
    definition = {
        "strategies": [{"code": "NEW", "sources": [{"location_id": other}]}],
        "on_shortage": "backorder",
    }
    await changed(tenant, "allocation_policy", "MAIN", name="Main", definition=definition)
    assert await _policy(tenant) == ("NEW", "active")
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="allocation_policy", key="MAIN", version=0, reason="slower"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _policy(tenant) == ("STANDARD", "active")
    await changed(tenant, "allocation_policy", "MAIN", status="retired")
    assert await _policy(tenant) is None
    async with tenant.work(as_=proposer(tenant)) as work:
        again = await roll_back_configuration(
            work, kind="allocation_policy", key="MAIN", version=2, reason="needed after all"
        )
    await approved(tenant, again)
    await carried_out(tenant)
    assert await _policy(tenant) == ("STANDARD", "active")


async def _policy(tenant: TenantUnderTest) -> tuple[str, str] | None:
    async with tenant.read() as reader:
        row = await reader.row(
            select(AllocationPolicy.definition, AllocationPolicy.status).where(
                AllocationPolicy.tenant_id == tenant.id, AllocationPolicy.status == "active"
            )
        )
    return None if row is None else (row.definition["strategies"][0]["code"], row.status)


async def test_a_custom_field_is_registered_and_retired_by_request(tenant: TenantUnderTest) -> None:
    await go_live(tenant)
    made = await changed(
        tenant, "custom_field", None, subject="item", code="size", type="choice", choices=["S", "L"]
    )
    key = (await change(tenant, made)).object_key
    assert (await change(tenant, made)).status == "effective"
    await changed(tenant, "custom_field", key, choices=["S", "M", "L"])
    await changed(tenant, "custom_field", key, status="retired")
    assert [each[1] for each in await versions(tenant, "custom_field", key)] == [
        {},
        {"choices": ["S", "L"]},
        {"status": "active"},
    ]


async def test_governance_is_let_go_by_request_only(tenant: TenantUnderTest) -> None:
    await go_live(tenant)
    await changed(tenant, "governance", "price_list", mode=OPEN)
    async with tenant.read() as reader:
        standing = await settings_of(reader, ["price_list", "role"])
    assert standing == {"price_list": dict(STANDARD), "role": {**STANDARD, "mode": GOVERNED}}
    async with tenant.work() as work:
        await create_price_list(work, code="N", name="N", currency="EUR")
        # To be stricter again needs nobody's approval.
        await set_governance(work, kind="price_list", mode=GOVERNED)


async def test_a_channel_has_its_own_prices_only_where_the_standard_lets_it(
    tenant: TenantUnderTest,
) -> None:
    channel = await new_channel(tenant, entity_id=await new_entity(tenant))
    async with tenant.work() as work:
        await set_governance(work, kind="price_list", channel_variants=False)
        await create_price_list(work, code="ALL", name="For all", currency="EUR")
    with pytest.raises(VariantNotAllowed):
        async with tenant.work() as work:
            await create_price_list(
                work, code="OWN", name="Own", currency="EUR", channel_id=channel
            )
    await go_live(tenant)
    own = await changed(
        tenant, "price_list", None, code="OWN", name="Own", currency="EUR", channel_id=channel
    )
    assert (await change(tenant, own)).status == "failed"
