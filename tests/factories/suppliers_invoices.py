"""Suppliers' invoices as somebody types them in."""

from decimal import Decimal
from typing import Any

from domain.finance.models import SupplierInvoice
from domain.finance.operations.supplier_invoices import record_supplier_invoice
from domain.finance.taking_in import BilledLine
from tests.factories.money import rows_of
from tests.factories.purchases import Buying
from tests.factories.tenants import TenantUnderTest


def bill_line(quantity: int, net: int, number: int = 1) -> BilledLine:
    """So much of a line of the order, for so many minor units."""
    return BilledLine(order_line_number=number, quantity=Decimal(quantity), net_minor=net)


async def record_bill(
    buying: Buying, order_id: int | None, *lines: BilledLine, number: str = "R-1", **fields: Any
) -> int:
    """Lines of an order are billed; the id of the invoice."""
    async with buying.shop.tenant.work() as work:
        return await record_supplier_invoice(
            work,
            purchase_order_id=order_id,
            external_number=number,
            invoiced_on=buying.shop.tenant.now.date(),
            lines=lines,
            **fields,
        )


async def bill_row(tenant: TenantUnderTest, invoice_id: int) -> Any:
    """A supplier's invoice as it stands."""
    [row] = await rows_of(tenant, SupplierInvoice, id=invoice_id)
    return row
