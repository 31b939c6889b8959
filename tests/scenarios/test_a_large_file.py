"""A company from sign-up to its first shipped order with a CSV of items in which one row of a
hundred is wrong, over HTTP alone: the sound rows come in, every wrong one is named with its row and
column, set right and sent again; what nobody needs is taken back at the end.

The suite's run takes 10,000 rows, 100 of them wrong. With CROSSDOCK_LARGE_FILE_ROWS=100000 it is
100,000 and 1,000, which takes minutes: so `make bench` runs it (bench/large_file_scenario.py)."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.factories.client import Client, subscribed
from tests.factories.conditions import until
from tests.factories.databases import own_database
from tests.factories.large_files import (
    EVERY,
    HEADERS,
    all_errors,
    errors_of,
    file_of,
    mended_file_of,
    over,
    upload,
)
from tests.factories.mail import code_for
from tests.factories.running import Running, installed

ROWS = int(os.environ.get("CROSSDOCK_LARGE_FILE_ROWS", "10000"))
FAULTY = ROWS // EVERY
ENDED_BY_SIGTERM = -15
ADA, PASSWORD = "ada@bulk.example", "a long enough passphrase"
US = {"code": "US1", "name": "Bulk Goods Inc", "country": "US", "currency": "USD"}
# The items that are priced, stocked and sold; the last one was wrong at first.
SOLD = ("BULK-000000", "BULK-000007", "BULK-000050")


@dataclass(slots=True)
class Scene:
    """The installation, Ada, and what is known of her imports."""

    running: Running
    ada: Client
    ids: dict[str, str] = field(default_factory=dict)


@pytest.fixture
async def scene(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> AsyncIterator[Scene]:
    """An empty installation: an API and a worker, and no tenant at all."""
    home = tmp_path_factory.mktemp("installation")
    async with own_database("crossdock_large_file") as database:
        with installed(
            home, database_url=database.url, owner_url=database.owner_url, redis_url=redis_url
        ) as running:
            running.start("serve", "worker")
            await running.ready()
            async with httpx.AsyncClient(base_url=running.base_url, timeout=60) as http:
                yield Scene(running, Client(http))
            assert running.stop() == {"serve": ENDED_BY_SIGTERM, "worker": 0}


async def test_from_sign_up_to_the_first_shipped_order_with_a_large_file(scene: Scene) -> None:
    await ada_signs_up_and_takes_a_template(scene)
    await she_tells_what_the_headers_mean(scene)
    content = await asyncio.to_thread(file_of, ROWS)
    await a_dry_run_tells_all_and_writes_nothing(scene, content)
    await the_sound_rows_come_in_and_progress_is_told(scene)
    await the_wrong_rows_are_mended_and_come_in(scene)
    await prices_a_customer_and_opening_stock_come_in(scene)
    await the_first_order_is_placed_and_shipped(scene)
    await what_nobody_needs_is_taken_back(scene)
    done = await scene.running.command("check", "--json")
    assert done.objects[0]["violations"] == []


async def ada_signs_up_and_takes_a_template(scene: Scene) -> None:
    ada = scene.ada
    await ada.do(
        "signUpTenant", company="Bulk Goods", email=ADA, password=PASSWORD, displayName="Ada"
    )
    code = await code_for(scene.running.home / "mail", ADA, "Confirm your address")
    ada.token = (await ada.do("verifyAdmin", token=code))["tokens"]["accessToken"]
    done = await ada.do("applyTemplate", template="WHOLESALE", entities=[US])
    assert {piece["outcome"] for piece in done["pieces"]} == {"MADE"}
    assert await _blocking(scene) == ["item", "price", "opening_stock"]


async def _blocking(scene: Scene) -> list[str]:
    found = await scene.ada.ask("Readiness")
    return [c["code"] for c in found["checks"] if c["isBlocking"] and not c["isDone"]]


async def she_tells_what_the_headers_mean(scene: Scene) -> None:
    """One header nobody could guess: it is said once, and kept."""
    beginning = base64.b64encode(file_of(3)).decode()
    asked = {"kind": "ITEMS", "contentBase64": beginning}
    suggested = await scene.ada.ask("SuggestImportMapping", input=asked)
    meant = {each["header"]: each["column"] or "" for each in suggested["columns"]}
    assert meant == dict(zip(HEADERS, ("sku", "", "base_unit", "gtin", "unit:case"), strict=True))
    mapping = [
        {"header": header, "column": "name" if header == "Bezeichnung" else column}
        for header, column in meant.items()
    ]
    assert (await scene.ada.do("saveImportMapping", kind="ITEMS", mapping=mapping))["isSaved"]


async def a_dry_run_tells_all_and_writes_nothing(scene: Scene, content: bytes) -> None:
    dry = await upload(scene.ada, content, key="dry run", dryRun=True)
    job = await over(scene.ada, dry["id"])
    assert (job["rowsRead"], job["created"], job["rowsFailed"]) == (ROWS, ROWS - FAULTY, FAULTY)
    assert await all_errors(scene.ada, dry["id"]) == errors_of(ROWS)
    assert await _blocking(scene) == ["item", "price", "opening_stock"]
    scene.ids["dry run"] = dry["id"]


async def the_sound_rows_come_in_and_progress_is_told(scene: Scene) -> None:
    """The file that was looked through is taken for real; it is not sent again."""
    async with subscribed(scene.ada, "ImportJobChanged") as listening:
        started = await scene.ada.do("startImport", kind="ITEMS", importId=scene.ids["dry run"])
        job = await over(scene.ada, started["importJob"]["id"])

        async def has_ended() -> bool:
            told = [r["importJobChanged"]["eventType"] for r in listening.results]
            return "onboarding.import_ended" in told

        await until(has_ended)
    assert (job["rowsRead"], job["rowsDone"], job["rowsFailed"]) == (ROWS, ROWS, FAULTY)
    assert (job["created"], job["updated"], job["errorCount"]) == (ROWS - FAULTY, 0, FAULTY)
    progress = [r["importJobChanged"]["importJob"]["rowsDone"] for r in listening.results]
    assert progress == sorted(progress)
    # Told after each part of 5,000 rows.
    assert set(progress) >= {0, ROWS}
    assert len(set(progress)) > ROWS // 10_000
    assert await all_errors(scene.ada, job["id"]) == errors_of(ROWS)
    told = await scene.ada.ask("ImportErrorsCsv", importId=job["id"])
    assert len(told["text"].splitlines()) == FAULTY + 1
    scene.ids["items"] = job["id"]


async def the_wrong_rows_are_mended_and_come_in(scene: Scene) -> None:
    mended = await upload(scene.ada, mended_file_of(ROWS), key="mended")
    job = await over(scene.ada, mended["id"])
    assert (job["created"], job["updated"], job["rowsFailed"]) == (FAULTY, 0, 0)


async def prices_a_customer_and_opening_stock_come_in(scene: Scene) -> None:
    files = {
        "PARTIES": ["code,name,is_customer", "SHOP,Corner Shop,yes"],
        "PRICES": [
            "price_list,sku,unit,unit_price",
            *(f"US1-LIST,{sku},EA,{price}.50" for price, sku in enumerate(SOLD, start=1)),
        ],
        "OPENING_STOCK": [
            "location,sku,quantity,unit,unit_cost",
            *(f"US1-MAIN,{sku},100,EA,1.25" for sku in SOLD),
        ],
    }
    for kind, lines in files.items():
        content = base64.b64encode("\r\n".join(lines).encode()).decode()
        started = await scene.ada.do("startImport", kind=kind, contentBase64=content)
        job = await over(scene.ada, started["importJob"]["id"])
        assert (job["created"], job["rowsFailed"]) == (len(lines) - 1, 0)
    assert await _blocking(scene) == []


async def the_first_order_is_placed_and_shipped(scene: Scene) -> None:
    """Ordered in cases and pieces, by the codes of the file."""
    ada = scene.ada
    lines: list[dict[str, Any]] = [
        {"code": SOLD[0], "quantity": "2", "unit": "case", "unitPrice": "18.00"},
        {"code": SOLD[1], "quantity": "3", "unit": "EA"},
        {"code": SOLD[2], "quantity": "4", "unit": "EA"},
    ]
    placed = await ada.do("placeOrder", channelCode="us1-portal", lines=lines)
    order = placed["order"]
    # 2 × 18.00 + 3 × 2.50 + 4 × 3.50
    assert (order["status"], order["total"]["amount"]) == ("ALLOCATED", "57.50")
    released = await ada.do("releaseOrder", orderId=order["id"])
    for work in released["fulfilmentOrders"]:
        await ada.do("recordPick", id=work["id"])
        await ada.do("packFulfilmentOrder", id=work["id"])
        await ada.do("shipFulfilmentOrder", id=work["id"], carrier="Road")
    shipped = await ada.wait_for(order["id"], "SHIPPED")
    assert shipped["shipments"]


async def what_nobody_needs_is_taken_back(scene: Scene) -> None:
    """All items of the large file but those that are priced, stocked and sold by now."""
    await scene.ada.do("undoImport", id=scene.ids["items"])
    undone = await over(scene.ada, scene.ids["items"], "UNDONE")
    kept = [sku for sku in SOLD if sku != "BULK-000050"]
    assert (undone["undone"], undone["undoRefused"]) == (ROWS - FAULTY - len(kept), len(kept))
    refused = await scene.ada.ask(
        "ImportChanges", importId=scene.ids["items"], first=10, outcome="REFUSED"
    )
    assert sorted(each["key"] for each in refused["nodes"]) == [[sku] for sku in kept]
