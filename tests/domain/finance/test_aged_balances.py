"""What was owed is told as of any day, whatever happened since."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.approvals.operations import approve
from domain.finance.models import PaymentTerm
from domain.finance.operations.payments import reverse_payment
from domain.finance.operations.settings import set_party_finance
from domain.finance.operations.write_offs import request_write_off
from domain.finance.owing import Side
from domain.finance.paying import TO_SUPPLIER, NewPayment, record_payments
from domain.finance.queries.balances import aged
from domain.finance.queries.open_documents import open_documents
from domain.ledger.balances import account_balances
from tests.factories.money import billed, new_customer, paid, with_settings
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

BUCKETS = ("not_due", "to_30", "to_60", "to_90", "over_90", "unapplied", "total")
BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def _aged(
    tenant: TenantUnderTest, day: date, side: Side = "receivables"
) -> list[Sequence[int]]:
    """The buckets of what was open at the end of a day."""
    async with tenant.read() as reader:
        rows = await aged(reader, side=side, as_of=day)
    return [[getattr(row, f"{name}_minor") for name in BUCKETS] for row in rows]


def _on(shop: Shop, moment: datetime) -> Shop:
    same = {name: getattr(shop.setting, name) for name in shop.setting.__slots__}
    return Shop(
        type(shop.setting)(**same | {"tenant": shop.tenant.at(moment)}),
        shop.channel_id,
    )


async def test_every_day_has_its_own_balance_which_is_the_ledgers(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    term = await with_settings(tenant, PaymentTerm, code="N10", name="Net 10", days=10)
    async with tenant.work() as work:
        await set_party_finance(work, party_id=customer, fields={"customer_term_id": term})
    start = tenant.now

    def day(number: int) -> date:
        return (start + timedelta(days=number)).date()

    invoice = await billed(shop, customer)
    on = {number: _on(shop, start + timedelta(days=number)) for number in (20, 50, 80, 120)}
    receipt = await paid(on[20], customer, 400)
    async with on[50].tenant.work() as work:
        await reverse_payment(work, payment_id=receipt, reason="bounced")
    await paid(on[80], customer, 700)
    async with on[120].tenant.work() as work:
        request = await request_write_off(work, invoice_id=invoice, reason="a trifle")
    async with on[120].tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=request)
    expected = {
        -1: [],
        0: [[1000, 0, 0, 0, 0, 0, 1000]],
        10: [[1000, 0, 0, 0, 0, 0, 1000]],
        11: [[0, 1000, 0, 0, 0, 0, 1000]],
        20: [[0, 600, 0, 0, 0, 0, 600]],
        49: [[0, 0, 600, 0, 0, 0, 600]],
        50: [[0, 0, 1000, 0, 0, 0, 1000]],
        79: [[0, 0, 0, 1000, 0, 0, 1000]],
        80: [[0, 0, 0, 300, 0, 0, 300]],
        119: [[0, 0, 0, 0, 300, 0, 300]],
        120: [],
    }
    for number, buckets in expected.items():
        assert await _aged(tenant, day(number)) == buckets, number
        async with tenant.read() as reader:
            rows = await account_balances(
                reader, [shop.setting.entity_id], ["receivables"], day(number)
            )
            behind = await open_documents(reader, side="receivables", as_of=day(number))
        assert sum(row.amount_minor for row in rows) == sum(row[-1] for row in buckets), number
        assert [(row.kind, row.id) for row in behind] == [("invoice", invoice)] * len(buckets)
        assert [row.amount_minor for row in behind] == [row[-1] for row in buckets], number
        assert [row.days_overdue for row in behind] == [number - 10] * len(buckets)
    assert await violations(tenant) == {}


async def test_what_suppliers_were_paid_beforehand_is_theirs_to_give(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    supplier = await new_customer(tenant, is_supplier=True)
    async with tenant.work() as work:
        beforehand = NewPayment(
            kind=TO_SUPPLIER,
            entity_id=shop.setting.entity_id,
            currency="EUR",
            amount_minor=250,
            paid_on=tenant.now.date(),
            party_id=supplier,
        )
        await record_payments(work, [beforehand])
    today = tenant.now.date()
    assert await _aged(tenant, today, "payables") == [[0, 0, 0, 0, 0, -250, -250]]
    assert await _aged(tenant, today - timedelta(days=1), "payables") == []
