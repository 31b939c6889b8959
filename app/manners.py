"""What each tenant settled for its door, near at hand in this process for a few seconds."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api.door.manners import Manners
from domain.kernel.reading import reading
from domain.onboarding.door import entering
from domain.onboarding.door.plans import STANDARD, plan_named
from domain.onboarding.door.policy import TenantAtTheDoor, entry_of
from tenancy.principals import Principal, system_principal
from tenancy.short_memory import ShortMemory

REMEMBERED_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A tenant's settings, and what they mean for each kind of caller that came since."""

    tenant: TenantAtTheDoor
    manners: dict[tuple[int | None, bool], Manners] = field(default_factory=dict)


def _manners(tenant: TenantAtTheDoor, caller: Principal, origin: str | None) -> Manners:
    entry = entry_of(tenant, app_id=caller.app_id, is_partner=caller.is_partner, origin=origin)
    return Manners(
        origins=entry.origins,
        only_trusted=entry.only_trusted,
        plan=tenant.plan or STANDARD,
        app_id=entry.app_id,
    )


class TenantManners:
    """Answers the door's questions from the database.

    A change counts at once in the process that made it, after `remembered_for` in the others."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Callable[[], datetime],
        *,
        remembered_for: timedelta = REMEMBERED_FOR,
    ) -> None:
        self._engine, self._clock = engine, clock
        self._tenants: ShortMemory[_Remembered] = ShortMemory(remembered_for)
        self._documents: ShortMemory[str | None] = ShortMemory(remembered_for)
        self._origins: ShortMemory[frozenset[str]] = ShortMemory(remembered_for)

    async def manners_of(self, caller: Principal, origin: str | None) -> Manners:
        """What the caller's tenant settled for it, coming from a page of this origin."""
        tenant_id = caller.tenant_id
        known = await self._tenants.recall(tenant_id, self._clock(), lambda: self._read(tenant_id))
        if origin is not None:
            return _manners(known.tenant, caller, origin)
        # Callers that are no page's are of few kinds.
        kind = caller.app_id, caller.is_partner
        found = known.manners.get(kind)
        if found is None:
            found = known.manners[kind] = _manners(known.tenant, caller, None)
        return found

    async def document_text(self, caller: Principal, app_id: int | None, digest: str) -> str | None:
        """The text of a document that is registered for the caller's app, or for any app of the
        tenant where it comes through none."""
        return await self._documents.recall(
            (caller.tenant_id, app_id, digest),
            self._clock(),
            lambda: self._read_document(caller.tenant_id, app_id, digest),
        )

    async def knows_origin(self, origin: str) -> bool:
        """Whether any tenant allows this origin. All of them are read together: whoever asks for
        a thousand origins costs one statement."""
        known = await self._origins.recall(
            "origins", self._clock(), lambda: entering.allowed_origin_hashes(self._engine)
        )
        return hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest() in known

    async def sign_ins_of_address(self, slug: str) -> int:
        """How often the plan of the tenant of this slug lets one address try to sign in."""
        plan = plan_named(await entering.plan_of_slug(self._engine, slug))
        return plan.sign_ins_of_address

    def forget(self) -> None:
        """Forget what is remembered, after a change in this process."""
        for memory in (self._tenants, self._documents, self._origins):
            memory.forget()

    async def _read(self, tenant_id: int) -> "_Remembered":
        async with reading(self._engine, system_principal(tenant_id)) as reader:
            return _Remembered(await entering.tenant_at_the_door(reader))

    async def _read_document(self, tenant_id: int, app_id: int | None, digest: str) -> str | None:
        async with reading(self._engine, system_principal(tenant_id)) as reader:
            return await entering.document_text(reader, app_id=app_id, digest=digest)
