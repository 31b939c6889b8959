"""What posting adds to a shipment: the API as it is beside one that posts nothing.

Both serve the same company on one durable server. Orders of three lines are placed, released,
picked and packed beforehand; what is measured is shipFulfilmentOrder over HTTP alone: processor
time of the API and of the database, per shipment. Rounds alternate."""

import asyncio
import base64
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from uuid import uuid4

import httpx
from sqlalchemy import distinct, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import connect
from app.embedded import Engines
from bench.processor_time import postmaster_of, seconds_of, sessions_of
from bench.results import Result, paired
from bench.serving import serving
from bench.trading_world import LOCATIONS, World, durable_engines, new_world, settled
from domain.allocation.placing import PlacedOrder, place
from domain.entities.models import Location
from domain.entities.operations.parties import create_party
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work, unit_of_work
from domain.ledger.models import Journal
from domain.orders.capture import NewLine, NewOrder
from tenancy.principals import system_principal

GOAL = 1.3
PORT = 18_951
ROUNDS, SHIPMENTS, CONNECTIONS = 7, 40, 4
LINES, AT_ONCE = 3, 25
DOCUMENT = (
    "mutation Ship($input: ShipFulfilmentOrderInput!, $key: String!) { "
    "shipFulfilmentOrder(input: $input) @idempotent(key: $key) { shipment { id number } "
    "userErrors { code message } } }"
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two APIs, and what its shipments took: milliseconds of the API and in all."""

    port: int
    api: int
    of_api: list[float]
    in_all: list[float]


def measure() -> list[Result]:
    """The processor time of a shipment by that of one that posts nothing."""
    with durable_engines() as (engines, home):
        world = asyncio.run(new_world(engines, "bench"))
        work = asyncio.run(_packed(engines, world, 2 * (ROUNDS + 1) * SHIPMENTS))
        asyncio.run(settled(engines))
        slow = {"CROSSDOCK_SLOW_MS": "60000", "CROSSDOCK_API_PROCESSES": "1"}
        (home / "off").mkdir()
        with (
            serving(engines, home, PORT, slow) as posting,
            serving(engines, home / "off", PORT + 1, slow, program=("bench.posting_off",)) as off,
        ):
            sides = (Side(PORT, posting, [], []), Side(PORT + 1, off, [], []))
            asyncio.run(_rounds(engines, world, sides, work))
        assert asyncio.run(_posted(engines, world)) == (ROUNDS + 1) * SHIPMENTS
    return [_result(*sides)]


async def _packed(engines: Engines, world: World, count: int) -> list[int]:
    """The ids of so many packed fulfilment orders."""
    engine = connect(engines.database_url)
    try:
        party_id = await _stocked(engine, world)
        packed: list[int] = []
        while len(packed) < count:
            async with _work(engine, world) as work:
                packed += await _more(work, world, party_id, len(packed))
        return packed
    finally:
        await engine.dispose()


def _work(engine: AsyncEngine, world: World) -> AbstractAsyncContextManager[Work]:
    principal = system_principal(world.tenant_id)
    return unit_of_work(engine, principal, now=datetime.now(UTC))


async def _stocked(engine: AsyncEngine, world: World) -> int:
    """Goods come at a cost, twice; the id of who buys them."""
    async with _work(engine, world) as work:
        places = await work.values(
            select(Location.id).where(Location.tenant_id == world.tenant_id).order_by(Location.id)
        )
        for cost in (Decimal("4.11"), Decimal("4.23")):
            for number, place_id in enumerate(places):
                lines = [
                    ReceiptLine(
                        item_id=world.first_item + n, quantity=Decimal(10_000), unit_cost=cost
                    )
                    for n in range(number, world.items, LOCATIONS)
                ]
                await receive_stock(work, location_id=place_id, lines=lines)
        return await create_party(
            work, code="BUYER", name="Buyer", is_customer=True, is_supplier=False
        )


async def _more(work: Work, world: World, party_id: int, begun: int) -> list[int]:
    orders = [_order(work, world, party_id, begun + n) for n in range(AT_ONCE)]
    packed = []
    for placed in await place(work, orders):
        assert isinstance(placed, PlacedOrder)
        for each in await release_order(work, order_id=placed.order_id):
            await record_pick(work, fulfilment_order_id=each)
            await pack_fulfilment_order(work, fulfilment_order_id=each)
            packed.append(each)
    return packed


def _order(work: Work, world: World, party_id: int, number: int) -> NewOrder:
    """Three items of one location."""
    first = number % (world.items - LINES * LOCATIONS)
    lines = tuple(
        NewLine(
            item_id=world.first_item + first + n * LOCATIONS,
            quantity_ordered=Decimal(1),
            unit="EA",
            quantity=Decimal(1),
            unit_price=Decimal("9.99"),
            amount_minor=999,
        )
        for n in range(LINES)
    )
    return NewOrder(
        channel_id=world.channel_id,
        entity_id=world.entity_id,
        party_id=party_id,
        currency="EUR",
        ordered_at=work.now,
        lines=lines,
    )


async def _rounds(
    engines: Engines, world: World, sides: Sequence[Side], packed: Sequence[int]
) -> None:
    engine = connect(engines.database_url)
    postmaster = await postmaster_of(engine)
    await engine.dispose()
    database = make_url(engines.database_url).database or ""
    left = iter(packed)
    for number in range(ROUNDS + 1):
        for side in sides if number % 2 else reversed(sides):
            part = [next(left) for _ in range(SHIPMENTS)]
            before = seconds_of(side.api), sessions_of(postmaster, database)
            await _ship(side.port, world.token, part)
            api = seconds_of(side.api) - before[0]
            used = api + sessions_of(postmaster, database) - before[1]
            if number:  # The first is for caches and plans.
                side.of_api.append(api / SHIPMENTS * 1000)
                side.in_all.append(used / SHIPMENTS * 1000)


async def _posted(engines: Engines, world: World) -> int:
    """How many shipments are in the books: those of one side."""
    engine = connect(engines.database_url)
    async with _work(engine, world) as work:
        count = await work.value(
            select(func.count(distinct(Journal.source_id))).where(
                Journal.tenant_id == world.tenant_id, Journal.source_kind == "shipment"
            )
        )
    await engine.dispose()
    return int(count)


async def _ship(port: int, token: str, packed: Sequence[int]) -> None:
    left = iter(packed)
    headers = {"Authorization": f"Bearer {token}"}
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as http:

        async def ship() -> None:
            for row_id in left:
                global_id = base64.urlsafe_b64encode(f"FulfilmentOrder:{row_id}".encode())
                asked = {"input": {"id": global_id.decode().rstrip("=")}, "key": str(uuid4())}
                answer = await http.post("/graphql", json={"query": DOCUMENT, "variables": asked})
                done = answer.json()["data"]["shipFulfilmentOrder"]
                assert done["shipment"] is not None, answer.text

        await asyncio.gather(*(ship() for _ in range(CONNECTIONS)))


def _result(posting: Side, off: Side) -> Result:
    raw = {
        "processor_ms": round(median(posting.in_all), 2),
        "of_it_api_ms": round(median(posting.of_api), 2),
        "without_posting_ms": round(median(off.in_all), 2),
        "of_it_api_without_ms": round(median(off.of_api), 2),
        "shipments": ROUNDS * SHIPMENTS,
    }
    cost = paired(posting.in_all, off.in_all)
    return Result.at_most("shipment: processor time by one not posted", cost, GOAL, raw)
