"""Buyers at the order desk itself, without HTTP and GraphQL before it.

    python -m bench.desk_client DATABASE_URL BUYERS SECONDS     (the world as JSON on stdin)

Each buyer orders one of the world's first item after the other, with a key of its own each time.
Prints how many orders were placed."""

import asyncio
import json
import secrets
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from api.orders.desk import OrderDesk, PlacingAsk
from app.database import connect
from domain.allocation.ordering import OrderedLine
from domain.allocation.requests import OrderRequest
from domain.kernel.idempotency import Repeatable
from domain.kernel.work import Actor
from tenancy.principals import system_principal


async def buy(
    desk: OrderDesk, engine: AsyncEngine, world: dict[str, Any], name: str, until: float
) -> int:
    """Order until the time is over; how many orders were placed. All of them have to be."""
    actor = Actor(system_principal(world["tenant_id"]))
    lines = [OrderedLine(item_id=world["first_item"], quantity=Decimal(1))]
    request = OrderRequest(lines=lines, channel_id=world["channel_id"])
    placed = 0
    while time.perf_counter() < until:
        repeatable = Repeatable(f"{name}-{placed}", "placeOrder", {"n": placed})
        now = datetime.now(UTC)
        ask = PlacingAsk(
            engine=engine, actor=actor, request=request, repeatable=repeatable, now=now
        )
        told = await desk.place(ask)
        assert told.placed is not None
        placed += 1
    return placed


async def buy_all(url: str, buyers: int, seconds: float, world: dict[str, Any]) -> int:
    """All buyers at once; how many orders were placed after the first half second."""
    engine, desk = connect(url), OrderDesk()
    run = secrets.token_hex(6)
    try:
        for measured in (0.5, seconds):
            until = time.perf_counter() + measured
            names = (f"{run}-{measured}-{buyer}" for buyer in range(buyers))
            counts = await asyncio.gather(
                *(buy(desk, engine, world, name, until) for name in names)
            )
    finally:
        await desk.close()
        await engine.dispose()
    return sum(counts)


if __name__ == "__main__":
    told = json.loads(sys.stdin.read())
    print(asyncio.run(buy_all(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), told)))
