"""A CSV of 100,000 items in which 1,000 rows are wrong, over HTTP: the others come in, every wrong
one is named with its row and column, progress is told, and all of it is taken back again."""

import asyncio
from typing import Any

from domain.kernel import json
from tests.factories.client import Client, Listening, operations, subscribed
from tests.factories.conditions import until

ROWS, EVERY = 100_000, 100
MINUTES = 240.0


def _file() -> bytes:
    """Every hundredth row has no unit, or a number where a barcode should be."""
    lines = ["Item No.,Item Name,UoM,EAN,unit:case"]
    for n in range(ROWS):
        unit, code = "EA", ""
        if n % EVERY == 50:
            unit, code = ("", "") if n % (2 * EVERY) == 50 else ("EA", "12345")
        lines.append(f"BULK-{n:06},Item {n},{unit},{code},{12 if n % 5 == 0 else ''}")
    return "\r\n".join(lines).encode()


async def _upload(client: Client, content: bytes) -> Any:
    variables = {"input": {"kind": "ITEMS", "file": None}, "key": "a large file"}
    body = {"query": operations()["StartImport"], "variables": variables}
    answer = await client.http.post(
        "/graphql",
        headers={**client.headers, "apollo-require-preflight": "true"},
        files=[
            ("operations", (None, json.dump(body))),
            ("map", (None, json.dump({"0": ["variables.input.file"]}))),
            ("0", ("items.csv", content)),
        ],
    )
    done = answer.json()["data"]["startImport"]
    assert done["userErrors"] == []
    return done["importJob"]


async def _over(client: Client, job_id: str, status: str) -> Any:
    job: Any = None

    async def is_over() -> bool:
        nonlocal job
        job = await client.ask("ImportJob", id=job_id)
        return bool(job["status"] not in ("READING", "CHECKING", "WRITING", "UNDOING"))

    await until(is_over, seconds=MINUTES)
    assert (job["status"], job["problem"]) == (status, None)
    return job


def _progress(listening: Listening) -> list[int]:
    return [result["importJobChanged"]["importJob"]["rowsDone"] for result in listening.results]


async def _all_errors(client: Client, job_id: str) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    after: str | None = None
    while True:
        errors = await client.ask("ImportErrors", importId=job_id, first=100, after=after)
        found += [(e["row"], e["column"], e["code"]) for e in errors["nodes"]]
        after = errors["pageInfo"]["endCursor"]
        if not errors["pageInfo"]["hasNextPage"]:
            assert errors["totalCount"] == len(found)
            return found


async def test_a_large_file_comes_in_and_is_taken_back(admin: Client) -> None:
    content = await asyncio.to_thread(_file)
    async with subscribed(admin, "ImportJobChanged") as listening:
        job_id = (await _upload(admin, content))["id"]
        job = await _over(admin, job_id, "DONE")

        async def has_ended() -> bool:
            told = [r["importJobChanged"]["eventType"] for r in listening.results]
            return "onboarding.import_ended" in told

        await until(has_ended)
    assert (job["rowsRead"], job["rowsDone"], job["rowsFailed"]) == (ROWS, ROWS, 1_000)
    assert (job["created"], job["updated"], job["errorCount"]) == (99_000, 0, 1_000)
    progress = _progress(listening)
    assert progress == sorted(progress)
    assert len(set(progress)) > 10
    errors = await _all_errors(admin, job_id)
    # A row's line is one more than its place: the header is the first.
    assert errors == [
        (n + 2, *(("UoM", "MISSING") if n % (2 * EVERY) == 50 else ("EAN", "BAD_VALUE")))
        for n in range(50, ROWS, EVERY)
    ]
    csv = await admin.ask("ImportErrorsCsv", importId=job_id)
    assert len(csv["text"].splitlines()) == 1_001
    await admin.do("undoImport", id=job_id)
    undone = await _over(admin, job_id, "UNDONE")
    assert (undone["undone"], undone["undoRefused"]) == (99_000, 0)
