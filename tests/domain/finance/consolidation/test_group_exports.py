"""Consolidated trial balances go out as files, as of any day."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from domain.finance.operations.group_adjustments import AdjustmentLine, enter_group_adjustment
from domain.ledger.posting import post
from domain.onboarding.exports.group_books import HEADERS
from domain.onboarding.exports.operations import start_export
from domain.onboarding.exports.queries import export_content
from tests.factories.books import new_entry
from tests.factories.delivering import deliver_all
from tests.factories.groups import Group, new_group
from tests.factories.stock import new_entity
from tests.factories.tenants import TenantUnderTest


async def _exported(tenant: TenantUnderTest, **how: Any) -> list[dict[str, str]]:
    async with tenant.work() as work:
        job = await start_export(work, kinds=["consolidated_trial_balance"], **how)
    await deliver_all(tenant)
    async with tenant.read() as reader:
        content = (await export_content(reader, export_id=job, begin=0)).content
    if how.get("format") == "xlsx":
        sheet: Any = load_workbook(io.BytesIO(content)).active
        rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
    else:
        rows = list(csv.reader(io.StringIO(content.decode())))
    assert tuple(rows[0]) == HEADERS
    return [dict(zip(HEADERS, row, strict=True)) for row in rows[1:]]


async def _adjusted(group: Group) -> None:
    async with group.tenant.work() as work:
        await enter_group_adjustment(
            work,
            group_id=group.id,
            posted_on=work.now.date(),
            reason="Agreed",
            lines=[
                AdjustmentLine(account="goodwill", amount=Decimal(5)),
                AdjustmentLine(account="revenue", amount=Decimal(-5)),
            ],
        )


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_every_column_of_every_group_goes_out(tenant: TenantUnderTest, format: str) -> None:
    async with tenant.work() as work:
        first, second, held = [await new_entity(work) for _ in range(3)]
    for parent, entities in ((first, {held: 80}), (second, {})):
        await _adjusted(await new_group(tenant, parent, entities))
    rows = await _exported(tenant, format=format)
    found = [(row["group"], row["account"], row["column"], row["amount_minor"]) for row in rows]
    assert found == [
        (group, account, column, amount)
        for group in (f"G{first}", f"G{second}")
        for account, amount in (("goodwill", "500"), ("revenue", "-500"))
        for column in ("adjustment", "group")
    ]
    assert {row["currency"] for row in rows} == {"EUR"}
    assert await _exported(tenant, format=format, as_of=tenant.now.date().replace(day=1)) == []


async def test_where_a_rate_is_missing_the_file_says_so(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        parent = await new_entity(work)
    group = await new_group(tenant, parent, {}, currency="CHF")
    await _adjusted(group)
    async with tenant.work() as work:
        await post(work, [new_entry(parent)])
    (row,) = await _exported(tenant)
    assert row["column"] == "missing_rate"
    assert row["reason"].startswith("No exchange rate leads from EUR to CHF")
