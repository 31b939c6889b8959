"""A company brings its own chart as a file: each account says which role it plays, and whatever
happens is posted to it."""

from sqlalchemy import select

from domain.entities.models import LegalEntity
from domain.ledger.models import Account, JournalLine
from domain.ledger.operations.accounts import choose_chart
from tests.factories.importing import faults_of, imported
from tests.factories.money import billed, new_customer, paid
from tests.factories.orders import new_shop, violations
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest

SKR = {
    "1140": ("Waren", "asset", "inventory"),
    "1200": ("Forderungen", "asset", "receivables"),
    "1240": ("Nicht abgerechnete Leistungen", "asset", "unbilled"),
    "1800": ("Bank", "asset", "bank"),
    "3310": ("Wareneingang ohne Rechnung", "liability", "goods_received"),
    "4400": ("Erlöse", "income", "revenue"),
    "5000": ("Wareneinsatz", "expense", "cost_of_goods"),
    "6300": ("Sonstiges", "expense", ""),
}


async def test_what_happens_is_posted_to_the_accounts_of_the_file(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    entity_id = shop.setting.entity_id
    async with tenant.work() as work:
        await choose_chart(work, entity_id=entity_id, template="own")
        entity = await work.value(
            select(LegalEntity.code).where(
                LegalEntity.tenant_id == tenant.id, LegalEntity.id == entity_id
            )
        )
    # Its own words for the columns; codes and names as the company knows them.
    content = csv_of(
        "Company,Account number,Account name,Account type,Posting role",
        *(f"{entity},{code},{name},{kind},{role}" for code, (name, kind, role) in SKR.items()),
    )
    job = await imported(tenant, "accounts", content)
    assert (job.status, job.created, await faults_of(tenant, job.id)) == ("done", 8, [])
    await billed(shop, customer := await new_customer(tenant))
    await paid(shop, customer, 400)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Account.code, Account.name, JournalLine.amount_minor)
            .join(JournalLine, JournalLine.account_id == Account.id)
            .where(JournalLine.tenant_id == tenant.id)
        )
        kept = await reader.values(
            select(Account.code).where(Account.tenant_id == tenant.id).order_by(Account.code)
        )
    # Nothing had to be added to the chart.
    assert list(kept) == sorted(SKR)
    totals: dict[str, int] = dict.fromkeys(SKR, 0)
    for row in rows:
        assert row.name == SKR[row.code][0]
        totals[row.code] += row.amount_minor
    assert totals == {
        "1140": 0,
        "1200": 600,
        "1240": 0,
        "1800": 400,
        "3310": -400,
        "4400": -1000,
        "5000": 400,
        "6300": 0,
    }
    assert await violations(tenant) == {}
