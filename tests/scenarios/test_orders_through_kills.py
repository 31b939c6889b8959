"""The API is killed in the midst of batches of orders, again and again: no order that was
acknowledged is lost, none is there by half, and a key is one order, however often it is sent."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from app.database import connect, migrate
from app.embedded import start_engines
from app.http.services import system_clock
from domain.allocation.models import AllocationDecision
from domain.kernel.models import AuditEntry, Outbox
from domain.orders.models import SalesOrder, SalesOrderLine
from tenancy.authentication import Authenticator
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.api import insert_user
from tests.factories.conditions import until
from tests.factories.ordering import PLACE, order_input
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.running import SECRET, Running, installed
from tests.factories.tenants import new_tenant

CLIENTS, ORDERS_OF_EACH, KILLS = 16, 12, 3


async def test_kills_in_the_midst_of_batches_lose_and_double_nothing(tmp_path: Path) -> None:
    home = Path(tempfile.mkdtemp(prefix="crossdock-kills-"))
    with start_engines(home, durable=True, ephemeral=True) as engines:
        await migrate(engines.database_owner_url)
        engine = connect(engines.database_url)
        tenant = await new_tenant(engine, now=system_clock())
        shop = await new_shop(tenant, items=2)
        for item in range(2):
            await shop.stock(1000, item=item)
        await insert_user(tenant, "seller", tuple(ALL_PERMISSIONS))
        authenticator = Authenticator(engine, SECRET)
        token = await authenticator.issue_token(tenant.slug, "seller", system_clock())
        with installed(
            tmp_path,
            database_url=engines.database_url,
            owner_url=engines.database_owner_url,
            redis_url=engines.redis_url,
        ) as running:
            told = await _storm(running, shop, token)
        await _all_is_there_once(shop, told)
        await engine.dispose()


async def _storm(running: Running, shop: Shop, token: str) -> dict[str, str]:
    """The number that each key was told, the same for every repetition."""
    told: dict[str, str] = {}
    running.start("serve")
    await running.ready()
    async with (
        httpx.AsyncClient(
            base_url=running.base_url,
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(max_connections=CLIENTS),
            timeout=15,
        ) as http,
        asyncio.TaskGroup() as group,
    ):
        for client in range(CLIENTS):
            group.create_task(_buy(http, shop, client, told))
        for n in range(1, KILLS + 1):
            goal = n * CLIENTS * ORDERS_OF_EACH // (KILLS + 1)

            async def reached(goal: int = goal) -> bool:
                return len(told) >= goal

            await until(reached, seconds=60.0)
            await asyncio.to_thread(running.kill, "serve")
            running.start("serve")
    return told


async def _buy(http: httpx.AsyncClient, shop: Shop, client: int, told: dict[str, str]) -> None:
    for n in range(ORDERS_OF_EACH):
        key = f"{client}-{n}"
        wanted = order_input(shop, (n % 2, 2), (1 - n % 2, 1))

        async def placed(key: str = key, wanted: dict[str, Any] = wanted) -> bool:
            number = await _number(http, key, wanted)
            if number is not None:
                assert told.setdefault(key, number) == number
            return number is not None

        await until(placed, seconds=60.0)
        # Once more: whether its first answer was lost on the way or not.
        await until(placed, seconds=60.0)


async def _number(http: httpx.AsyncClient, key: str, wanted: dict[str, Any]) -> str | None:
    """The order's number; None when the server could not be asked or could not work."""
    variables = {"key": key, "input": wanted}
    try:
        response = await http.post("/graphql", json={"query": PLACE, "variables": variables})
    except httpx.TransportError:
        return None
    body = response.json()
    if body.get("errors"):
        assert body["errors"][0]["extensions"]["code"] in ("UNAVAILABLE", "INTERNAL"), body
        return None
    number: str = body["data"]["placeOrder"]["order"]["number"]
    return number


async def _all_is_there_once(shop: Shop, told: dict[str, str]) -> None:
    tenant, count = shop.tenant, CLIENTS * ORDERS_OF_EACH
    assert len(set(told.values())) == len(told) == count
    async with tenant.read() as reader:
        numbers = await reader.values(
            select(SalesOrder.number).where(SalesOrder.tenant_id == tenant.id)
        )
        rows = [
            await reader.value(select(func.count()).where(model.tenant_id == tenant.id, *more))
            for model, *more in (
                (SalesOrderLine,),
                (AllocationDecision,),
                (AuditEntry, AuditEntry.action == "place_order"),
                (Outbox, Outbox.aggregate == "order"),
            )
        ]
    assert set(numbers) == set(told.values())
    assert rows == [2 * count, 2 * count, count, count]
    assert await shop.available() + await shop.available(item=1) == 2000 - 3 * count
    assert await violations(tenant) == {}
