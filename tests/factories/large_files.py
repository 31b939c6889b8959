"""A large file of items, some rows of it wrong; sent, followed and asked about over HTTP."""

from typing import Any

from domain.kernel import json
from tests.factories.client import Client, operations
from tests.factories.conditions import until

HEADERS = ("Item No.", "Bezeichnung", "UoM", "EAN", "unit:case")
# Of so many rows one is wrong.
EVERY, WRONG = 100, 50
AT_WORK = ("READING", "CHECKING", "WRITING", "UNDOING")


def is_wrong(n: int) -> bool:
    """Whether the row of this number (from 0) is wrong."""
    return n % EVERY == WRONG


def line(n: int, *, mended: bool = False) -> str:
    """A row: every hundredth has no unit, or a number where a bar code should be."""
    unit, code = "EA", ""
    if is_wrong(n) and not mended:
        unit, code = ("", "") if _has_no_unit(n) else ("EA", "12345")
    return f"BULK-{n:06},Item {n},{unit},{code},{12 if n % 5 == 0 else ''}"


def file_of(rows: int) -> bytes:
    """So many rows under the headers, the wrong ones among them."""
    return _csv(line(n) for n in range(rows))


def mended_file_of(rows: int) -> bytes:
    """The wrong rows of such a file alone, set right."""
    return _csv(line(n, mended=True) for n in range(rows) if is_wrong(n))


def errors_of(rows: int) -> list[tuple[int, str, str]]:
    """Row, column and code of each fault of such a file. A row's line is two more than its number:
    the header is the first."""
    return [
        (n + 2, *(("UoM", "MISSING") if _has_no_unit(n) else ("EAN", "BAD_VALUE")))
        for n in range(rows)
        if is_wrong(n)
    ]


def _has_no_unit(n: int) -> bool:
    return n // EVERY % 2 == 0


def _csv(lines: Any) -> bytes:
    return "\r\n".join([",".join(HEADERS), *lines]).encode()


async def upload(client: Client, content: bytes, *, key: str, **how: Any) -> Any:
    """Send a file by the multipart convention; the import."""
    variables = {"input": {"kind": "ITEMS", "file": None, **how}, "key": key}
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


async def over(client: Client, job_id: str, status: str = "DONE", *, seconds: float = 240.0) -> Any:
    """The import, when it has come to its end, which is to be this one."""
    job: Any = None

    async def is_over() -> bool:
        nonlocal job
        job = await client.ask("ImportJob", id=job_id)
        return bool(job["status"] not in AT_WORK)

    await until(is_over, seconds=seconds)
    assert (job["status"], job["problem"]) == (status, None)
    return job


async def all_errors(client: Client, job_id: str) -> list[tuple[int, str, str]]:
    """Row, column and code of each fault of an import, page by page."""
    found: list[tuple[int, str, str]] = []
    after: str | None = None
    while True:
        errors = await client.ask("ImportErrors", importId=job_id, first=100, after=after)
        found += [(e["row"], e["column"], e["code"]) for e in errors["nodes"]]
        after = errors["pageInfo"]["endCursor"]
        if not errors["pageInfo"]["hasNextPage"]:
            assert errors["totalCount"] == len(found)
            return found
