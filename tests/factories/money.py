"""Customers who buy, are billed and pay."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from domain.entities.operations.parties import create_party
from domain.finance.billing import bill_shipments
from domain.finance.models import Invoice, TaxCode, TaxRate, TaxRule
from domain.finance.operations.payments import record_receipt
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.ledger.models import Account, Journal, JournalLine
from tests.factories.orders import Shop
from tests.factories.tenants import TenantUnderTest

_serial = count(1)


async def new_customer(tenant: TenantUnderTest, **fields: Any) -> int:
    """A customer of a code of its own; its id."""
    code = f"CU{next(_serial)}"
    async with tenant.work() as work:
        wanted = {"code": code, "name": f"Customer {code}", "is_customer": True}
        return await create_party(work, **wanted | fields)


async def shipped(shop: Shop, order_id: int) -> list[int]:
    """Release, pick, pack and ship whatever an order can; the shipments' ids."""
    shipments = []
    async with shop.tenant.work() as work:
        for each in await release_order(work, order_id=order_id):
            await record_pick(work, fulfilment_order_id=each)
            await pack_fulfilment_order(work, fulfilment_order_id=each)
            shipments.append(await ship_fulfilment_order(work, fulfilment_order_id=each))
    return shipments


async def sold(shop: Shop, party_id: int | None, *, price: str = "10.00", **fields: Any) -> int:
    """One piece is ordered and shipped; the shipment's id."""
    await shop.stock(1, value_minor=400)
    placed = await shop.place(shop.line(1, price=price), party_id=party_id, **fields)
    [shipment] = await shipped(shop, placed.order_id)
    return shipment


async def billed(shop: Shop, party_id: int | None, *, price: str = "10.00", **fields: Any) -> int:
    """The same, billed; the invoice's id."""
    shipment = await sold(shop, party_id, price=price, **fields)
    async with shop.tenant.work() as work:
        [invoice] = await bill_shipments(work, [shipment])
    return invoice


async def paid(shop: Shop, party_id: int, amount_minor: int, **fields: Any) -> int:
    """A receipt of a customer in euros; the payment's id."""
    wanted: dict[str, Any] = {
        "entity_id": shop.setting.entity_id,
        "party_id": party_id,
        "currency": "EUR",
        "amount_minor": amount_minor,
    }
    async with shop.tenant.work() as work:
        return await record_receipt(work, **wanted | fields)


async def rows_of(tenant: TenantUnderTest, table: Any, **same: Any) -> Sequence[Any]:
    """The rows of a table of finance, in the order of their ids."""
    async with tenant.read() as reader:
        conditions = [getattr(table, name) == value for name, value in same.items()]
        return await reader.rows(
            select(*table.__table__.c)
            .where(table.tenant_id == tenant.id, *conditions)
            .order_by(table.id)
        )


async def invoice_of(tenant: TenantUnderTest, invoice_id: int) -> Any:
    """An invoice's row."""
    [row] = await rows_of(tenant, Invoice, id=invoice_id)
    return row


async def balances(tenant: TenantUnderTest) -> dict[str, int]:
    """What stands on the accounts of every role, in the books' currency; what is zero left out."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Account.role, JournalLine.base_amount_minor)
            .join(
                JournalLine,
                (JournalLine.tenant_id == Account.tenant_id)
                & (JournalLine.account_id == Account.id),
            )
            .where(Account.tenant_id == tenant.id)
        )
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.role] += row.base_amount_minor
    return {role: amount for role, amount in sorted(sums.items()) if amount}


async def milestones(tenant: TenantUnderTest) -> list[str]:
    """What was posted, in order."""
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(Journal.milestone).where(Journal.tenant_id == tenant.id).order_by(Journal.id)
            )
        )


async def with_settings(tenant: TenantUnderTest, table: Any, **values: Any) -> int:
    """A row of the settings of finance; its id."""
    row = {"tenant_id": tenant.id, "created_at": tenant.now} | values
    if "created_at" not in table.__table__.c:
        del row["created_at"]
    async with tenant.work() as work:
        return int(await work.value(insert(table).values(row).returning(table.id)))


async def taxed(shop: Shop, *components: tuple[str, str], country: str = "", **code: Any) -> int:
    """A tax code with these (component, percent) since long ago, and the rule that the entity's
    sales have it; the code's id."""
    name = f"TAX{next(_serial)}"
    code_id = await with_settings(shop.tenant, TaxCode, code=name, name=name, **code)
    for component, percent in components:
        await with_settings(
            shop.tenant,
            TaxRate,
            tax_code_id=code_id,
            component=component,
            percent=Decimal(percent),
            valid_from=date(2020, 1, 1),
        )
    await with_settings(
        shop.tenant,
        TaxRule,
        entity_id=shop.setting.entity_id,
        country=country,
        tax_code_id=code_id,
    )
    return code_id
