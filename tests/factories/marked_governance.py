"""Change requests, versions, owners and custom fields of a company, under names with its mark."""

from domain.governance.operations.custom_fields import register_custom_field, set_custom_fields
from domain.governance.operations.process_owners import NEEDED, name_process_owner
from domain.governance.operations.settings import set_governance
from domain.governance.policy import PROCESSES
from domain.kernel.audit_chain import seal_audit
from domain.kernel.work import Work
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.access.operations.users import create_user
from tests.factories.changes import changed, drafted
from tests.factories.tenants import TenantUnderTest


async def govern_company(work: Work, mark: str, *, items: list[int]) -> None:
    """At least one of everything, while all of it may still be changed directly."""
    owner = await _owner(work, mark)
    for process in PROCESSES:
        await name_process_owner(work, process=process, user_id=owner)
    for serial, item in zip("12", items, strict=True):
        field = f"{mark.lower()}_note{serial}"
        await register_custom_field(
            work,
            subject="item",
            code=field,
            name=f"{mark} note {serial}",
            type="text",
            owner_id=owner,
        )
        values = {field: f"{mark} value {serial}"}
        await set_custom_fields(work, subject="item", object_id=item, values=values)
    await set_governance(work, kind="role", entity_variants=False)


async def _owner(work: Work, mark: str) -> int:
    # Somebody must be left who may manage users, whatever a change does to the other roles.
    role = await create_role(work, name=f"{mark} owner", permissions=[*NEEDED, "users.manage"])
    return await create_user(
        work, username=f"{mark.lower()}-owner", display_name=f"{mark} owner", role_ids=[role]
    )


async def change_company(tenant: TenantUnderTest, mark: str) -> None:
    """Two roles that were changed by request, each with another change still being drafted; and
    all that was written so far is sealed."""
    for serial in "12":
        async with tenant.work() as work:
            name = f"{mark} clerk {serial}"
            role = str(await create_role(work, name=name, permissions=["orders.read"]))
        title, wanted = f"{mark} change {serial}", ["orders.place", "orders.read"]
        await changed(tenant, "role", role, title=title, permissions=wanted)
        await drafted(tenant, "role", role, title=f"{title} more", permissions=["orders.place"])
    async with tenant.work() as work:
        await seal_audit(work)
