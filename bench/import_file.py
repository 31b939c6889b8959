"""A file of items, of which every hundredth row is wrong, is imported by the worker's own steps:
100,000 rows beside 10,000, in CSV and in XLSX. It shall take minutes at most, cost as much a row,
and need no more memory for more rows.

Each import runs in a process of its own, so that its largest memory is its own."""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select, text

from app.database import connect, migrate
from app.embedded import start_engines
from bench.processor_time import seconds_of
from bench.results import Result
from domain.kernel.work import unit_of_work
from domain.onboarding.files.storing import CHUNK_BYTES
from domain.onboarding.job_models import ImportJob
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.jobs.operations import SentFile, start_import
from domain.onboarding.jobs.policy import AT_WORK, DONE
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

SMALL, LARGE = 10_000, 100_000
# Of so many rows one is wrong: in turn without a name, and with a bar code that is none.
ONE_WRONG_IN = 100
HEADER = ("sku", "name", "base_unit", "barcode", "unit:case")
# An import of 100,000 rows in at most three minutes; the rest are ratios of large to small.
MOST_SECONDS, MOST_A_ROW, MOST_MEMORY = 180.0, 1.3, 1.25


def measure() -> list[Result]:
    """Seconds, processor time a row (the worker's and its connection's) and largest memory of the
    large file, by the small one's."""
    results: list[Result] = []
    with TemporaryDirectory() as folder, start_engines(Path(folder), durable=True) as engines:
        asyncio.run(migrate(engines.database_owner_url))
        for form in ("csv", "xlsx"):
            small, large = (_apart(engines.database_url, form, n) for n in (SMALL, LARGE))
            raw = {"small": small, "large": large}
            seconds = large["seconds"] / MOST_SECONDS
            costs = [each["cpu"] + each["postgresql_cpu"] for each in (small, large)]
            a_row = costs[1] / LARGE / (costs[0] / SMALL)
            memory = large["memory_mb"] / small["memory_mb"]
            results += [
                Result.at_most(
                    f"import {LARGE:,} rows of {form}: of three minutes", seconds, 1, raw
                ),
                Result.at_most(f"import of {form}: processor time a row", a_row, MOST_A_ROW, {}),
                Result.at_most(f"import of {form}: largest memory", memory, MOST_MEMORY, {}),
            ]
    return results


def _apart(database_url: str, form: str, rows: int) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / f"items-{rows}.{form}")
        command = [sys.executable, "-m", "bench.import_file"]
        subprocess.run([*command, path, str(rows)], check=True)
        done = subprocess.run([*command, path, database_url], check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def _import(path: Path, size: int, database_url: str) -> dict[str, float]:
    engine = connect(database_url)
    moment = datetime.now(UTC)
    async with scoped_transaction(engine, system_principal(0)) as connection:
        made = text("SELECT create_tenant(:slug, :name, :now)")
        values = {"slug": path.name.replace(".", "-"), "name": path.name, "now": moment}
        tenant_id = int((await connection.execute(made, values)).scalar_one())
    principal = system_principal(tenant_id)
    # One connection does it all: what vacuum and checkpoints do meanwhile is not the import's.
    async with engine.connect() as connection:
        backend = int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
    began, cpu, there = time.monotonic(), time.process_time(), seconds_of(backend)
    async with unit_of_work(engine, principal, now=moment) as work:
        file = SentFile(path.name, _parts(path), size)
        import_id = await start_import(work, kind="items", file=file)
    job: Any = None
    while job is None or job.status in AT_WORK:
        async with unit_of_work(engine, principal, now=moment) as work:
            await advance_import(work, import_id=import_id)
            job = await work.row(
                select(*ImportJob.__table__.c).where(
                    ImportJob.tenant_id == tenant_id, ImportJob.id == import_id
                )
            )
    assert job.status == DONE, job.problem
    assert (job.rows_failed, job.created) == (
        job.rows_read // ONE_WRONG_IN,
        job.rows_read - job.rows_failed,
    )
    used = seconds_of(backend) - there
    await engine.dispose()
    return {
        "rows_failed": job.rows_failed,
        "postgresql_cpu": round(used, 2),
        "seconds": round(time.monotonic() - began, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


async def _parts(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(CHUNK_BYTES):
            yield part


def _write(path: Path, rows: int) -> None:
    """The file, made by a process of its own: its memory is not the import's."""
    lines = (_line(n) for n in range(rows))
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            file.writelines(f"{','.join(line)}\r\n" for line in (HEADER, *lines))
        return
    book: Any = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in (HEADER, *lines):
        sheet.append(line)
    book.save(path)


def _line(n: int) -> tuple[str, ...]:
    is_wrong = n % ONE_WRONG_IN == ONE_WRONG_IN - 1
    has_no_name = is_wrong and n // ONE_WRONG_IN % 2 == 0
    return (
        f"SKU-{n:06}",
        "" if has_no_name else f"Item {n}",
        "EA",
        "12345" if is_wrong and not has_no_name else "",
        "12" if n % 3 == 0 else "",
    )


if __name__ == "__main__":
    file, told = Path(sys.argv[1]), sys.argv[2]
    if told.isdigit():
        _write(file, int(told))
    else:
        print(json.dumps(asyncio.run(_import(file, file.stat().st_size, told))))
