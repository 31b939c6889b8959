"""Who owns a process is asked before its configuration changes."""

import pytest
from sqlalchemy import select

from domain.approvals.models import ApprovalRequest
from domain.approvals.operations.decisions import approve
from domain.approvals.outcomes import NotApprover
from domain.governance.models import ProcessOwner
from domain.governance.operations.change_requests import draft_change, submit_change
from domain.governance.operations.process_owners import name_process_owner
from domain.governance.outcomes import OwnerCannotDecide
from domain.governance.queries.standards import process_owners
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.accounts import new_user
from tests.factories.changes import (
    DECIDES,
    PROPOSES,
    carried_out,
    change,
    decider,
    drafted,
    submitted,
)
from tests.factories.masters import new_price_list
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _named(tenant: TenantUnderTest, user_id: int | None) -> None:
    async with tenant.work() as work:
        await name_process_owner(work, process="order_to_cash", user_id=user_id)


async def _approve(tenant: TenantUnderTest, request_id: int, *, user_id: int) -> None:
    async with tenant.work(as_=decider(tenant, id=user_id)) as work:
        await approve(work, request_id=request_id)


async def test_an_owner_is_named_replaced_and_shown(tenant: TenantUnderTest) -> None:
    first = await new_user(tenant, *DECIDES, username="first")
    second = await new_user(tenant, *DECIDES, username="second")
    for owner in (first, second, second):
        await _named(tenant, owner)
    async with tenant.read() as reader:
        shown = await process_owners(reader)
        rows = await reader.values(
            select(ProcessOwner.user_id).where(ProcessOwner.tenant_id == tenant.id)
        )
    assert list(rows) == [second]
    assert shown == {
        "order_to_cash": second,
        "procure_to_pay": None,
        "inventory": None,
        "warehouse": None,
        "returns": None,
        "close": None,
    }
    await _named(tenant, None)
    async with tenant.read() as reader:
        assert (await process_owners(reader))["order_to_cash"] is None


async def test_only_who_may_decide_can_own_a_process(tenant: TenantUnderTest) -> None:
    clerk = await new_user(tenant, "approvals.decide", username="clerk")
    with pytest.raises(OwnerCannotDecide) as refused:
        await _named(tenant, clerk)
    assert refused.value.fields["missing"] == ["governance.approve"]


async def test_neither_strangers_nor_unknown_processes_are_named(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    stranger = await new_user(other, *DECIDES)
    with pytest.raises(NotFound):
        await _named(tenant, stranger)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await name_process_owner(work, process="gardening", user_id=None)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("governance.propose")) as work:
            await name_process_owner(work, process="close", user_id=None)


async def test_the_owner_must_say_yes(tenant: TenantUnderTest) -> None:
    owner = await new_user(tenant, *DECIDES, username="owner")
    other = await new_user(tenant, *DECIDES, username="other")
    await _named(tenant, owner)
    key = str(await new_price_list(tenant))
    change_id = await drafted(tenant, "price_list", key, rank=3)
    request_id = await submitted(tenant, change_id)
    with pytest.raises(NotApprover):
        await _approve(tenant, request_id, user_id=other)
    assert await carried_out(tenant) == 0
    await _approve(tenant, request_id, user_id=owner)
    assert await carried_out(tenant) == 1
    assert (await change(tenant, change_id)).status == "effective"


async def test_where_the_owner_asks_somebody_else_decides(tenant: TenantUnderTest) -> None:
    owner = await new_user(tenant, *DECIDES, username="owner")
    other = await new_user(tenant, *DECIDES, username="other")
    await _named(tenant, owner)
    key = str(await new_price_list(tenant))
    asking = tenant.user(*PROPOSES, *DECIDES, id=owner)
    async with tenant.work(as_=asking) as work:
        change_id = await draft_change(
            work, kind="price_list", key=key, proposal={"rank": 3}, title="x", reason="y"
        )
        await submit_change(work, change_id=change_id)
    async with tenant.read() as reader:
        request_id = await reader.value(
            select(ApprovalRequest.id).where(ApprovalRequest.tenant_id == tenant.id)
        )
    await _approve(tenant, request_id, user_id=other)
    assert await carried_out(tenant) == 1
