"""Tenants as operators see them. Only a key of the operators comes here, and nowhere else."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from domain.kernel.reading import Reader
from domain.onboarding.operators import queries


@strawberry.enum(description="How a tenant stands.")
class TenantStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="Its doors are open.")
    SUSPENDED = strawberry.enum_value("suspended", description="All its doors are closed.")
    PREPARING = strawberry.enum_value("preparing", description="A sandbox that is being copied.")
    ERASING = strawberry.enum_value("erasing", description="It is being taken away.")


@strawberry.type(description="How much a tenant has of what its plan limits: counts alone.")
class TenantUsage:
    users: int = strawberry.field(description="Active users.")
    api_keys: int = strawberry.field(description="Keys that are not revoked.")
    legal_entities: int = strawberry.field(description="Active legal entities.")
    locations: int = strawberry.field(description="Active locations.")
    channels: int = strawberry.field(description="Active channels.")
    orders_this_month: int = strawberry.field(description="Orders since the month began.")
    stored_megabytes: int = strawberry.field(description="Kept documents, in megabytes.")


async def load_usage(reader: Reader, ids: Sequence[int]) -> list[TenantUsage]:
    """A batch for loaders: the usage of tenants, in order."""
    rows = await queries.usage_of_tenants(reader, ids=ids)
    names = ("users", "api_keys", "legal_entities", "locations", "channels", "orders_this_month")
    return [
        TenantUsage(
            **{name: getattr(rows[each], name) for name in names},
            stored_megabytes=-(-rows[each].stored_bytes // 1_000_000),
        )
        for each in ids
    ]


@strawberry.type(description="A tenant of the installation.")
class OperatorTenant:
    row_id: strawberry.Private[int]
    slug: str = strawberry.field(description="Its name in sign-ins.")
    name: str = strawberry.field(description="Its name for people.")
    status: TenantStatus = strawberry.field(description="How it stands.")
    plan: str = strawberry.field(description="The name of its plan.")
    is_sandbox: bool = strawberry.field(description="Whether it is another tenant's sandbox.")
    created_at: datetime = strawberry.field(description="When it came into being.")
    live_at: datetime | None = strawberry.field(description="Since when it trades.")
    erase_from: datetime | None = strawberry.field(description="From when on it is taken away.")

    @classmethod
    def of(cls, row: Row[Any]) -> "OperatorTenant":
        """From a row of the domain's queries."""
        return cls(
            row_id=row.id,
            slug=row.slug,
            name=row.name,
            status=TenantStatus(row.status),
            plan=row.plan or "standard",
            is_sandbox=row.sandbox_of is not None,
            created_at=row.created_at,
            live_at=row.live_at,
            erase_from=row.erase_from,
        )

    @strawberry.field(description="How much it has of what its plan limits.")
    async def usage(self, info: Info) -> TenantUsage:
        return await info.context.load(load_usage, self.row_id)


async def load_tenants(reader: Reader, slugs: Sequence[str]) -> list[OperatorTenant | None]:
    """A batch for loaders: the tenants of these slugs, in order."""
    rows = await queries.tenants_of_slugs(reader, slugs=slugs)
    return [OperatorTenant.of(rows[slug]) if slug in rows else None for slug in slugs]


@strawberry.type
class OperatorQuery:
    @strawberry.field(description="Every tenant, by slug. Needs an operator's key.")
    async def operator_tenants(
        self,
        info: Info,
        status: Annotated[
            TenantStatus | None, strawberry.argument(description="Only those; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OperatorTenant]:
        listing = await queries.tenants(
            await info.context.reader(),
            status=None if status is None else str(status.value),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, OperatorTenant.of, count=listing.count)

    @strawberry.field(description="One tenant, or null. Needs an operator's key.")
    async def operator_tenant(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="Its slug.")],
    ) -> OperatorTenant | None:
        return await info.context.load(load_tenants, slug)
