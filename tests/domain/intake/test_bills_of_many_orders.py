"""An invoice of many orders is read with as few statements as one of two."""

from sqlalchemy import update

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.intake.bill_lines import billed_lines
from domain.intake.bill_parties import Concerned, concerned
from domain.intake.formats.invoiced.reading import read_invoices
from domain.kernel.records import lock_record
from domain.procurement.models import PurchaseOrder
from tests.factories.invoices import Written, WrittenLine, as_ubl
from tests.factories.money import rows_of
from tests.factories.orders import new_shop
from tests.factories.purchases import Buying, new_buying
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

SENDER = "ACMESUPPLIER"


async def _statements(buying: Buying, numbers: list[str]) -> int:
    lines = [WrittenLine(code="CUP", quantity=1, order=number) for number in numbers]
    told = read_invoices(as_ubl(Written(seller=SENDER, lines=lines)), format="ubl.invoice")
    assert told is not None
    [invoice] = told.invoices
    tenant = buying.shop.tenant
    async with tenant.work() as work:
        channel = await lock_record(work, Channel, buying.shop.channel_id, kind="channel")
        whose = await concerned(work, channel, invoice)
        assert isinstance(whose, Concerned)
        with counted_statements(tenant.engine) as seen:
            found, problems = await billed_lines(work, channel, invoice, whose, "EUR")
    assert problems == []
    assert [line.purchase_order_id for line in found] == [
        whose.orders[number].id for number in numbers
    ]
    return len(seen)


async def test_the_statements_do_not_grow_with_the_orders(tenant: TenantUnderTest) -> None:
    buying = await new_buying(await new_shop(tenant))
    async with tenant.work() as work:
        await work.execute(update(Item).where(Item.tenant_id == tenant.id).values(sku="CUP"))
        await assign_party_identifier(work, party_id=buying.supplier_id, value=SENDER)
    for _ in range(6):
        await buying.ordered(10)
    numbers = [row.number for row in await rows_of(tenant, PurchaseOrder)]
    assert await _statements(buying, numbers[:2]) == await _statements(buying, numbers)
