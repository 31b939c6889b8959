"""What a company bills, is billed and pays, under names that carry a mark."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from domain.finance.billing import bill_shipments
from domain.finance.operations.credit_notes import CreditedLine, credit_invoice
from domain.finance.operations.paying_suppliers import pay_supplier, propose_payment_run
from domain.finance.operations.payments import record_receipt, refund_payment
from domain.finance.operations.settings import (
    create_payment_term,
    set_credit_limit,
    set_entity_finance,
    set_party_finance,
)
from domain.finance.operations.supplier_invoices import record_supplier_invoice
from domain.finance.operations.taxes import WantedRate, create_tax_code, set_tax_rule
from domain.finance.operations.write_offs import request_write_off
from domain.finance.taking_in import BilledLine
from domain.fulfilment.models import Shipment
from domain.kernel.work import Work
from domain.procurement.models import PurchaseOrder


async def settle_accounts(work: Work, mark: str, *, entity: int, parties: Sequence[int]) -> None:
    """For each party what it was billed, given back, paid, and what it billed and was paid; and a
    run that is to pay the rest."""
    await _settings(work, mark, entity, parties)
    for party in parties:
        [invoice] = await bill_shipments(work, await _left(work, party), together=True)
        line = CreditedLine(line_number=1, net_minor=100)
        await credit_invoice(work, invoice_id=invoice, reason=f"{mark} spoiled", lines=[line])
        await record_receipt(
            work,
            entity_id=entity,
            party_id=party,
            currency="EUR",
            amount_minor=700,
            reference=f"{mark} pays {party}",
        )
        await _paid_back(work, mark, entity, party)
        await request_write_off(work, invoice_id=invoice, reason=f"{mark} gives up", amount_minor=1)
        await _billed_by(work, mark, entity, party)
    await propose_payment_run(work, entity_id=entity, currency="EUR", due_until=date(2100, 1, 1))


async def _paid_back(work: Work, mark: str, entity: int, party: int) -> None:
    """Money that came for nothing, of which a part went back."""
    receipt = await record_receipt(
        work,
        entity_id=entity,
        party_id=party,
        currency="EUR",
        amount_minor=50,
        reference=f"{mark} pays {party} again",
        invoices=[],
    )
    reference = f"{mark} paid back {party}"
    await refund_payment(work, payment_id=receipt, amount_minor=20, reference=reference)


async def _settings(work: Work, mark: str, entity: int, parties: Sequence[int]) -> None:
    term = await create_payment_term(work, code=f"{mark}-N7", name=f"{mark} seven", days=7)
    rate = WantedRate(component=f"{mark} levy", percent=Decimal(19), valid_from=date(2020, 1, 1))
    code = await create_tax_code(
        work, code=f"{mark}-TAX", name=f"{mark} tax", rates=[rate], kind="standard"
    )
    await set_tax_rule(
        work, entity_id=entity, tax_code_id=code, country="DE", region=f"{mark} land"
    )
    await set_entity_finance(work, entity_id=entity, fields={"supplier_term_id": term})
    await set_tax_rule(work, entity_id=entity, tax_code_id=code, country="DE")
    for party in parties:
        fields = {"customer_term_id": term, "tax_number": f"{mark}-{party}"}
        await set_party_finance(work, party_id=party, fields=fields)
        await set_credit_limit(work, party_id=party, currency="EUR", limit_minor=10**12)


async def _left(work: Work, party: int) -> Sequence[int]:
    return await work.values(
        select(Shipment.id).where(Shipment.tenant_id == work.tenant_id, Shipment.party_id == party)
    )


async def _billed_by(work: Work, mark: str, entity: int, party: int) -> None:
    """A bill of an order that partly came, one that is not borne out, both under marked numbers."""
    order = await work.value(
        select(PurchaseOrder.id)
        .where(
            PurchaseOrder.tenant_id == work.tenant_id,
            PurchaseOrder.supplier_id == party,
            PurchaseOrder.status != "draft",
        )
        .order_by(PurchaseOrder.id.desc())
        .limit(1)
    )
    for serial, net in enumerate((500, 90_000)):
        line = BilledLine(
            order_line_number=1,
            quantity=Decimal(2),
            net_minor=net,
            description=f"{mark} goods",
        )
        invoice = await record_supplier_invoice(
            work,
            purchase_order_id=order,
            external_number=f"{mark}-B{party}-{serial}",
            invoiced_on=work.now.date(),
            lines=[line],
        )
        if not serial:
            await pay_supplier(
                work,
                supplier_invoice_id=invoice,
                amount_minor=100,
                reference=f"{mark} paid {party}",
            )
