"""A worker is killed in the midst of copying a sandbox, and of erasing a tenant: after a restart
the copy is whole, nothing is in it twice, and nothing is left of what was to go."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database import async_url, connect, metadata, migrate
from app.embedded import Engines, start_engines
from app.http.services import system_clock
from domain.catalog.models import Item
from domain.onboarding.models import Sandbox
from domain.onboarding.sandbox.operations import create_sandbox
from domain.onboarding.sandbox.tables import COPIED, wanted_rows
from tenancy.principals import system_principal
from tests.factories.conditions import until, until_somebody_waits
from tests.factories.running import Running, installed
from tests.factories.sign_ups import founded
from tests.factories.templated import stock_up, template
from tests.factories.tenants import TenantUnderTest

# More than one part of a copy has, and of an erasure.
ITEMS = 6_000


async def test_a_copy_and_an_erasure_outlive_the_worker_that_is_killed_at_them(
    tmp_path: Path,
) -> None:
    home = Path(tempfile.mkdtemp(prefix="crossdock-tenants-"))
    with start_engines(home, durable=True, ephemeral=True) as engines:
        await migrate(engines.database_owner_url)
        engine = connect(engines.database_url)
        company, neighbour = await _company(engine), await _company(engine)
        with installed(
            tmp_path,
            database_url=engines.database_url,
            owner_url=engines.database_owner_url,
            redis_url=engines.redis_url,
        ) as running:
            running.programs["worker"] = ("tests.factories.impatient_worker",)
            sandbox = await _killed_while_it_copies(running, company)
            await _the_copy_is_whole(company, sandbox)
            before = await _rows_of(engines, neighbour.id)
            await _killed_while_it_erases(running, engines, company)
        for gone in (company, sandbox):
            assert await _rows_of(engines, gone.id) == {}
        # Of the neighbour nothing is gone: letters and audit may have come.
        left = await _rows_of(engines, neighbour.id)
        assert {name: left[name] for name in COPIED & set(before)} == {
            name: before[name] for name in COPIED & set(before)
        }
        await engine.dispose()


async def _company(engine: AsyncEngine) -> TenantUnderTest:
    made = await founded(engine, now=system_clock())
    principal = system_principal(made.tenant_id)
    company = TenantUnderTest(engine, made.tenant_id, made.slug, system_clock(), principal)
    await template(company)
    await stock_up(company)
    async with company.work() as work:
        await work.execute(
            insert(Item),
            [
                {
                    "tenant_id": company.id,
                    "sku": f"MANY-{n:05}",
                    "name": f"One of many {n}",
                    "base_unit": "EA",
                    "created_at": company.now,
                }
                for n in range(ITEMS)
            ],
        )
    return company


async def _killed_while_it_copies(running: Running, company: TenantUnderTest) -> TenantUnderTest:
    """Killed with half a part written: somebody else is about to write the last of its rows."""
    async with company.work() as work:
        await create_sandbox(work, confirm=True)
    async with company.read() as reader:
        made = await reader.value(
            select(Sandbox.sandbox_tenant_id).where(Sandbox.tenant_id == company.id)
        )
        in_the_way = await reader.row(
            select(Item)
            .with_only_columns(*Item.__table__.c)
            .where(Item.tenant_id == company.id)
            .order_by(Item.id)
            .offset(3_000)
            .limit(1)
        )
    assert in_the_way is not None
    sandbox = TenantUnderTest(
        company.engine, made, f"{company.slug}-sandbox", company.now, system_principal(made)
    )
    row = {name: value for name, value in in_the_way._mapping.items() if value is not None}
    for computed in (c.name for c in Item.__table__.c if c.computed is not None):
        row.pop(computed, None)
    async with _not_yet_there(sandbox, row):
        running.start("worker")
        await until_somebody_waits(company.engine, seconds=90.0)
        running.kill("worker")
        assert await _standing(company) == "copying"
    async with sandbox.read() as reader:
        counted = select(func.count()).select_from(Item).where(Item.tenant_id == sandbox.id)
        # The first part of the items is there, nothing of the second.
        assert await reader.value(counted) == 2_000
    running.start("worker")

    async def is_ready() -> bool:
        return await _standing(company) == "ready"

    await until(is_ready, seconds=90.0)
    return sandbox


class _Never(Exception):
    """What was about to be written never is."""


@asynccontextmanager
async def _not_yet_there(tenant: TenantUnderTest, row: dict[str, object]) -> AsyncIterator[None]:
    """Somebody is about to write a row: who wants to write it too waits."""
    try:
        async with tenant.work() as work:
            await work.execute(insert(Item).values(**row | {"tenant_id": tenant.id}))
            yield
            raise _Never
    except _Never:
        pass


async def _standing(company: TenantUnderTest) -> str:
    async with company.read() as reader:
        return str(
            await reader.value(select(Sandbox.status).where(Sandbox.tenant_id == company.id))
        )


async def _the_copy_is_whole(company: TenantUnderTest, sandbox: TenantUnderTest) -> None:
    for name in sorted(COPIED):
        table = metadata().tables[name]
        ids = select(table.c.id)
        async with company.read() as reader:
            mine = await reader.values(ids.where(*wanted_rows(table, company.id)))
        async with sandbox.read() as reader:
            copied = await reader.values(ids.where(table.c.tenant_id == sandbox.id))
        assert sorted(mine) == sorted(copied), name
    async with company.read() as reader:
        told = await reader.value(select(Sandbox.copied).where(Sandbox.tenant_id == company.id))
    assert told > ITEMS


async def _killed_while_it_erases(
    running: Running, engines: Engines, company: TenantUnderTest
) -> None:
    """Killed when the sandbox is gone, and somebody holds one of the items."""
    async with company.work() as work:
        items = select(Item.id).where(Item.tenant_id == company.id)
        await work.value(items.order_by(Item.id.desc()).limit(1).with_for_update())
        await _let_it_be_erased(engines, company.id)
        await until_somebody_waits(company.engine, seconds=90.0)
        running.kill("worker")
        assert 0 < (await _rows_of(engines, company.id))["item"] <= ITEMS + 1
    running.start("worker")

    async def is_gone() -> bool:
        return not await _rows_of(engines, company.id)

    await until(is_gone, seconds=120.0)
    running.stop()


async def _let_it_be_erased(engines: Engines, tenant_id: int) -> None:
    engine = create_async_engine(async_url(engines.database_owner_url))
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE tenant SET erase_from = :moment WHERE id = :tenant"),
            {"moment": system_clock() - timedelta(minutes=1), "tenant": tenant_id},
        )
    await engine.dispose()


async def _rows_of(engines: Engines, tenant_id: int) -> dict[str, int]:
    """What there is of a tenant in every table, seen by the owner of the database."""
    engine = create_async_engine(async_url(engines.database_owner_url))
    found = {}
    async with engine.connect() as connection:
        for name, table in metadata().tables.items():
            column = table.c.id if name == "tenant" else table.c.tenant_id
            counted = select(func.count()).select_from(table).where(column == tenant_id)
            found[name] = int((await connection.execute(counted)).scalar_one())
    await engine.dispose()
    return {name: count for name, count in found.items() if count}
