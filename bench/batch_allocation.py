"""10,000 open lines planned by each method, against a greedy loop in plain Python; then applied,
while orders go on being placed."""

import asyncio
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import select, text

from app.database import connect, migrate
from app.embedded import start_engines
from bench.batch_applying import start_applying
from bench.batch_stage import NOW, TIERS, Stage, set_stage
from bench.greedy_loop import Given, greedy
from bench.results import Result
from domain.allocation.models import AllocationRun, AllocationRunLine
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.allocation.priority import PriorityKey
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.demand import Rules
from domain.allocation.runs.operations import (
    apply_allocation_run,
    plan_allocation_run,
    plan_requested_run,
)
from domain.inventory.models import StockBalance
from domain.orders.models import SalesOrder, SalesOrderLine
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

TIER_RULE = (PriorityKey(kind="customer_group", groups=("gold", "silver")),)
METHODS = ("priority", "fair_share", "minimum_cost")
GOAL_SECONDS = 8.0
GOAL_TO_APPLY = 15.0
WARMING_UP = 30


def measure() -> list[Result]:
    """Time and value of the plans, and what order entry feels of one being applied."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_engines(Path(folder) / "engines", durable=False, ephemeral=True) as engines,
    ):
        asyncio.run(migrate(engines.database_owner_url))
        return asyncio.run(_measure(engines.database_url, engines.database_owner_url))


async def _measure(url: str, owner_url: str) -> list[Result]:
    engine = connect(url, pool_size=8)
    async with scoped_transaction(engine, system_principal(0)) as connection:
        made = await connection.execute(
            text("SELECT create_tenant('batch', 'batch', :now)"), {"now": datetime.now(UTC)}
        )
        principal = system_principal(made.scalar_one())
    stage = await set_stage(engine, principal)
    await _analyze(owner_url)
    lines, stock = await _read(stage)
    began = time.perf_counter()
    given = greedy(lines, stock)
    loop = {"seconds": time.perf_counter() - began, **_worth(lines, given)}
    results = []
    for method in METHODS:
        results += await _plan(stage, method, lines, loop)
    results += await _apply(stage, url)
    await engine.dispose()
    return results


async def _analyze(owner_url: str) -> None:
    """The statistics of tables that stand for longer; those of the run itself are not there."""
    engine = connect(owner_url, pool_size=1)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _read(stage: Stage) -> tuple[list[dict[str, Any]], dict[tuple[int, int], Decimal]]:
    async with stage.work() as work:
        rows = await work.rows(
            select(
                SalesOrderLine.id,
                SalesOrderLine.order_id,
                SalesOrderLine.item_id,
                SalesOrderLine.backordered,
                SalesOrder.party_id,
            )
            .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
            .where(SalesOrderLine.tenant_id == work.tenant_id)
        )
        balances = await work.rows(
            select(StockBalance.item_id, StockBalance.location_id, StockBalance.available).where(
                StockBalance.tenant_id == work.tenant_id
            )
        )
    lines = [
        {
            "id": row.id,
            "order": row.order_id,
            "item": row.item_id,
            "quantity": row.backordered,
            "tier": TIERS[stage.tiers[row.party_id]],
        }
        for row in rows
    ]
    return lines, {(row.item_id, row.location_id): row.available for row in balances}


def _worth(lines: list[dict[str, Any]], given: Given) -> dict[str, float]:
    """Units given, by the weight of the customer's tier; and the parcels they take."""
    value, units, parcels = Decimal(0), Decimal(0), defaultdict(set)
    for line in lines:
        got = sum((quantity for _, quantity in given[line["id"]]), Decimal(0))
        units += got
        value += got * line["tier"]
        parcels[line["order"]] |= {location for location, _ in given[line["id"]]}
    return {
        "units": float(units),
        "value": float(value),
        "parcels": sum(len(each) for each in parcels.values()),
    }


async def _plan(
    stage: Stage, method: str, lines: list[dict[str, Any]], loop: dict[str, float]
) -> list[Result]:
    weights = {"gold": 9, "silver": 3} if method == "fair_share" else {}
    async with stage.work() as work:
        run_id = await plan_allocation_run(
            work, method=method, scope=Scope(), priority=TIER_RULE, rules=Rules(weights=weights)
        )
    began = time.perf_counter()
    async with stage.work() as work:
        await plan_requested_run(work, run_id=run_id)
    seconds = time.perf_counter() - began
    run, worth = await _planned(stage, run_id, lines)
    raw = {
        "lines": run.figures["lines"],
        "seconds": round(seconds, 2),
        "loop_seconds": round(loop["seconds"], 2),
        "units": worth["units"],
        "loop_units": loop["units"],
        "parcels": worth["parcels"],
        "loop_parcels": loop["parcels"],
        "cost_minor": run.figures["cost_minor"],
        **{f"solver_{k}": v for k, v in run.figures.get("solver", {}).items()},
    }
    name = f"batch {method}"
    return [
        Result.at_least(f"{name}: value by loop", worth["value"] / loop["value"], 1.0, raw),
        Result.at_most(f"{name}: seconds to plan", seconds, GOAL_SECONDS, raw),
    ]


async def _planned(stage: Stage, run_id: int, lines: list[dict[str, Any]]) -> tuple[Any, Any]:
    async with stage.work() as work:
        run = await work.row(select(*AllocationRun.__table__.c).where(AllocationRun.id == run_id))
        rows = await work.rows(
            select(AllocationRunLine.order_line_id, AllocationRunLine.takes).where(
                AllocationRunLine.tenant_id == work.tenant_id, AllocationRunLine.run_id == run_id
            )
        )
    given: Given = {
        row.order_line_id: [(place, Decimal(quantity)) for _, place, quantity in row.takes]
        for row in rows
    }
    return run, _worth(lines, given)


async def _apply(stage: Stage, url: str) -> list[Result]:
    for _ in range(WARMING_UP):
        await _place(stage)
    calm = [await _place(stage) for _ in range(200)]
    async with stage.work() as work:
        run_id = await plan_allocation_run(
            work, method="priority", scope=Scope(), priority=TIER_RULE
        )
    async with stage.work() as work:
        await plan_requested_run(work, run_id=run_id)
    async with stage.work() as work:
        await apply_allocation_run(work, run_id=run_id)
    applying = start_applying(url, stage.principal.tenant_id, run_id, now=NOW)
    busy = []
    while not applying.is_done:
        busy.append(await _place(stage))
    parts, seconds = applying.result()
    raw = {
        "parts": parts,
        "calm_p50_ms": round(median(calm) * 1000, 1),
        "busy_p50_ms": round(median(busy) * 1000, 1),
        "busy_p95_ms": round(_p95(busy) * 1000, 1),
        "calm_p95_ms": round(_p95(calm) * 1000, 1),
        "busy_max_ms": round(max(busy) * 1000, 1),
        "orders_placed": len(busy),
    }
    return [
        Result.at_most("batch apply: seconds for 10,000 lines", seconds, GOAL_TO_APPLY, raw),
        Result.at_most("batch apply: order entry p95 by calm", _p95(busy) / _p95(calm), 2.0, raw),
        Result.at_most("batch apply: longest order entry, seconds", max(busy), 1.0, raw),
    ]


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


async def _place(stage: Stage) -> float:
    line = OrderedLine(
        item_id=stage.item_ids[0], quantity=Decimal(1), unit="EA", unit_price=Decimal(10)
    )
    began = time.perf_counter()
    async with stage.work() as work:
        await place_order(work, channel_id=stage.channel_id, lines=[line])
    return time.perf_counter() - began
