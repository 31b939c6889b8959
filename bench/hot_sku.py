"""One item that everybody wants.

Sixty-four buyers order twenty units: exactly twenty are sold, all others are refused. And with
plenty of it: how many orders a second all buyers together get through, beside buyers who lock its
balance with SELECT FOR UPDATE one after the other, each for its own transaction (pgbench, with the
statements of the product). Both without a door: the buyers stand at the order desk itself, as
pgbench's do at the database. And both through the same door, HTTP and GraphQL, with combining on
and off: there the door's own work, the same for both, is most of an order that is combined. The
API is one process: several would share the buyers, and with them the transactions, among them.
Rounds alternate, and the median of their ratios counts."""

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from statistics import median

from app.database import connect
from app.embedded import Engines
from bench.place_order import Measured, Round, place_orders
from bench.processor_time import postmaster_of
from bench.recorded_order import script_of
from bench.results import Result, paired
from bench.serving import serving
from bench.trading_world import World, durable_engines, new_world, settled

BUYERS, UNITS = 64, 20
ROUNDS, SECONDS = 7, 3.0
GOAL = 10.0
PORT = 18_932


def measure() -> list[Result]:
    """How many were sold of twenty, and the rate by that of one at a time."""
    with durable_engines() as (engines, home):
        hot = asyncio.run(new_world(engines, "hot", items=1))
        scarce = asyncio.run(new_world(engines, "scarce", items=1, stock=Decimal(UNITS)))
        script = home / "hot.sql"
        script.write_text(script_of(engines, hot, lines=1))
        script.chmod(0o644)
        with serving(engines, home, PORT, {"CROSSDOCK_SLOW_MS": "60000"}) as api:
            rounds = asyncio.run(_rounds(engines, api, hot, script))
            door = _same_door(engines, home, hot)
            desk = _at_the_desk(engines, hot, [theirs for _, theirs in rounds])
            asked = {**scarce.plain(), "lines": 1, "all_or_nothing": True}
            seen, _ = place_orders(PORT, BUYERS, 2.0, asked)
    rate = [[each.a_second for each in side] for side in zip(*rounds, strict=True)]
    raw = {
        "orders_a_second": round(median(rate[0])),
        "one_at_a_time_a_second": round(median(rate[1])),
        "processor_ms": round(median(ours.processor_ms for ours, _ in rounds), 2),
    }
    sold, refused = seen.get("placed", 0), seen.get("refused", 0)
    failed = sum(seen.values()) - sold - refused
    told = {"sold": sold, "of": UNITS, "refused": refused, "failed": failed}
    return [
        Result("hot SKU: sold, of 20 units", sold, "= 20", sold == UNITS and not failed, told),
        desk,
        Result.at_least(
            "hot SKU: rate over HTTP by pgbench one at a time", paired(*rate), GOAL, raw
        ),
        door,
    ]


def _at_the_desk(engines: Engines, hot: World, theirs: list[Round]) -> Result:
    """The order desk by pgbench, neither with HTTP before it."""
    command = [sys.executable, "-m", "bench.desk_client", engines.database_url]
    rates = []
    for _ in range(ROUNDS):
        done = subprocess.run(
            [*command, str(BUYERS), str(SECONDS)],
            input=json.dumps(hot.plain()),
            capture_output=True,
            text=True,
            check=True,
        )
        rates.append(int(done.stdout) / SECONDS)
    one = [each.a_second for each in theirs]
    raw = {"orders_a_second": round(median(rates)), "one_at_a_time_a_second": round(median(one))}
    return Result.at_least(
        "hot SKU: rate at the desk by pgbench one at a time", paired(rates, one), GOAL, raw
    )


def _same_door(engines: Engines, home: Path, hot: World) -> Result:
    """Both through the API; what is not combined locks the balance order by order."""
    asked = {**hot.plain(), "lines": 1}
    off = {"CROSSDOCK_SLOW_MS": "60000", "CROSSDOCK_COMBINE_ORDERS": "0"}
    rates: tuple[list[float], list[float]] = ([], [])
    with serving(engines, home, PORT + 1, off):
        place_orders(PORT + 1, BUYERS, 2.0, asked)
        for _ in range(ROUNDS):
            for port, found in zip((PORT, PORT + 1), rates, strict=True):
                seen, _ = place_orders(port, BUYERS, SECONDS, asked)
                found.append(seen.get("placed", 0) / SECONDS)
    raw = {
        "orders_a_second": round(median(rates[0])),
        "one_at_a_time_a_second": round(median(rates[1])),
    }
    name = "hot SKU: rate by one at a time through the same door"
    return Result.at_least(name, paired(*rates), GOAL, raw)


async def _rounds(
    engines: Engines, api: int, world: World, script: Path
) -> list[tuple[Round, Round]]:
    engine = connect(engines.database_url)
    postmaster = await postmaster_of(engine)
    await engine.dispose()
    asked = {**world.plain(), "lines": 1}
    place_orders(PORT, BUYERS, 2.0, asked)
    await settled(engines)
    measured = Measured(engines, api, postmaster, PORT, SECONDS)
    return [(measured.ours(BUYERS, asked), measured.theirs(BUYERS, script)) for _ in range(ROUNDS)]
