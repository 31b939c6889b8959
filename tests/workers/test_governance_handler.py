"""An approved change takes effect through its event, and is sealed by the clock."""

from sqlalchemy import select

from domain.kernel.models import AuditEntry, AuditSeal, EventRecord
from tests.factories.changes import approved, change, drafted
from tests.factories.masters import new_price_list
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver
from workers.schedule import TASKS


async def test_the_event_of_an_approval_carries_the_change_out(tenant: TenantUnderTest) -> None:
    key = str(await new_price_list(tenant))
    change_id = await approved(tenant, await drafted(tenant, "price_list", key, rank=3))
    address = AggregateAddress(tenant.id, "change_request", change_id)
    assert await deliver(tenant.engine, HANDLERS, address, now=tenant.now) is Turn.DONE
    assert (await change(tenant, change_id)).status == "effective"
    async with tenant.read() as reader:
        entry = await reader.row(
            select(AuditEntry.actor, AuditEntry.behalf_of, AuditEntry.document).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "update_price_list"
            )
        )
        told = await reader.values(
            select(EventRecord.type).where(
                EventRecord.tenant_id == tenant.id,
                EventRecord.type == "governance.change_took_effect",
            )
        )
    assert entry is not None
    assert tuple(entry) == ("worker", "proposer", f"change_request:{change_id}")
    assert len(told) == 1


async def test_the_clock_seals_and_carries_out(tenant: TenantUnderTest) -> None:
    key = str(await new_price_list(tenant))
    change_id = await approved(tenant, await drafted(tenant, "price_list", key, rank=3))
    tasks = {task.name: task for task in TASKS}
    for name in ("carry_out_changes", "seal_audit"):
        done = False
        while not done:
            async with tenant.work() as work:
                done = await tasks[name].run(work)
    assert (await change(tenant, change_id)).status == "effective"
    async with tenant.read() as reader:
        entries = await reader.values(
            select(AuditEntry.id).where(AuditEntry.tenant_id == tenant.id)
        )
        sealed = await reader.values(
            select(AuditSeal.audit_entry_id).where(AuditSeal.tenant_id == tenant.id)
        )
    assert sorted(sealed) == sorted(entries)
