"""`crossdock ingest` as a program: what it prints, and how it ends."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories.intake import Door, ShopLine, ShopOrder, new_door
from tests.factories.masters import new_item
from tests.factories.tenants import TenantUnderTest

PROGRAM = Path(sys.executable).with_name("crossdock")
KEYS = ["file", "message_id", "format", "outcome", "orders", "problems"]
ORDER_KEYS = [
    "number",
    "external_number",
    "currency",
    "ordered_at",
    "ship_to",
    "lines",
    "totals",
    "status",
]
LINE_KEYS = ["line", "external_code", "description", "quantity", "unit", "unit_price"]


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """A shop that knows one item."""
    await new_item(tenant, sku="A-1")
    return await new_door(tenant)


@pytest.fixture
def installation(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a program that works on this run's database."""
    own = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return own | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CROSSDOCK_HOME": str(tmp_path / "home"),
        "CROSSDOCK_SECRET": "s" * 48,
    }


def _file(folder: Path, content: bytes | str | dict[str, Any], name: str = "order.json") -> Path:
    raw = json.dumps(content) if isinstance(content, dict) else content
    path = folder / name
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return path


async def _run(
    installation: dict[str, str], door: Door, *arguments: str | Path, **options: str
) -> subprocess.CompletedProcess[str]:
    named = {"--tenant": door.tenant.slug, "--channel": door.code}
    named |= {f"--{name}": value for name, value in options.items()}
    words = [word for pair in named.items() for word in pair]
    return await asyncio.to_thread(
        subprocess.run,
        [str(PROGRAM), "ingest", *words, *map(str, arguments)],
        env=installation,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _reports(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_an_accepted_order_is_printed_with_exactly_these_keys(
    door: Door, installation: dict[str, str], tmp_path: Path
) -> None:
    document = ShopOrder(lines=[ShopLine("A-1", 2, "10.50")]).document()
    file = _file(tmp_path, document)
    done = await _run(installation, door, "--json", file)
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = _reports(done)
    assert list(report) == KEYS
    (order,) = report["orders"]
    assert list(order) == ORDER_KEYS
    (line,) = order["lines"]
    assert list(line) == LINE_KEYS
    assert report["message_id"]
    assert report | {"message_id": "", "orders": []} == {
        "file": str(file),
        "message_id": "",
        "format": "shopify.order",
        "outcome": "accepted",
        "orders": [],
        "problems": [],
    }
    assert order == _as_read((await door.order()).number)


def _as_read(number: str) -> dict[str, Any]:
    """What is printed of an order of two A-1 at 10.50."""
    address = {"name": "Kim Muster", "line1": "Kai 1", "city": "Bremen", "region": None}
    line = {
        "line": "1",
        "external_code": "A-1",
        "description": "Thing A-1",
        "quantity": "2",
        "unit": None,
        "unit_price": "10.50",
    }
    totals = {"subtotal": "21.00", "discount": "0.00", "tax": "0.00", "shipping": None}
    return {
        "number": number,
        "external_number": "#1001",
        "currency": "EUR",
        "ordered_at": "2026-03-01T09:00:00+00:00",
        "ship_to": {**address, "postal_code": "28195", "country": "DE"},
        "lines": [line],
        "totals": {**totals, "total": "21.00"},
        "status": "backordered",
    }


async def test_several_files_give_one_line_each_and_a_repetition_is_a_duplicate(
    door: Door, installation: dict[str, str], tmp_path: Path
) -> None:
    first = _file(tmp_path, ShopOrder(number=1).document(), "1.json")
    second = _file(tmp_path, ShopOrder(number=2).document(), "2.json")
    done = await _run(installation, door, "--json", first, second, first)
    reports = _reports(done)
    assert done.returncode == 0
    assert [report["outcome"] for report in reports] == ["accepted", "accepted", "duplicate"]
    numbers = [report["orders"][0]["number"] for report in reports]
    assert numbers[2] == numbers[0] != numbers[1]
    assert len(await door.orders()) == 2


async def test_what_waits_or_is_no_order_ends_the_program_with_1(
    door: Door, installation: dict[str, str], tmp_path: Path
) -> None:
    files = [
        _file(tmp_path, ShopOrder(number=1).document(), "good.json"),
        _file(tmp_path, ShopOrder(number=2, lines=[ShopLine("NEW")]).document(), "waits.json"),
        _file(tmp_path, {"webhook_id": 7}, "ping.json"),
        _file(tmp_path, "{", "broken.json"),
        tmp_path / "absent.json",
        tmp_path,
    ]
    done = await _run(installation, door, "--json", *files)
    reports = _reports(done)
    assert done.returncode == 1
    assert [(report["outcome"], [p["code"] for p in report["problems"]]) for report in reports] == [
        ("accepted", []),
        ("exception", ["unknown_item"]),
        ("rejected", ["not_an_order"]),
        ("exception", ["json_invalid"]),
        ("rejected", ["not_taken"]),
        ("rejected", ["not_taken"]),
    ]
    waiting = reports[1]
    assert (waiting["orders"][0]["number"], waiting["orders"][0]["status"]) == (None, None)
    assert list(waiting["problems"][0]) == ["code", "path", "message"]
    assert waiting["problems"][0]["path"] == "line_items[0]"
    assert reports[4]["message_id"] is None
    assert all(list(report) == KEYS for report in reports)


async def test_without_json_it_speaks_to_people(
    door: Door, installation: dict[str, str], tmp_path: Path
) -> None:
    done = await _run(installation, door, _file(tmp_path, ShopOrder().document()))
    assert done.returncode == 0
    assert done.stdout.split()[0] == "accepted"
    assert (await door.order()).number in done.stdout


async def test_an_unknown_tenant_or_channel_is_said(
    door: Door, installation: dict[str, str], tmp_path: Path
) -> None:
    file = _file(tmp_path, ShopOrder().document())
    no_tenant = await _run(installation, door, "--json", file, tenant="nobody")
    assert (no_tenant.returncode, no_tenant.stdout) == (2, "")
    assert "nobody" in no_tenant.stderr
    no_channel = await _run(installation, door, "--json", file, channel="NOBODY")
    assert no_channel.returncode == 1
    (report,) = _reports(no_channel)
    assert "NOBODY" in report["problems"][0]["message"]
    assert await door.orders() == []
