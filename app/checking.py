"""The invariants of every area, verified over all tenants in one snapshot."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import domain
from domain.kernel.invariants import Invariant
from tenancy.principals import system_principal
from tenancy.transaction import enter_scope, snapshot

MOST_SHOWN = 100


@dataclass(slots=True)
class Report:
    """How many things were checked by each invariant, and what broke one."""

    checked: dict[str, int] = field(default_factory=dict)
    violations: list[dict[str, Any]] = field(default_factory=list)


def all_invariants() -> Iterator[Invariant]:
    """The invariants that the areas of the domain declare, in the areas' order."""
    for area in pkgutil.iter_modules(domain.__path__, prefix="domain."):
        name = f"{area.name}.invariants"
        if area.name != "domain.kernel" and importlib.util.find_spec(name):
            declared: Sequence[Invariant] = importlib.import_module(name).INVARIANTS
            yield from declared


async def check(engine: AsyncEngine, *, tenant_slug: str | None = None) -> Report:
    """Verify every invariant for every tenant (or one), at one moment.

    Reads only, as the application's role: it sees what a tenant sees, and changes nothing."""
    report = Report()
    invariants = list(all_invariants())
    async with snapshot(engine) as connection:
        for tenant_id, slug in await _tenants(connection, tenant_slug):
            await enter_scope(connection, system_principal(tenant_id))
            for invariant in invariants:
                await _check_one(connection, invariant, tenant_id, slug, report)
    return report


async def _tenants(connection: AsyncConnection, slug: str | None) -> list[tuple[int, str]]:
    rows = await connection.execute(text("SELECT tenant_id, slug FROM all_tenants()"))
    return [(row.tenant_id, row.slug) for row in rows if slug in (None, row.slug)]


async def _check_one(
    connection: AsyncConnection, invariant: Invariant, tenant_id: int, slug: str, report: Report
) -> None:
    scope = {"tenant_id": tenant_id}
    counted = (await connection.execute(text(invariant.counted_sql), scope)).scalar() or 0
    report.checked[invariant.name] = report.checked.get(invariant.name, 0) + counted
    broken = await connection.execute(text(invariant.violations_sql), scope)
    for row in broken.mappings().fetchmany(MOST_SHOWN):
        report.violations.append({"invariant": invariant.name, "tenant": slug, **row})
