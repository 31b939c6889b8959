"""placeOrder through HTTP GraphQL beside pgbench with the very same statements.

An order has three lines, is priced, decided over five locations, reserved, audited, told in an
event and kept under its idempotency key. pgbench places one order per transaction with the
statements that the product sends for one; both on one durable server. Rounds alternate; a ratio is
the median of those of neighbouring rounds, so that a hiccup of the machine spoils one of them
only."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.database import connect
from app.embedded import Engines
from app.embedded.binaries import find_binaries
from bench.processor_time import postmaster_of, seconds_of, sessions_of
from bench.recorded_order import script_of
from bench.results import Result, paired
from bench.serving import serving
from bench.trading_world import HasDatabase, World, durable_engines, new_world, settled

CONNECTIONS = (1, 8, 32, 128)
ROUNDS, SECONDS = 5, 3.0
PORT = 18_931
# From so many connections on the product is to be ahead.
CROWDED = 32
# How much longer an order may take that finds nobody to share a transaction with.
ALONE_GOAL = 1.2
# What an order may cost where pgbench's costs 1.6 ms.
PROCESSOR_GOAL = 3.0 / 1.6


@dataclass(frozen=True, slots=True)
class Round:
    """What one run gave: orders, over how long, and the processor time of all who took part."""

    orders: int
    seconds: float
    processor: float
    database: float
    middle_ms: float

    @property
    def a_second(self) -> float:
        """Orders a second."""
        return self.orders / self.seconds

    @property
    def processor_ms(self) -> float:
        """Processor time of an order."""
        return self.processor / max(self.orders, 1) * 1000


def measure() -> list[Result]:
    """The rate by that of pgbench, and the processor time of an order by pgbench's."""
    with durable_engines() as (engines, home):
        world = asyncio.run(new_world(engines, "bench"))
        script = home / "order.sql"
        script.write_text(script_of(engines, world))
        script.chmod(0o644)
        rounds = asyncio.run(_rounds(engines, home, world, script))
        alone = _alone(engines, home, world)
    return [result for n in CONNECTIONS for result in _results(n, *rounds[n])] + [alone]


def _alone(engines: HasDatabase, home: Path, world: World) -> Result:
    """One client only, with combining and without."""
    took: tuple[list[float], list[float]] = ([], [])
    off = {"CROSSDOCK_SLOW_MS": "60000", "CROSSDOCK_COMBINE_ORDERS": "0"}
    with (
        serving(engines, home, PORT, {"CROSSDOCK_SLOW_MS": "60000"}),
        serving(engines, home, PORT + 1, off),
    ):
        for number in range(ROUNDS + 1):
            for side in (0, 1):
                seconds = place_orders(PORT + side, 1, SECONDS, world.plain())[1]
                took[side].append(median(seconds) * 1000)
                if number == 0:
                    took[side].clear()
    combined, single = median(took[0]), median(took[1])
    raw = {"median_ms": round(combined, 2), "uncombined_median_ms": round(single, 2)}
    name = "placeOrder alone: latency by uncombined"
    return Result.at_most(name, paired(*took), ALONE_GOAL, raw)


async def _rounds(
    engines: Engines, home: Path, world: World, script: Path
) -> dict[int, tuple[list[Round], list[Round]]]:
    engine = connect(engines.database_url)
    postmaster = await postmaster_of(engine)
    await engine.dispose()
    found: dict[int, tuple[list[Round], list[Round]]] = {n: ([], []) for n in CONNECTIONS}
    with serving(engines, home, PORT, {"CROSSDOCK_SLOW_MS": "60000"}) as api:
        place_orders(PORT, 32, 2.0, world.plain())
        await settled(engines)
        place_orders(PORT, 32, 1.0, world.plain())
        measured = Measured(engines, api, postmaster, PORT, SECONDS)
        for _ in range(ROUNDS):
            for n, (ours, theirs) in found.items():
                ours.append(measured.ours(n, world.plain()))
                theirs.append(measured.theirs(n, script))
    return found


def place_orders(
    port: int, connections: int, seconds: float, asked: Mapping[str, Any]
) -> tuple[dict[str, int], list[float]]:
    """Place orders through the API: how many there were of each kind, and what each took."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.ordering_client", *map(str, (port, connections, seconds))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    seen, took = json.loads(done.stdout)
    return seen, took


@dataclass(frozen=True, slots=True)
class Measured:
    """Runs of so many seconds against one API process and one server."""

    engines: HasDatabase
    api: int
    postmaster: int
    port: int
    seconds: float
    # Where several databases share the server: only this one's sessions count.
    database: str | None = None

    def ours(self, connections: int, asked: Mapping[str, Any]) -> Round:
        """Orders through the API. All of them have to be placed."""
        before = seconds_of(self.api), self._of_the_server()
        seen, took = place_orders(self.port, connections, self.seconds, asked)
        used = seconds_of(self.api) - before[0], self._of_the_server() - before[1]
        assert not set(seen) - {"placed"}, seen
        return Round(len(took), self.seconds, sum(used), used[1], median(took) * 1000)

    def _of_the_server(self) -> float:
        if self.database is None:
            return seconds_of(self.postmaster)
        return sessions_of(self.postmaster, self.database)

    def theirs(self, connections: int, script: Path) -> Round:
        """Orders by pgbench."""
        pgbench = find_binaries().postgres.with_name("pgbench")
        options = ["-n", "-M", "prepared", "-c", connections, "-j", min(connections, 2)]
        options += ["-T", round(self.seconds), "-f", script, self.engines.database_url]
        before = seconds_of(self.postmaster)
        with tempfile.TemporaryFile("w+") as answer:
            running = subprocess.Popen([pgbench, *map(str, options)], stdout=answer)
            _, _, usage = os.wait4(running.pid, 0)
            answer.seek(0)
            told = answer.read()
        orders = int(told.split("actually processed: ")[1].split()[0].split("/")[0])
        rate = float(told.split("tps = ")[1].split()[0])
        used = seconds_of(self.postmaster) - before
        client = usage.ru_utime + usage.ru_stime
        return Round(orders, orders / rate, used + client, used, 1000 * connections / rate)


def _results(connections: int, ours: list[Round], theirs: list[Round]) -> list[Result]:
    rate = median(r.a_second for r in ours), median(r.a_second for r in theirs)
    cost = median(r.processor_ms for r in ours), median(r.processor_ms for r in theirs)
    raw = {
        "orders_a_second": round(rate[0]),
        "pgbench_a_second": round(rate[1]),
        "processor_ms": round(cost[0], 2),
        "of_it_database_ms": round(median(r.database / r.orders for r in ours) * 1000, 2),
        "pgbench_processor_ms": round(cost[1], 2),
        "median_ms": round(median(r.middle_ms for r in ours), 1),
        "pgbench_median_ms": round(median(r.middle_ms for r in theirs), 1),
    }
    name = f"placeOrder at {connections}"
    goal = 1.0 if connections >= CROWDED else 0.0
    return [
        Result.at_least(
            f"{name}: rate by pgbench's",
            paired([r.a_second for r in ours], [r.a_second for r in theirs]),
            goal,
            raw,
        ),
        Result.at_most(
            f"{name}: processor time by pgbench's",
            paired([r.processor_ms for r in ours], [r.processor_ms for r in theirs]),
            PROCESSOR_GOAL if connections >= CROWDED else 99.0,
            raw,
        ),
    ]
