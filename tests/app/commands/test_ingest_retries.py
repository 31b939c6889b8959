"""A document that `crossdock ingest` could not book is kept, and left to the worker."""

from pathlib import Path
from typing import Any

import pytest

from api.ids import row_id_of
from app.commands import ingest
from domain.intake.operations import process_message
from tests.factories.intake import Door, ShopOrder, as_bytes, new_door
from tests.factories.masters import new_item
from tests.factories.tenants import TenantUnderTest


async def _ingest(door: Door, folder: Path) -> dict[str, Any]:
    file = folder / "order.json"
    file.write_bytes(as_bytes(ShopOrder().document()))
    tenant = door.tenant
    return await ingest._ingest(tenant.engine, tenant.principal, door.code, file)


def _failing(times: int) -> Any:
    calls: list[int] = []

    async def sometimes(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) <= times:
            raise RuntimeError("a bug of ours")
        return await process_message(*args, **kwargs)

    return sometimes


@pytest.mark.parametrize(("failures", "outcome"), [(2, "accepted"), (3, "exception")])
async def test_an_unexpected_failure_is_tried_again_and_loses_nothing(
    tenant: TenantUnderTest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
    outcome: str,
) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant)
    monkeypatch.setattr(ingest, "process_message", _failing(failures))
    report = await _ingest(door, tmp_path)
    message_id = row_id_of(report["message_id"], "IntakeMessage")
    assert report["outcome"] == outcome
    if outcome == "accepted":
        assert len(await door.orders()) == 1
        return
    assert [problem["code"] for problem in report["problems"]] == ["not_read_yet"]
    assert (await door.message(message_id)).outcome == "received"
    processed = await door.process(message_id)
    assert processed is not None
    assert processed.outcome == "accepted"
