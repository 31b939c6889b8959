"""What others say of our GraphQL: graphql-http's audits, graphql-ws and graphql-sse, relay-compiler
and relay-runtime, graphql-codegen, graphql-eslint, Apollo Client and urql, against a server."""

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.http.services import system_clock
from domain.kernel import json
from tests.factories.api import ApiUnderTest
from tests.factories.live_api import listening
from tests.factories.tenants import new_tenant
from tests.factories.worlds import new_world

HERE = Path(__file__).parent
REASONS = HERE.parents[1] / "docs" / "graphql-judges.md"
PARTS = sorted(path.name for path in (HERE / "parts").glob("*.mjs"))
# Each with its reason in docs/graphql-judges.md.
EXCEPTIONS = {
    "5-lint/eslint:@graphql-eslint/strict-id-in-types",
    "5-lint/eslint:@graphql-eslint/relay-edge-types",
    "5-lint/eslint:@graphql-eslint/no-typename-prefix",
    # One for each list but the first; 06_pages.mjs judges the same with each list's own cursor.
    "3-relay/runtime.*",
}
INSTALLED = (HERE / "node_modules").is_dir() and shutil.which("node") is not None

pytestmark = pytest.mark.skipif(
    not INSTALLED and not os.environ.get("CI"),
    reason="needs node and `npm ci` in tests/clients, which `make test` does where node is",
)


async def _verdicts(api: ApiUnderTest, folder: Path) -> dict[str, dict[str, Any]]:
    """What each judge said, by part and check."""
    tenant = await new_tenant(api.services.engine, now=system_clock())
    await new_world(tenant, "JDG", numbers_from=1)
    callers = [await api.user(tenant, "*") for _ in range(6)]
    async with listening(api) as port:
        environment = {
            **os.environ,
            "KIT_URL": f"http://127.0.0.1:{port}/graphql",
            "KIT_WS_URL": f"ws://127.0.0.1:{port}/graphql",
            "KIT_TOKEN": callers[0].token or "",
            "KIT_OUT": str(folder),
            "KIT_CONFIG": str(HERE / "config.json"),
        }
        # The first looks around for the others; the pages are those that relay compiled.
        first, pages = "00_discover.mjs", "06_pages.mjs"
        await _run(first, environment)
        others = (_run(part, environment) for part in PARTS if part not in (first, pages))
        await asyncio.gather(*others)
        await _run(pages, environment)
    return _read(folder)


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        f"{report['part']}/{item['id']}": item
        for path in sorted(folder.glob("*.json"))
        if isinstance(report := json.load(path.read_bytes()), dict) and "part" in report
        for item in report["items"]
    }


def _known_as(name: str) -> str:
    """The checks of relay-runtime, one for each list, are one exception."""
    return "3-relay/runtime.*" if name.startswith("3-relay/runtime.") else name


async def _run(part: str, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        "node",
        f"parts/{part}",
        cwd=HERE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(timedelta(minutes=5).total_seconds()):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-2_000:]


async def test_no_judge_finds_a_fault(api: ApiUnderTest, tmp_path: Path) -> None:
    verdicts = await _verdicts(api, tmp_path)
    faults = {
        name: item["detail"]
        for name, item in verdicts.items()
        if item["result"] == "fail" and item["level"] in ("MUST", "SHOULD")
    }
    assert {n: why for n, why in faults.items() if _known_as(n) not in EXCEPTIONS} == {}
    assert {_known_as(name) for name in faults} == EXCEPTIONS
    passed = [name for name, item in verdicts.items() if item["result"] == "pass"]
    assert {name[0] for name in passed} == {"0", "1", "2", "3", "4", "5", "6", "8"}
    assert len(passed) > 300


def test_every_exception_has_its_reason_written_down() -> None:
    text = REASONS.read_text()
    assert [name for name in EXCEPTIONS if name.split("/")[-1] not in text] == []
