"""Whatever is billed, credited, paid, bounced and paid back in whatever order: what is open is what
the ledger says, nothing is ever negative, and nobody gets back more than was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.finance.models import CreditNote, Invoice, Payment
from domain.finance.operations.credit_notes import (
    CreditedLine,
    apply_credit_note,
    credit_invoice,
)
from domain.finance.operations.payments import (
    AppliedTo,
    apply_payment,
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.kernel.errors import Expected, InvalidInput
from tests.factories.books import set_rate
from tests.factories.money import billed, new_customer, paid, rows_of, taxed
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

ACTS = ("bill", "credit", "apply_credit", "pay", "apply", "reverse", "refund", "refund_credit")
steps = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(1, 1400), st.integers(0, 5)),
    min_size=4,
    max_size=14,
)


@dataclass(frozen=True, slots=True)
class Ledgers:
    """A customer who buys in dollars of a shop whose books are in euros."""

    shop: Shop
    customer: int

    @property
    def tenant(self) -> TenantUnderTest:
        """The shop's."""
        return self.shop.tenant

    async def _chosen(self, table: type, place: int, **same: object) -> int | None:
        rows = await rows_of(self.tenant, table, party_id=self.customer, **same)
        return rows[place % len(rows)].id if rows else None

    async def act(self, name: str, amount: int, place: int) -> None:
        """Do it, on whichever document it falls on; what is refused changes nothing."""
        if name == "bill":
            await billed(self.shop, self.customer, price=f"{amount / 100:.2f}", currency="USD")
            return
        if name == "pay":
            await paid(self.shop, self.customer, amount, currency="USD")
            return
        invoice = await self._chosen(Invoice, place)
        note = await self._chosen(CreditNote, place)
        receipt = await self._chosen(Payment, place, kind="receipt")
        async with self.tenant.work() as work:
            if name == "credit" and invoice is not None:
                lines = [CreditedLine(line_number=1, net_minor=amount)]
                await credit_invoice(work, invoice_id=invoice, reason="x", lines=lines)
            elif name == "apply_credit" and note is not None and invoice is not None:
                await apply_credit_note(work, credit_note_id=note, invoice_id=invoice)
            elif name == "apply" and receipt is not None and invoice is not None:
                applied = [AppliedTo(invoice, amount)]
                await apply_payment(work, payment_id=receipt, invoices=applied)
            elif name == "reverse" and receipt is not None:
                await reverse_payment(work, payment_id=receipt, reason="x")
            elif name == "refund" and receipt is not None:
                await refund_payment(work, payment_id=receipt, amount_minor=amount)
            elif name == "refund_credit" and note is not None:
                await refund_credit_note(work, credit_note_id=note, amount_minor=amount)


async def _live(ledgers: Ledgers, acts: Sequence[tuple[str, int, int]]) -> None:
    for day, (name, amount, place) in enumerate(acts):
        later = Ledgers(_at(ledgers.shop, day), ledgers.customer)
        try:
            await later.act(name, amount, place)
        except (Expected, InvalidInput):
            continue


def _at(shop: Shop, day: int) -> Shop:
    setting = type(shop.setting)(
        **{name: getattr(shop.setting, name) for name in shop.setting.__slots__}
        | {"tenant": shop.tenant.at(shop.tenant.now + timedelta(days=day))}
    )
    return Shop(setting, shop.channel_id)


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """A shop with a tax of two components, and a rate that moves every day."""
    made = await new_shop(tenant)
    await taxed(made, ("state", "6.5"), ("city", "1.25"))
    async with tenant.work() as work:
        for day in range(15):
            rate = f"0.{90 + day * 7 % 9}"
            await set_rate(work, "USD", "EUR", rate, on=tenant.now.date() + timedelta(days=day))
    return made


# Every example lives on in the same books: nothing is gained by making a failing one smaller.
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=steps)
async def test_what_is_open_is_what_the_ledger_says(
    shop: Shop, acts: list[tuple[str, int, int]]
) -> None:
    ledgers = Ledgers(shop, await new_customer(shop.tenant))
    await _live(ledgers, [("bill", 900, 0), ("pay", 700, 0), *acts])
    payments = await rows_of(shop.tenant, Payment, party_id=ledgers.customer)
    came = sum(row.amount_minor for row in payments if row.kind == "receipt")
    went = sum(row.amount_minor for row in payments if row.kind == "refund")
    assert 0 <= went <= came
    for table in (Invoice, CreditNote, Payment):
        rows = await rows_of(shop.tenant, table, party_id=ledgers.customer)
        assert all(row.open_minor >= 0 for row in rows)
        assert all(row.base_open_minor == 0 for row in rows if row.open_minor == 0)
    assert await violations(shop.tenant) == {}
