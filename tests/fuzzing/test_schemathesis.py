"""A short run of `make fuzz`: schemathesis itself, against a running server, as a partner."""

import asyncio
from pathlib import Path

from tests.factories.databases import own_database
from tests.fuzzing.run import demo_server, fuzz

CASES = 100


async def test_schemathesis_finds_no_error_of_ours(tmp_path: Path, redis_url: str) -> None:
    async with own_database("fuzzing") as place:

        def run() -> tuple[int, dict[str, int], str]:
            with demo_server(
                tmp_path,
                database_url=place.url,
                owner_url=place.owner_url,
                redis_url=redis_url,
            ) as (running, tokens):
                return fuzz(tmp_path, running.base_url, tokens["customer"], CASES)

        code, outcomes, said = await asyncio.to_thread(run)
    assert code == 0, said
    assert outcomes["cases"] >= CASES
    assert "answered" in outcomes
