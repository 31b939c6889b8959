"""What the door itself reads before a caller may do anything, and the plan that operators set.

No permission is asked for: nothing here is told to the caller."""

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import InvalidInput
from domain.kernel.quotas import set_ceiling
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.door.events import PlanSet
from domain.onboarding.door.plans import OFFERED
from domain.onboarding.door.policy import AppAtTheDoor, TenantAtTheDoor
from tenancy.models import ClientApp, DoorSettings, RegisteredDocument, TenantPlan
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

NO_TENANT = 0


async def tenant_at_the_door(reader: Reader) -> TenantAtTheDoor:
    """What the tenant settled, and its open apps."""
    settled = await reader.row(
        select(*DoorSettings.__table__.c).where(DoorSettings.tenant_id == reader.tenant_id)
    )
    apps = await reader.rows(
        select(ClientApp.id, ClientApp.kind, ClientApp.origins, ClientApp.only_registered).where(
            ClientApp.tenant_id == reader.tenant_id, ClientApp.closed_at.is_(None)
        )
    )
    chosen = await reader.value(
        select(TenantPlan.plan).where(TenantPlan.tenant_id == reader.tenant_id)
    )
    return TenantAtTheDoor(
        origins=frozenset(settled.origins if settled else ()),
        only_trusted_partners=bool(settled and settled.only_trusted_partners),
        only_trusted_public_apps=bool(settled and settled.only_trusted_public_apps),
        only_trusted_everybody=bool(settled and settled.only_trusted_everybody),
        plan=chosen,
        apps={
            row.id: AppAtTheDoor(
                kind=row.kind, origins=frozenset(row.origins), only_registered=row.only_registered
            )
            for row in apps
        },
    )


async def document_text(reader: Reader, *, app_id: int | None, digest: str) -> str | None:
    """The text of a document that the app may send; without an app, that any of the tenant's
    apps may send. None where there is none."""
    statement = (
        select(RegisteredDocument.text)
        .join(
            ClientApp,
            (ClientApp.tenant_id == RegisteredDocument.tenant_id)
            & (ClientApp.id == RegisteredDocument.app_id),
        )
        .where(
            RegisteredDocument.tenant_id == reader.tenant_id,
            RegisteredDocument.hash == digest,
            RegisteredDocument.retired_at.is_(None),
            ClientApp.closed_at.is_(None),
        )
        .limit(1)
    )
    if app_id is not None:
        statement = statement.where(RegisteredDocument.app_id == app_id)
    found: str | None = await reader.value(statement)
    return found


async def allowed_origin_hashes(engine: AsyncEngine) -> frozenset[str]:
    """The hashes (SHA-256, hex) of every origin that any tenant allows."""
    scope = system_principal(NO_TENANT)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        found = await connection.execute(text("SELECT allowed_origin_hashes()"))
        return frozenset(found.scalars())


async def plan_of_slug(engine: AsyncEngine, slug: str) -> str | None:
    """The name of a tenant's plan; None where it has none of its own, or there is no tenant."""
    scope = system_principal(NO_TENANT)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        found = await connection.execute(text("SELECT plan_of_slug(:slug)"), {"slug": slug})
        name: str | None = found.scalar()
        return name


async def set_plan(work: Work, *, plan: str) -> None:
    """Give the tenant another plan: for those who run the installation. Raises InvalidInput."""
    if plan not in OFFERED:
        raise InvalidInput(f"Must be one of {', '.join(OFFERED)}.", path=("plan",))
    before = await work.value(
        select(TenantPlan.plan).where(TenantPlan.tenant_id == work.tenant_id).with_for_update()
    )
    if before == plan:
        return
    written = insert(TenantPlan).values(tenant_id=work.tenant_id, plan=plan, set_at=work.now)
    plan_id = await work.value(
        written.on_conflict_do_update(
            index_elements=["tenant_id"], set_={"plan": plan, "set_at": work.now}
        ).returning(TenantPlan.id)
    )
    await set_ceiling(work)
    work.record(PlanSet(aggregate_id=plan_id, plan=plan))
    work.audit(
        "set_plan",
        subject="tenant_plan",
        subject_id=plan_id,
        before=None if before is None else {"plan": before},
        after={"plan": plan},
    )
