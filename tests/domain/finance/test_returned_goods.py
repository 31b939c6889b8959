"""What is granted for returned goods becomes a credit note, and is paid back as far as it was
paid."""

from domain.finance.models import CreditNote, Invoice, InvoiceLine, Payment
from domain.finance.operations.settings import set_party_finance
from domain.finance.returning import credit_return
from domain.returns.models import ReturnCredit
from tests.factories.delivering import deliver_all
from tests.factories.money import balances, paid, rows_of, taxed
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest


async def _sold(returns: Returns, pieces: int) -> int:
    """An order that has left and was billed; its id."""
    order = await returns.sell(pieces, prices_minor=[1000 * pieces])
    await deliver_all(returns.shop.tenant)
    return order


async def test_what_was_paid_is_paid_back_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order = await _sold(returns, 3)
    await paid(returns.shop, returns.party_id, 3000)
    for _ in range(2):
        back = await returns.come_back(order, 1, resolution="refund")
        await returns.credit(back)
    await deliver_all(tenant)
    notes = await rows_of(tenant, CreditNote)
    assert [(note.total_minor, note.open_minor) for note in notes] == [(1000, 0), (1000, 0)]
    refunds = await rows_of(tenant, Payment, kind="refund")
    assert [refund.amount_minor for refund in refunds] == [1000, 1000]
    assert (await balances(tenant))["bank"] == 1000
    assert [row.status for row in await rows_of(tenant, ReturnCredit)] == ["settled", "settled"]
    async with tenant.work() as work:
        assert await credit_return(work, credit_id=notes[0].source_id) is None, "told again"
    assert await violations(tenant) == {}


async def test_what_was_not_paid_is_taken_off_what_is_owed(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order = await _sold(returns, 2)
    await returns.credit(await returns.come_back(order, 1, resolution="refund"))
    await deliver_all(tenant)
    [invoice] = await rows_of(tenant, Invoice)
    assert (invoice.credited_minor, invoice.open_minor) == (1000, 1000)
    assert await rows_of(tenant, Payment) == []
    assert await violations(tenant) == {}


async def test_goods_that_were_not_billed_yet_are_billed_first(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order = await returns.sell(2, prices_minor=[2000])
    async with tenant.work() as work:
        await set_party_finance(work, party_id=returns.party_id, fields={"invoice_at": "period"})
    await returns.credit(await returns.come_back(order, 2))
    await deliver_all(tenant)
    [invoice] = await rows_of(tenant, Invoice)
    assert (invoice.total_minor, invoice.open_minor) == (2000, 0)
    assert await violations(tenant) == {}


async def test_taxes_by_code_go_back_with_what_they_are_of(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    await taxed(returns.shop, ("VAT", "19"))
    order = await _sold(returns, 3)
    await paid(returns.shop, returns.party_id, 3570)
    for _ in range(3):
        await returns.credit(await returns.come_back(order, 1, resolution="refund"))
        await deliver_all(tenant)
    [line] = await rows_of(tenant, InvoiceLine)
    assert (line.credited_net_minor, line.credited_tax_minor) == (3000, 570)
    assert sum(each.amount_minor for each in await rows_of(tenant, Payment, kind="refund")) == 3570
    found = await balances(tenant)
    assert "tax_payable" not in found
    assert "bank" not in found
    assert await violations(tenant) == {}
